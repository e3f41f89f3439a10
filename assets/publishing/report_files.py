"""Where the report of a day lies: in the home, from which browsers are served, and in the store."""

from datetime import date
from pathlib import Path

from assets.lake.lake import Lake


def report_path(lake: Lake, day: date) -> Path:
    """Where the report of a day lies."""
    return lake.settings.reports / "daily" / f"{day.isoformat()}.html"


def report_url(lake: Lake, path: Path) -> str:
    """Where a browser finds a report."""
    below = path.relative_to(lake.settings.reports).as_posix()
    return f"{lake.settings.reports_url.rstrip('/')}/{below}"


def alerts_path(lake: Lake, day: date) -> Path:
    """Where the day's alerts lie beside its report."""
    return report_path(lake, day).with_suffix(".alerts.csv")


def object_key(day: date, path: Path) -> str:
    """The key in the object store of a file of a day's report: `reports/2026-11-30/daily.html`."""
    return f"reports/{day.isoformat()}/daily{''.join(path.suffixes)}"


def publish_report(lake: Lake, day: date, document: str, alerts: str, writer: str) -> Path:
    """Write a day's report and its alerts as CSV, in the object store and in the home; the report.

    The report in the home comes last: its mark says which facts all of them show.
    """
    replace_file(lake, day, alerts_path(lake, day), alerts, writer)
    path = report_path(lake, day)
    replace_file(lake, day, path, document, writer)
    return path


def replace_file(lake: Lake, day: date, path: Path, text: str, writer: str) -> None:
    """Write a file of which a reader sees the old text or the new one, never half of one.

    Two writers of one file, by their names, write to unfinished ones of their own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{writer}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    lake.objects.replace(object_key(day, path), unfinished)
    unfinished.replace(path)
