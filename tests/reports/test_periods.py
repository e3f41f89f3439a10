"""Weeks and months: which days they are, and what their summary says."""

from datetime import date
from types import ModuleType

import pytest
from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.publishing.period_reports import write_periods_of
from assets.publishing.report_files import replace_file, report_path, written_periods
from reports.links import NO_LINKS
from reports.periods import PeriodError, month_named, month_of, render_period, week_named, week_of


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


@pytest.mark.parametrize("day", [date(2021, 1, 3), date(2024, 2, 29), date(2026, 12, 31)])
def test_a_day_lies_in_its_week_and_month(day: date) -> None:
    assert all(period.first <= day <= period.last for period in (week_of(day), month_of(day)))
    assert week_of(date(2021, 1, 3)).name == "2020-W53"


def test_a_run_writes_the_weeks_and_months_of_two_days_or_more(
    sample: ModuleType, sample_lake: DuckDBPyConnection, lake: Lake
) -> None:
    # the Friday of the sample, the next Monday: one month, two weeks
    for day in (sample.DAY, date(2024, 3, 18)):
        replace_file(lake, report_path(lake, day), "<p>a report</p>", "test")
        write_periods_of(sample_lake, lake, [day], "test")
    assert [period.title for period in written_periods(lake)] == ["March 2024"]
    text = (lake.settings.reports / "monthly" / "2024-03.html").read_text()
    assert "../daily/2024-03-15.html" in text
    assert "../daily/2024-03-18.html" in text
