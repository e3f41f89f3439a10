"""The Evidence site over HTTP: one page for every address of a page, and no page for a file."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from orchestration.site_server import site_app

A_PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def browser(tmp_path: Path) -> TestClient:
    pages = tmp_path / "pages"
    (pages / "data").mkdir(parents=True)
    (pages / "index.html").write_text("<h1>the site</h1>")
    (pages / "data" / "manifest.json").write_text("{}")
    (tmp_path / "beside.html").write_text("secret")
    return TestClient(site_app(pages, ["127.0.0.1"]), base_url="http://127.0.0.1:3002")


@pytest.mark.parametrize("path", ["/", "/symbols/NEW-USDT/", "/typologies/wash_ring", "/A%20B/"])
def test_every_page_is_the_one_that_the_browser_fills(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=A_PAGE)
    assert (answer.status_code, answer.text) == (200, "<h1>the site</h1>")
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_browser_asks_whether_data_are_the_newest(browser: TestClient) -> None:
    answer = browser.get("/data/manifest.json")
    assert (answer.text, answer.headers["cache-control"]) == ("{}", "no-cache")
    again = browser.get("/data/manifest.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/data/gone.parquet", "/../beside.html", "/%2e%2e/beside.html"])
def test_what_is_no_file_of_the_site_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_foreign_name_of_this_machine_is_refused(browser: TestClient) -> None:
    assert browser.get("/", headers={"Host": "evil.example"}).status_code == 400
