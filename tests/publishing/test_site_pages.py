"""The site in a browser that reaches no other machine: built once, walked, given new data."""

import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from duckdb import DuckDBPyConnection

from assets.publishing.site.build import SiteError, build, find_node, is_current
from assets.publishing.site.data import MANIFEST, manifest, write_tables
from orchestration.site_server import site_app
from tests.publishing.test_site_data import DAY, insert, insert_alert, insert_hour

# it installs and builds with Node, which takes minutes
pytestmark = pytest.mark.services

PAGES = ("/", "/typologies/", "/typologies/pump_and_dump/", "/symbols/", "/symbols/A-B/")
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
SHOWN = "article table, article canvas"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, without data."""
    try:
        find_node()
    except SiteError as error:
        pytest.skip(str(error))
    return build(tmp_path_factory.mktemp("site"), print)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser of Playwright's that finds no name but this machine's."""
    browsers = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on the path")
    with browsers.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", NO_NETWORK]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def address(built: Path) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(site_app(built, ["127.0.0.1"]), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as opened:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def publish(marts: DuckDBPyConnection, built: Path, name: str) -> None:
    folder = built / "data" / name
    folder.mkdir(parents=True)
    counts = write_tables(marts, folder)
    (folder.parent / MANIFEST).write_text(manifest(folder, counts))


def trade(marts: DuckDBPyConnection, symbol: str) -> None:
    """A day of a symbol, with an alert."""
    insert(marts, "marts.symbol_days", venue="v", symbol=symbol, trade_day=DAY)
    insert_alert(marts, f"alert on {symbol}", datetime(2024, 8, 9, 10, 39, 5), symbol=symbol)


def test_node_builds_pages_that_say_from_what(built: Path) -> None:
    assert (built / "index.html").is_file()
    assert is_current(built)


def test_the_pages_are_sound_and_ask_no_other_machine(
    marts: DuckDBPyConnection, built: Path, chromium: Any, address: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    trade(marts, "A-B")
    insert_hour(marts, 10, (1.0, 1.5, 1.0, 1.2))
    publish(marts, built, "first")
    faults: list[str] = []
    for width, scheme in ((1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")):
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(request.url))
        page.on("response", lambda r: faults.append(r.url) if r.status >= 400 else None)
        for path in PAGES:
            page.goto(address + path)
            page.wait_for_selector(SHOWN, state="attached", timeout=120_000)
            page.wait_for_load_state("networkidle")
            found = axe.Axe().run(page).response["violations"]
            faults.extend(
                f"{path} at {width} {scheme}: {one['id']}, {one['nodes'][0]['html']}"
                for one in found
                if one["impact"] in {"serious", "critical"}
            )
        context.close()
    assert not faults, "\n".join(faults)


def test_a_symbol_that_the_build_did_not_know_has_a_page(
    marts: DuckDBPyConnection, built: Path, chromium: Any, address: str
) -> None:
    trade(marts, "A-B")
    publish(marts, built, "before")
    page = chromium.new_page()
    page.goto(f"{address}/symbols/")
    page.get_by_role("link", name="A-B", exact=True).wait_for(timeout=120_000)
    trade(marts, "NEW-USDT")
    publish(marts, built, "after")
    page.goto(f"{address}/symbols/NEW-USDT/")
    page.get_by_role("heading", name="NEW-USDT").wait_for(timeout=120_000)
    alert = page.locator("td:visible", has_text="2024-08-09 10:39:05")
    alert.wait_for(timeout=120_000)
    page.close()
