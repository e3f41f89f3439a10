"""Write the reports of some days, with all that days share."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.alerts.reading import alerts_of_day
from assets.alerts.tables import ALERTS
from assets.lake.lake import Lake
from assets.publishing.daily_document import daily_document, facts_mark
from assets.publishing.period_reports import write_periods_of
from assets.publishing.report_files import (
    alerts_path,
    replace_file,
    report_path,
    write_index,
    writing,
)
from reports.records import csv_text


def write_reports(
    connection: DuckDBPyConnection, lake: Lake, days: Sequence[date], run_id: str
) -> Path:
    """Write each day's report with its alerts beside it, its week and month, and the index.

    Gives the path of the index.
    """
    for day in days:
        document = daily_document(connection, lake, day, run_id=run_id)
        marked = document + facts_mark(connection, day)
        alerts = csv_text(alerts_of_day(connection, day), ALERTS.column_names)
        with writing(lake):
            # the report, whose mark says which facts both show, comes last
            replace_file(lake, alerts_path(lake, day), alerts, run_id)
            replace_file(lake, report_path(lake, day), marked, run_id)
    write_periods_of(connection, lake, days, run_id)
    return write_index(connection, lake, days, run_id)
