"""A breach of a limit goes out once, however often its day runs; episodes of volatility do not."""

from datetime import date
from typing import Any

import pytest

from assets.delivery.breach_events import (
    TABLE,
    breach_source,
    event_of,
    sentences_of_days,
    severity_of,
)
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.tables import Table

DAY = date(2026, 11, 30)
# those of its columns that are read here
RISK_EVENTS = Table.described(
    TABLE,
    "Risk events.",
    {
        f"{name} varchar": ""
        for name in ("event_id", "kind", "level", "venue", "symbol", "measure", "sentence")
    }
    | {"trade_day date": ""},
)


def row(event_id: str, kind: str = "limit_breach", **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "kind": kind,
        "level": "HIGH",
        "venue": "kraken",
        "symbol": "BTC-USD",
        "measure": "value_at_risk_99_1d",
        "sentence": f"sentence {event_id}",
        "trade_day": DAY,
    } | more


def write(lake: Lake, *found: dict[str, Any]) -> None:
    """Replace the day's rows, as its run does."""

    def work(connection) -> None:
        connection.execute(f"delete from lake.{TABLE}")
        insert_rows(connection, TABLE, found)

    lake.write(work, tables=(RISK_EVENTS,), message="test", commit_info={})


def test_a_breach_says_what_was_passed_where(lake: Lake) -> None:
    event = event_of(row("a"), lake)
    assert event.title == "high: limit on value_at_risk_99_1d passed by kraken BTC-USD"
    assert event.text == "2026-11-30: sentence a"
    assert event.link == "http://127.0.0.1:3001/daily/2026-11-30.html"
    assert (event.venues, event.symbols, event.severity) == (("kraken",), ("BTC-USD",), "high")


def test_an_extreme_level_is_critical() -> None:
    assert [severity_of(level) for level in ("LOW", "HIGH", "EXTREME")] == [
        "low", "high", "critical",
    ]  # fmt: skip


@pytest.mark.slow
def test_what_a_run_has_found_again_has_its_key(lake: Lake) -> None:
    write(lake, row("old"))
    source = breach_source(lake)
    first = source.look(None)
    assert [event.subject for event in first.events] == ["old"]
    write(lake, row("old"), row("new"), row("z", kind="volatility"))
    second = source.look(first.cursor)
    assert [event.subject for event in second.events] == ["old", "new"]
    assert second.events[0].key == first.events[0].key
    assert source.look(second.cursor).events == []
    with lake.connect() as connection:
        assert sentences_of_days(connection, [DAY]) == ["sentence new", "sentence old"]
        assert sentences_of_days(connection, [date(2026, 12, 1)]) == []


@pytest.mark.slow
def test_a_lake_without_risk_events_has_no_breach(lake: Lake) -> None:
    lake.create([])
    with lake.connect() as connection:
        assert sentences_of_days(connection, [DAY]) == []
