# ruff: noqa: RUF001 (angle quotes point to the neighbours)
"""The index of all days, and the links between them."""

import re
from datetime import timedelta
from types import ModuleType

from duckdb import DuckDBPyConnection

from reports.index import day_rows, render_index
from reports.links import Links, neighbours, with_neighbours


def test_a_row_counts_what_the_tables_have_of_the_day(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    before, row = day_rows(sample_lake, [sample.DAY - timedelta(days=1), sample.DAY])
    assert row.incidents == {"high": 2, "medium": 1, "low": 1}
    assert (row.alerts, row.trades, row.symbols) == (6, 21_140, 3)
    # of the day before there is the alert that went on past midnight, and no trade
    assert (before.alerts, before.trades, before.by_chance) == (1, 0, None)


def test_the_index_lists_days_newest_first_each_with_its_report(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    days = [sample.DAY - timedelta(days=1), sample.DAY]
    page = render_index(sample_lake, days, detectors="detectors.html")
    assert re.findall(r'href="(daily/[^"]+)"', page) == [
        "daily/2024-03-15.html",
        "daily/2024-03-14.html",
    ]
    assert "Fri 15 Mar 2024" in page
    assert "21,140" in page
    assert 'href="detectors.html"' in page


def test_an_index_without_a_day_says_so(empty_lake: DuckDBPyConnection) -> None:
    assert "No day has a report yet." in render_index(empty_lake, [])


def test_neighbours_are_linked_anew_within_a_document() -> None:
    document = f"<p>{neighbours(Links(earlier='2024-03-14'))}</p><p>rest</p>"
    linked = with_neighbours(document, "2024-03-14", "2024-03-16")
    assert '<a rel="prev" href="2024-03-14.html">‹ 2024-03-14</a>' in linked
    assert '<a rel="next" href="2024-03-16.html">2024-03-16 ›</a>' in linked
    assert linked.endswith("<p>rest</p>")
    assert with_neighbours(linked, "2024-03-14", "") == document
