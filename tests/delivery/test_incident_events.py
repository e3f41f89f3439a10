"""An incident goes out when it is opened and when it becomes graver, whatever else changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS
from assets.delivery.events import Found
from assets.delivery.incident_events import incident_source
from assets.lake import NoLakeError
from assets.lake.lake import Lake
from tests.delivery.incident_rows import append, revision

pytestmark = pytest.mark.slow


def look(lake: Lake, cursor: str | None) -> Found:
    return incident_source(lake).look(cursor)


@pytest.fixture
def empty(lake: Lake) -> Lake:
    lake.create([ALERTS, INCIDENT_REVISIONS])
    return lake


def test_opened_and_raised_are_events_and_nothing_else_is(empty: Lake) -> None:
    append(empty, [revision("a", "high"), revision("b", "low")])
    first = look(empty, None)
    assert [(one.subject, one.revision) for one in first.events] == [("a", "high"), ("b", "low")]
    append(
        empty,
        [
            revision("a", "high", revision=2),
            revision("b", "critical", revision=2),
            revision("a", "medium", revision=3),
            revision("a", "high", revision=4),
            revision("b", "critical", revision=3, status="superseded"),
            revision("c", "high", status="superseded"),
        ],
    )
    second = look(empty, first.cursor)
    assert [(one.subject, one.revision) for one in second.events] == [("b", "critical")]
    assert look(empty, second.cursor).events == []
    assert look(empty, second.cursor).cursor == second.cursor


def test_what_was_found_long_before_the_first_look_is_history(empty: Lake) -> None:
    old = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=2)
    append(empty, [revision("a", detected_at=old)])
    append(empty, [revision("b")])
    assert [one.subject for one in look(empty, None).events] == ["b"]


def test_a_table_that_was_made_anew_is_looked_at_anew(empty: Lake) -> None:
    append(empty, [revision("a")])
    cursor = look(empty, None).cursor
    with empty.lock(), empty.connect(read_only=False) as connection:
        connection.execute(f"drop table lake.{INCIDENT_REVISIONS.name}")
    empty.create([INCIDENT_REVISIONS])
    append(empty, [revision("a")])
    assert [one.subject for one in look(empty, cursor).events] == ["a"]


def test_an_event_says_what_who_how_much_and_how_sure(empty: Lake) -> None:
    append(empty, [revision("0123456789abcdef")])
    (found,) = look(empty, None).events
    assert found.title == "high: pump and dump on v KITE-USDT"
    assert found.link.endswith(f"/daily/{date(2024, 8, 9)}.html")
    assert (found.severity, found.venues, found.symbols) == ("high", ("v",), ("KITE-USDT",))
    assert found.text.splitlines()[1:] == [
        "Who: T1, T2.",
        "How sure: confirmed by what followed.",
        "Next: Ask the venue for the orders.",
        "tapewatch explain 0123456789ab",
    ]


def test_without_a_lake_there_is_nothing_to_look_at(lake: Lake) -> None:
    with pytest.raises(NoLakeError):
        look(lake, None)
