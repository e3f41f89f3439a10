"""`tapewatch report`: the report of a day from the lake, as a page, one file, or a PDF."""

from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.publishing.daily_document import daily_document
from assets.publishing.daily_reports import write_reports
from assets.publishing.pdf import SCRIPT_BESIDE, print_pdf
from assets.publishing.period_reports import days_of_period, write_period
from assets.publishing.report_files import (
    period_path,
    report_path,
    write_index,
)
from assets.publishing.report_files import write_copy as write_file
from reports.links import NO_LINKS
from reports.periods import Period

WRITER = "report"


def write_day(lake: Lake, day: date | None) -> list[Path]:
    """Write a day's report again beside the others, and the index; by default the newest day."""
    with lake.connect() as connection:
        day = _traded(connection, day)
        index = write_reports(connection, lake, [day], WRITER)
    return [report_path(lake, day), index]


def write_one_period(lake: Lake, period: Period) -> list[Path]:
    """Write the summary of a week or month over its days that have a report, and the index."""
    days = days_of_period(lake, period)
    if not days:
        raise LakeError(
            f"no day of {period.title} has a report: `tapewatch run` or `tapewatch report --date` "
            "writes one"
        )
    with lake.connect() as connection:
        write_period(connection, lake, period, days, WRITER)
        index = write_index(connection, lake, [], WRITER)
    return [period_path(lake, period), index]


def write_copy(lake: Lake, day: date | None, *, is_pdf: bool, output: Path | None) -> Path:
    """Write a day into one file that travels; by default the newest day, beside its report.

    Raises
    ------
    LakeError
        The lake has no trade of that day.
    PdfError
        No browser prints here.
    """
    with lake.connect() as connection:
        day = _traded(connection, day)
        # a browser that prints does not wait until a script is unpacked
        script = SCRIPT_BESIDE if is_pdf else None
        document = daily_document(connection, lake, day, plotly_at=script, links=NO_LINKS)
    path = output or report_path(lake, day).with_suffix(".pdf" if is_pdf else ".single.html")
    if is_pdf:
        print_pdf(document, path)
    else:
        write_file(path, document, WRITER)
    return path


def _traded(connection: DuckDBPyConnection, day: date | None) -> date:
    """The day, or the newest; LakeError where the lake has no trade of it."""
    found = connection.execute(
        "select distinct trade_day from lake.marts.symbol_days order by trade_day"
    ).fetchall()
    days = [one for (one,) in found]
    if not days:
        raise LakeError("the lake has no day with trades: `tapewatch run --input FILE` brings some")
    if day is not None and day not in days:
        raise LakeError(f"the lake has no trades of {day}: its days are {days[0]} to {days[-1]}")
    return day or days[-1]
