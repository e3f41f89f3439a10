"""The trades behind an episode: several hits' selections joined, and read by a bound query."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.alerts.trades import condition_of, count_trades, read_trades
from assets.detection.evidence import Trades, join_selections

MIDNIGHT = datetime(2024, 3, 1)
VENUES = ("binance", "o'brien and traded_at >= timestamp '2024-03-01'")
SIDES = ("buyer", "seller", "unknown", None)
QUANTITIES = (None, [1.0], [1.0, 2.0])
# where a stretch of so many minutes starts, its length, its side and quantities
STRETCHES = st.tuples(
    st.integers(0, 20), st.integers(1, 5), st.sampled_from(SIDES), st.sampled_from(QUANTITIES)
)


def selection(
    start: int, length: int, side: str | None = None, quantities: list[float] | None = None
) -> dict[str, Any]:
    """The trades of `length` minutes from `start` on."""
    at = [str(MIDNIGHT + timedelta(minutes=minute)) for minute in (start, start + length)]
    chosen: dict[str, Any] = {"start_at": at[0], "end_at": at[1]}
    if side is not None:
        chosen["side"] = side
    return chosen | ({} if quantities is None else {"quantities": quantities})


def alert(*selections: dict[str, Any], **columns: Any) -> dict[str, Any]:
    market = {
        "subject_kind": "market", "subject_id": "binance A-B", "venue": "binance", "symbol": "A-B"
    }  # fmt: skip
    evidence = json.dumps({"trades": join_selections(selections)})
    return market | {"evidence": evidence} | columns


@pytest.fixture(scope="module")
def lake() -> Iterator[DuckDBPyConnection]:
    """Half an hour of trades, one each 30 s, side, venue, account and quantity."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("create schema lake.core")
        connection.execute(
            """
            create table lake.core.trades as
            select
                row_number() over ()::varchar as trade_id,
                venue, 'A-B' as symbol,
                timestamp '2024-03-01' + to_seconds(30 * range) as traded_at,
                nullif(side, 'unknown') as aggressor_side,
                quantity::double as quantity_double,
                account as buyer_account_id,
                true as is_on_book,
                1 as sequence,
                'other' as seller_account_id,
                quantity as notional,
            from range(60)
            cross join (select unnest(?) as venue)
            cross join (select unnest(['buyer', 'seller', 'unknown']) as side)
            cross join (select unnest([1, 2, 3]) as quantity)
            cross join (select unnest(['T1', null]) as account)
            """,
            [list(VENUES)],
        )
        yield connection


def ids(lake: DuckDBPyConnection, told: dict[str, Any]) -> set[str]:
    condition = condition_of(told)
    assert condition is not None
    rows = read_trades(lake, condition)
    assert len(rows) == count_trades(lake, condition)
    return {row["trade_id"] for row in rows}


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.lists(STRETCHES, min_size=1, max_size=12))
def test_joined_selections_are_the_trades_of_any_of_them(
    lake: DuckDBPyConnection,
    stretches: list[tuple[int, int, str | None, list[float] | None]],
) -> None:
    selections = [selection(*stretch) for stretch in stretches]
    apart = [ids(lake, alert(one)) for one in selections]
    assert ids(lake, alert(*selections)) == set().union(*apart)


def test_stretches_that_overlap_or_touch_are_one() -> None:
    joined = join_selections([selection(minute, 3, "buyer") for minute in (6, 0, 1, 3)])
    assert joined == [
        {"stretches": [["2024-03-01 00:00:00", "2024-03-01 00:09:00"]], "side": "buyer"}
    ]


def test_stretches_apart_are_in_order_of_time() -> None:
    (joined,) = join_selections([selection(9, 1), selection(0, 2)])
    assert [start for start, _ in joined["stretches"]] == [
        "2024-03-01 00:00:00", "2024-03-01 00:09:00"
    ]  # fmt: skip


def test_trades_of_another_side_or_quantity_are_another_part() -> None:
    joined = join_selections(
        [selection(0, 2, "buyer"), selection(1, 2, "seller"), selection(1, 2, "seller", [0.1])]
    )
    assert [(one.get("side"), one.get("quantities")) for one in joined] == [
        ("buyer", None), ("seller", None), ("seller", [0.1])
    ]  # fmt: skip


def test_only_the_market_of_the_alert_is_read_whatever_its_name(lake: DuckDBPyConnection) -> None:
    first, second = (ids(lake, alert(selection(0, 1), venue=venue)) for venue in VENUES)
    assert len(first) == len(second) == 2 * 3 * 3 * 2
    assert first.isdisjoint(second)


def test_of_an_account_the_trades_are_those_on_a_side_of_which_it_is(
    lake: DuckDBPyConnection,
) -> None:
    everywhere = {"subject_kind": "account", "subject_id": "T1", "venue": "", "symbol": ""}
    mine = ids(lake, alert(selection(0, 1), **everywhere))
    assert len(mine) == 2 * 2 * 3 * 3
    assert mine < ids(lake, alert(selection(0, 1), **(everywhere | {"subject_id": "other"})))


def test_an_alert_that_selects_no_trades_has_no_condition() -> None:
    assert condition_of(alert()) is None
    assert condition_of(alert() | {"evidence": "{}"}) is None


def test_what_a_detector_declares_becomes_a_selection() -> None:
    row = (
        "(select timestamp '2024-03-01 00:10:00' as cell_end_at, 'seller' as side, [2.5] as sizes)"
    )

    def made(trades: Trades) -> dict[str, Any]:
        text = duckdb.execute(f"select to_json({trades.selection}) from {row}").fetchall()[0][0]
        return json.loads(text)

    assert made(Trades(last="5 minutes", side="buyer")) == selection(5, 5, "buyer")
    assert made(
        Trades(last="5 minutes", side_column="side", quantities_column="sizes")
    ) == selection(5, 5, "seller", [2.5])
    assert made(Trades(order_at="cell_end_at")) == {
        "start_at": "2024-03-01 00:10:00", "end_at": "2024-03-01 00:10:00.001"
    }  # fmt: skip
