"""The summaries of weeks and months: one command writes any, and a day's run those of its days."""

from collections.abc import Sequence
from datetime import date

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.publishing.report_files import LINKS, period_path, replace_file, reported_days
from reports.periods import Period, month_of, render_period, week_of

# of a single day its own report says all
LEAST_DAYS = 2


def days_of_period(lake: Lake, period: Period) -> list[date]:
    """The period's days that have a report, in order."""
    return [day for day in reported_days(lake) if period.first <= day <= period.last]


def write_period(
    connection: DuckDBPyConnection, lake: Lake, period: Period, days: Sequence[date], writer: str
) -> None:
    """Write the summary of a period over some days of it."""
    document = render_period(connection, period, days, links=LINKS, program=lake.settings.program)
    replace_file(lake, period_path(lake, period), document, writer)


def write_periods_of(
    connection: DuckDBPyConnection, lake: Lake, days: Sequence[date], writer: str
) -> None:
    """Write the weeks and months of the days, where two days or more have a report."""
    periods = {period.name: period for day in days for period in (week_of(day), month_of(day))}
    for period in periods.values():
        reported = days_of_period(lake, period)
        if len(reported) >= LEAST_DAYS:
            write_period(connection, lake, period, reported, writer)
