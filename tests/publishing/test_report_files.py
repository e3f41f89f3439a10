"""The files of reports: written whole, linked to their neighbours, the script shared once."""

from datetime import date
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings
from assets.publishing.report_files import (
    link_neighbours,
    replace_file,
    report_path,
    reported_days,
    write_shared_script,
)
from reports.links import NO_LINKS, neighbours
from reports.plotly import FILE, plotly_file_name

DAYS = [date(2024, 3, day) for day in (1, 2, 5)]


@pytest.fixture
def reports(settings: Settings) -> Lake:
    lake = Lake(settings)
    for day in DAYS:
        replace_file(lake, report_path(lake, day), f"<p>{neighbours(NO_LINKS)}</p>{day}", "test")
    return lake


def linked_from(lake: Lake, day: date) -> list[date]:
    text = report_path(lake, day).read_text()
    return [other for other in DAYS if f'href="{other}.html"' in text]


def test_only_reports_of_days_are_listed(reports: Lake) -> None:
    report_path(reports, DAYS[0]).with_suffix(".single.html").write_text("a copy")
    report_path(reports, DAYS[0]).with_suffix(".alerts.csv").write_text("alert_id")
    report_path(reports, DAYS[0]).with_name("some-no-te.html").write_text("a note")
    assert reported_days(reports) == DAYS


def test_a_new_day_is_linked_from_the_one_before_and_the_one_after(reports: Lake) -> None:
    folder, names = report_path(reports, DAYS[0]).parent, [str(day) for day in DAYS]
    link_neighbours(reports, folder, names, [names[1]], "test")
    assert [linked_from(reports, day) for day in DAYS] == [
        [DAYS[1]],
        [DAYS[0], DAYS[2]],
        [DAYS[1]],
    ]
    assert report_path(reports, DAYS[1]).read_text().endswith("2024-03-02")


def test_documents_that_change_nothing_are_not_written_again(reports: Lake) -> None:
    folder, names = report_path(reports, DAYS[0]).parent, [str(day) for day in DAYS]
    link_neighbours(reports, folder, names, names, "test")
    times = [path.stat().st_mtime_ns for path in sorted(folder.iterdir())]
    link_neighbours(reports, folder, names, names, "test")
    assert [path.stat().st_mtime_ns for path in sorted(folder.iterdir())] == times


def test_the_script_is_written_once_and_whole(reports: Lake) -> None:
    path: Path = reports.settings.reports / plotly_file_name()
    write_shared_script(reports, "test")
    written = path.stat().st_mtime_ns
    assert path.read_bytes() == FILE.read_bytes()
    write_shared_script(reports, "test")
    assert path.stat().st_mtime_ns == written
    assert not list(path.parent.glob("*.unfinished"))
