"""Weeks and months: which days they are, and what their summary says."""

from datetime import date
from types import ModuleType

import pytest
from duckdb import DuckDBPyConnection

from reports.links import NO_LINKS
from reports.periods import PeriodError, month_named, render_period, week_named


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        # ISO 8601: the first week has the first Thursday
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_a_week_begins_on_monday(name: str, first: date, last: date) -> None:
    assert (week_named(name).first, week_named(name).last) == (first, last)


@pytest.mark.parametrize(
    ("name", "last"), [("2024-02", 29), ("2026-02", 28), ("2026-12", 31), ("2026-11", 30)]
)
def test_a_month_ends_on_its_last_day(name: str, last: int) -> None:
    assert (month_named(name).first.day, month_named(name).last.day) == (1, last)


@pytest.mark.parametrize("text", ["2026-W54", "2021-W53", "2026-48", "W48", "", "2026-W4"])
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PeriodError, match="2026-W48"):
        week_named(text)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "2026-11-01", "November"])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PeriodError, match="2026-11"):
        month_named(text)


def test_a_summary_counts_the_period_and_leads_to_its_days(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    page = render_period(sample_lake, week_named("2024-W11"), [sample.DAY], links=NO_LINKS)
    assert "Week 11 of 2024, 11 Mar to 17 Mar" in page
    # an alert and its incident began the evening before, which has no report
    assert "4 incidents and 6 alerts, where chance alone gives 0.15; 21,140 trades" in page
    assert 'href="../daily/2024-03-15.html"' in page
    assert page.index("Pump and dump") < page.index("Wash trading")


def test_a_period_without_a_report_says_so(empty_lake: DuckDBPyConnection) -> None:
    page = render_period(empty_lake, month_named("2024-03"), [], links=NO_LINKS)
    assert "No day of it has a report." in page
