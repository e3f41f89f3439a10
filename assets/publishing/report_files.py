"""The files of the reports: where they lie, how they are written, and the index of all days."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.cases.recording import every_decision
from assets.cases.reviews import Reviews, reviews_of
from assets.detection.catalogue import PATTERNS
from assets.detection.detector_page import detector_entries
from assets.lake.lake import Lake
from assets.lake.lock import file_lock
from reports.detectors_page import DetectorEntry, render_detectors_page
from reports.index import Summary, render_index
from reports.links import Links, with_neighbours
from reports.periods import Period, month_named, week_named
from reports.plotly import plotly_file_name, plotly_script

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
DAY_FILES = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].html"
INDEX = "index.html"
DETECTORS = "detectors.html"
LINKS = Links(index=f"../{INDEX}", detectors=f"../{DETECTORS}")
"""From a report to the pages above it."""
PLOTLY_AT = f"../{plotly_file_name()}"
"""From a report to the script that all share."""


def report_path(lake: Lake, day: date) -> Path:
    """Where the report of a day lies."""
    return lake.settings.reports / DAILY / f"{day.isoformat()}.html"


def alerts_path(lake: Lake, day: date) -> Path:
    """Where the day's alerts lie beside its report."""
    return report_path(lake, day).with_suffix(".alerts.csv")


def report_url(lake: Lake, path: Path) -> str:
    """Where a browser finds a report."""
    below = path.relative_to(lake.settings.reports).as_posix()
    return f"{lake.settings.reports_url.rstrip('/')}/{below}"


def period_path(lake: Lake, period: Period) -> Path:
    """Where the summary of a week or month lies."""
    folder = WEEKLY if "W" in period.name else MONTHLY
    return lake.settings.reports / folder / f"{period.name}.html"


def written_periods(lake: Lake) -> list[Summary]:
    """The weeks and months that have a summary, newest first."""
    return [
        Summary(f"{folder}/{path.name}", named(path.stem).title)
        for folder, named, pattern in (
            (MONTHLY, month_named, "????-??.html"),
            (WEEKLY, week_named, "????-W??.html"),
        )
        for path in sorted((lake.settings.reports / folder).glob(pattern), reverse=True)
    ]


def reported_days(lake: Lake) -> list[date]:
    """The days that have a report, in order."""
    found = (lake.settings.reports / DAILY).glob(DAY_FILES)
    return sorted(date.fromisoformat(path.stem) for path in found)


@contextmanager
def writing(lake: Lake) -> Iterator[None]:
    """One writer of reports at a time: a neighbour's links are changed within its document."""
    with file_lock(lake.settings.reports / ".lock", lake.settings.lock_timeout_seconds):
        yield


def object_key(lake: Lake, path: Path) -> str:
    """The key in the object store of a file of the reports: `reports/daily/2026-11-30.html`."""
    return f"reports/{path.relative_to(lake.settings.reports).as_posix()}"


def replace_file(lake: Lake, path: Path, text: str, writer: str) -> None:
    """Write a file, in the object store and in the home, from which browsers are served.

    A reader sees the old text or the new one, never half of one. Two writers of one file, by their
    names, write to unfinished ones of their own.
    """
    unfinished = _unfinished(path, text, writer)
    lake.objects.replace(object_key(lake, path), unfinished)
    unfinished.replace(path)


def write_copy(path: Path, text: str, writer: str) -> None:
    """Write a file that travels, anywhere; a reader never sees half of one."""
    _unfinished(path, text, writer).replace(path)


def _unfinished(path: Path, text: str, writer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{writer}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    return unfinished


def write_shared_script(lake: Lake, writer: str) -> None:
    """plotly.js once beside all reports; its name changes with its content."""
    path = lake.settings.reports / plotly_file_name()
    if not path.exists():
        replace_file(lake, path, plotly_script(), writer)


def link_neighbours(
    lake: Lake, folder: Path, names: Sequence[str], changed: Sequence[str], writer: str
) -> None:
    """Write the links of the changed documents and of those beside them.

    `names` are all documents of the folder, in order, without `.html`. The caller is `writing`.
    """
    touched = {
        place + step
        for place, name in enumerate(names)
        if name in changed
        for step in (-1, 0, 1)
        if 0 <= place + step < len(names)
    }
    for place in sorted(touched):
        path = folder / f"{names[place]}.html"
        document = path.read_text(encoding="utf-8")
        earlier = names[place - 1] if place else ""
        later = names[place + 1] if place + 1 < len(names) else ""
        linked = with_neighbours(document, earlier, later)
        if linked != document:
            replace_file(lake, path, linked, writer)


def write_index(
    connection: DuckDBPyConnection, lake: Lake, changed: Sequence[date], writer: str
) -> Path:
    """Write what the days share: the index, the script, the detectors' page, and their links."""
    path = lake.settings.reports / INDEX
    with writing(lake):
        days = reported_days(lake)
        link_neighbours(
            lake,
            lake.settings.reports / DAILY,
            [day.isoformat() for day in days],
            [day.isoformat() for day in changed],
            writer,
        )
        write_shared_script(lake, writer)
        replace_file(
            lake,
            lake.settings.reports / DETECTORS,
            render_detectors_page(_reviewed_entries(connection, lake), PATTERNS, INDEX),
            writer,
        )
        index = render_index(connection, days, written_periods(lake), detectors=DETECTORS)
        replace_file(lake, path, index, writer)
    return path


def _reviewed_entries(connection: DuckDBPyConnection, lake: Lake) -> list[DetectorEntry]:
    """Every detector in words, with what people's verdicts say of it."""
    reviews = reviews_of(connection, every_decision(lake, connection))
    return [
        replace(one, reviews=reviews.get(one.name, Reviews()).sentence)
        for one in detector_entries()
    ]
