"""`tapewatch report`: the report of a day from the lake, as a page, one file, or a PDF."""

from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.publishing.daily_document import daily_document
from assets.publishing.daily_reports import write_reports
from assets.publishing.pdf import print_pdf
from assets.publishing.report_files import replace_file, report_path

WRITER = "report"


def write_day(lake: Lake, day: date | None) -> list[Path]:
    """Write a day's report again beside the others, and the index; by default the newest day."""
    with lake.connect() as connection:
        day = _traded(connection, day)
        index = write_reports(connection, lake, [day], WRITER)
    return [report_path(lake, day), index]


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
        document = daily_document(connection, lake, day, is_single_file=True)
    path = output or report_path(lake, day).with_suffix(".pdf" if is_pdf else ".single.html")
    if is_pdf:
        print_pdf(document, path)
    else:
        replace_file(path, document, WRITER)
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
