"""Bars against a plain reading of their definition."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

Rows = list[dict[str, Any]]
Trade = dict[str, Any]
MIDNIGHT = datetime(2024, 3, 1)
GRAINS = {"bars_1s": 1, "bars_5s": 5, "bars_1m": 60, "bars_5m": 300, "bars_1h": 3600}


def notional(trade: Trade) -> Decimal:
    return round(Decimal(trade["price_double"] * trade["quantity_double"]), 12)


def millisecond(trade: Trade) -> datetime:
    at: datetime = trade["traded_at"]
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def bar_of(trades: list[Trade]) -> dict[str, Any]:
    """The bar of the trades of one cell, which are in order."""
    orders: dict[tuple[datetime, str | None, str | None], list[Trade]] = defaultdict(list)
    for trade in trades:
        # at a full second they may be strangers
        apart = None if trade["traded_at"].microsecond else trade["trade_id"]
        orders[millisecond(trade), trade["aggressor_side"], apart].append(trade)
    sizes = {key: sum(map(notional, fills)) for key, fills in orders.items()}
    # of equal ones the earliest, then a buyer before a seller before an unknown side
    rank = {None: 0, "seller": 1, "buyer": 2}
    largest = min(sizes, key=lambda key: (-sizes[key], key[0], rank[key[1]]))
    rushes = [
        key
        for key, fills in orders.items()
        if key[1] == "buyer" and sum(fill["fill_count"] for fill in fills) >= 2
    ]
    bought, sold = (
        [trade for trade in trades if trade["aggressor_side"] == side]
        for side in ("buyer", "seller")
    )
    value = sum(map(notional, trades))
    return {
        "open": trades[0]["price_double"],
        "high": max(trade["price_double"] for trade in trades),
        "low": min(trade["price_double"] for trade in trades),
        "close": trades[-1]["price_double"],
        "quantity": sum(Decimal(str(trade["quantity_double"])) for trade in trades),
        "notional": value,
        "buyer_notional": sum(map(notional, bought)),
        "seller_notional": sum(map(notional, sold)),
        "notional_usd": value if trades[0]["symbol"].endswith("-USDT") else None,
        "trade_count": len(trades),
        "buyer_trade_count": len(bought),
        "seller_trade_count": len(sold),
        "fill_count": sum(trade["fill_count"] for trade in trades),
        "order_count": len(orders),
        "buyer_order_count": sum(key[1] == "buyer" for key in orders),
        "largest_order_notional": sizes[largest],
        "largest_order_side": largest[1],
        "largest_order_at": largest[0],
        "rush_order_count": len(rushes),
        "rush_notional": sum(sizes[key] for key in rushes),
    }


@pytest.mark.slow
@pytest.mark.parametrize("model", GRAINS)
def test_bars_are_what_their_trades_say(
    model: str, market: pa.Table, at_once: dict[str, Rows]
) -> None:
    grain = timedelta(seconds=GRAINS[model])
    cells: dict[tuple[str, datetime], list[Trade]] = defaultdict(list)
    for trade in market.to_pylist():
        cell = MIDNIGHT + (trade["traded_at"] - MIDNIGHT) // grain * grain
        cells[trade["symbol"], cell].append(trade)

    rows = {(row["symbol"], row["cell_start_at"]): row for row in at_once[model]}

    assert rows.keys() == cells.keys()
    for key, trades in cells.items():
        in_order = sorted(trades, key=lambda t: (t["traded_at"], int(t["trade_id"])))
        expected = bar_of(in_order) | {
            "venue": "test",
            "symbol": key[0],
            "cell_start_at": key[1],
            "cell_end_at": key[1] + grain,
            "trade_day": key[1].date(),
        }
        assert rows[key] == expected


def test_a_cell_that_has_not_closed_has_no_bar(
    insert_trades: Callable, compute_models: Callable, scratch: Any
) -> None:
    seconds = (0.2, 4.9, 5.1, 9.99)
    insert_trades(
        pa.table(
            {
                "symbol": ["A-B"] * 4,
                "trade_id": ["1", "2", "3", "4"],
                "aggressor_side": ["buyer"] * 4,
                "price": [1.0, 2.0, 3.0, 4.0],
                "quantity": [1.0] * 4,
                "traded_at": [MIDNIGHT + timedelta(seconds=second) for second in seconds],
            }
        )
    )

    compute_models(MIDNIGHT, MIDNIGHT + timedelta(seconds=9.995), "bars_1s", "bars_5s")

    found = scratch.execute("select open, close from lake.features.bars_5s").fetchall()
    assert found == [(1.0, 2.0)]
    compute_models(
        MIDNIGHT + timedelta(seconds=9.995), MIDNIGHT + timedelta(seconds=10), "bars_1s", "bars_5s"
    )
    found = scratch.execute("select open, close from lake.features.bars_5s").fetchall()
    assert sorted(found) == [(1.0, 2.0), (3.0, 4.0)]
