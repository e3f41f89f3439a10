"""A real browser opens the reports: it draws all, refuses nothing, and all fits the screen."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from reports.daily import render_daily_report
from reports.detectors import Verdict
from reports.index import render_index
from reports.plotly import FILE, plotly_file_name

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
# tall, so that every chart is near the screen
HEIGHT = 30_000
CHARTS = 3
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        yield running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def folder(tmp_path: Path, sample: ModuleType, sample_lake: DuckDBPyConnection) -> Path:
    """A day and the index, which share the script."""
    document = render_daily_report(
        sample_lake, sample.DAY, Verdict("good", "Fine."), plotly_at=f"../{plotly_file_name()}"
    )
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / f"{sample.DAY}.html").write_text(document)
    (tmp_path / "index.html").write_text(render_index(sample_lake, [sample.DAY]))
    shutil.copyfile(FILE, tmp_path / plotly_file_name())
    return tmp_path


def opened(
    browser: Any, path: Path, width: int = 1280, scheme: str = "light"
) -> tuple[Any, list[str]]:
    """A page, and what it complains of: errors, refusals, requests that failed."""
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(path.as_uri())
    return page, complaints


def drawn(page: Any) -> None:
    """Wait until each chart has its plot."""
    for place in range(CHARTS):
        plot = page.locator(".chart").nth(place).locator(".scatterlayer")
        plot.first.wait_for(state="attached")


def test_one_file_unpacks_and_draws_its_charts(browser: Any, tmp_path: Path, report: str) -> None:
    (tmp_path / "report.html").write_text(report)
    page, complaints = opened(browser, tmp_path / "report.html")
    drawn(page)
    assert complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_index_and_day_fit_the_screen(browser: Any, folder: Path, width: int, scheme: str) -> None:
    page, complaints = opened(browser, folder / "index.html", width, scheme)
    assert page.evaluate(WIDTH) == width
    page.click("text=Fri 15 Mar 2024")
    drawn(page)
    assert page.evaluate(WIDTH) == width
    assert complaints == []


def test_the_first_screen_holds_incidents_and_news(browser: Any, folder: Path) -> None:
    page, _ = opened(browser, next((folder / "daily").iterdir()))
    for part in ("#incidents", "#changes"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 900


def test_without_the_shared_script_the_page_says_so(browser: Any, folder: Path) -> None:
    (folder / plotly_file_name()).unlink()
    page, _ = opened(browser, next((folder / "daily").iterdir()))
    excuses = page.locator("text=No chart: the script of the charts is not beside the report")
    excuses.nth(CHARTS - 1).wait_for()


def test_the_keyboard_reaches_and_unfolds_the_evidence(browser: Any, folder: Path) -> None:
    page, _ = opened(browser, next((folder / "daily").iterdir()))
    summary = page.locator(".alert details > summary").first
    summary.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.locator(".alert details").first.get_attribute("open") is not None
