"""Reports open over HTTP, and nothing else does; `dev` opens the home that is filled."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError, load_settings
from assets.landing.files.importer import land_files
from assets.publishing.report_files import report_path, report_url
from orchestration.command_line.dev import home_to_open
from orchestration.report_server import own_port, report_site, serve
from reports.plotly import plotly_file_name
from tests.orchestration.test_day_run import trade, write


@pytest.fixture
def browser(settings: Settings) -> TestClient:
    daily = settings.reports / "daily"
    daily.mkdir(parents=True)
    (daily / "2024-03-01.html").write_text("<h1>a report</h1>")
    (daily / "alerts.csv").write_text("alert_id\n")
    (settings.reports / "index.html").write_text("<h1>all days</h1>")
    (settings.reports / plotly_file_name()).write_text("var Plotly")
    (settings.reports / "other.js").write_text("secret")
    (daily / "2024-03-02.unfinished").write_text("half")
    (settings.root / "catalog.sqlite").write_text("secret")
    (settings.root / "beside.html").write_text("secret")
    (daily / "link.html").symlink_to(settings.root / "catalog.sqlite")
    return TestClient(report_site(settings), base_url="http://127.0.0.1:3001")


def test_the_address_in_the_metadata_opens_the_report(browser: TestClient, lake: Lake) -> None:
    url = report_url(lake, report_path(lake, date(2024, 3, 1)))
    assert url == "http://127.0.0.1:3001/daily/2024-03-01.html"
    answer = browser.get(url)
    assert (answer.status_code, answer.text) == (200, "<h1>a report</h1>")
    assert answer.headers["content-type"].startswith("text/html")
    assert browser.get("/daily/alerts.csv").text == "alert_id\n"


def test_the_index_opens_the_site_and_the_shared_script_is_served(browser: TestClient) -> None:
    for path in ("/", "/index.html"):
        assert browser.get(path).text == "<h1>all days</h1>"
    answer = browser.get(f"/{plotly_file_name()}")
    assert answer.text == "var Plotly"
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/other.js",
            f"/daily/{plotly_file_name()}",
            "/daily",
            "/daily/2024-03-02.unfinished",
            "/daily/none.html",
            "/daily/link.html",
        ),
        *("/../beside.html", "/%2e%2e/beside.html", "/daily/..%2f..%2fbeside.html"),
        *("/%2e%2e/catalog.sqlite", "//etc/hostname", "/daily/2024-03-01.html%00"),
    ],
)
def test_nothing_else_is_served(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_reports_are_only_read(browser: TestClient) -> None:
    assert browser.post("/daily/2024-03-01.html").status_code == 405


def test_a_foreign_name_of_this_machine_is_refused(browser: TestClient) -> None:
    answer = browser.get("/daily/2024-03-01.html", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_a_public_address_is_in_the_links_and_served_elsewhere(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_port(settings) == 3001
    monkeypatch.setenv("TAPEWATCH_REPORTS_URL", "https://watch.example/reports/")
    public = Lake(load_settings())
    assert own_port(public.settings) is None
    url = report_url(public, report_path(public, date(2024, 3, 1)))
    assert url == "https://watch.example/reports/daily/2024-03-01.html"
    at_home = TestClient(report_site(public.settings), base_url="https://watch.example")
    assert at_home.get("/daily/none.html").status_code == 404


def test_a_port_that_is_taken_is_named_with_the_cure(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}.*TAPEWATCH_REPORTS_URL"):
            serve(settings, "127.0.0.1", port)


def test_the_demos_home_opens_until_ours_has_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAPEWATCH_HOME", raising=False)
    own = load_settings()
    assert home_to_open(own) == own.root
    trades = write(tmp_path / "trades.csv", trade(1))
    land_files([trades], Lake(load_settings(home=own.demo)).objects)
    assert home_to_open(own) == own.root / "demo"
    # who names a home gets it, even an empty one
    monkeypatch.setenv("TAPEWATCH_HOME", str(own.root))
    assert home_to_open(load_settings()) == own.root
    monkeypatch.delenv("TAPEWATCH_HOME")
    land_files([trades], Lake(own).objects)
    assert home_to_open(load_settings()) == own.root


@pytest.mark.slow
def test_the_server_beside_a_process_ends_with_it(browser: TestClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "import sys; from assets.lake.settings import load_settings; "
        "from orchestration.report_server import serve_beside; "
        f"serve_beside(load_settings(), {port}); sys.stdin.read()"
    )
    url = f"http://127.0.0.1:{port}/daily/2024-03-01.html"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert waited(lambda: httpx.get(url).text == "<h1>a report</h1>")
        process.kill()
    assert waited(lambda: not answers(url))


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def waited(is_so: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if is_so():
                return True
        time.sleep(0.1)
    return False
