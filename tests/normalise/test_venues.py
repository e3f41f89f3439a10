"""One trade that was fetched, streamed and in the archive is one; what a venue left out is said."""

import pytest

from assets.landing.venues.backfill import backfill
from assets.landing.venues.binance import BINANCE
from assets.landing.venues.exchange import open_exchange

START = 1_700_000_000_000
WINDOW = (START, START + 60_000)
pytestmark = pytest.mark.slow


def fetch(stage, numbers, name):
    """Fetch aggregates as Binance's pages have them."""
    exchange = open_exchange(BINANCE)
    market = exchange.safe_market("BTCUSDT", None, None, "spot")
    page = [
        {"a": n, "p": "1.10", "q": "2", "f": 10 * n, "l": 10 * n + 1, "T": START + n, "m": True,
         "M": True}
        for n in numbers
    ]  # fmt: skip
    answers = [exchange.parse_trades(page, market), []]
    exchange.fetch_trades = lambda *_: answers.pop(0)
    return backfill(BINANCE, exchange, "BTC-USDT", WINDOW, stage.store, stage.folder / name)


def test_a_trade_that_was_fetched_twice_streamed_and_in_the_archive_is_one(stage):
    fetch(stage, [7, 8], "first.json")
    fetch(stage, [8, 9], "second.json")
    stage.land(
        "BTCUSDT-aggTrades-2023-11-14.csv",
        [f"{n},1.1,2.0,{10 * n},{10 * n + 1},{(START + n) * 1000},true,true" for n in (7, 8, 9)],
    )
    header = "venue,symbol,trade_id,traded_at,price,quantity,side"
    sent = [f"binance,BTC-USDT,a{n},{(START + n) * 1000},1.10,2,seller" for n in (8, 9, 10)]
    stage.land("streamed.csv", [header, *sent])
    stage.normalise("2023-11-14")
    assert stage.rows(
        "select trade_id, symbol, aggressor_side from lake.core.trades order by all"
    ) == [
        ("a10", "BTC-USDT", "seller"),
        ("a7", "BTC-USDT", "seller"),
        ("a8", "BTC-USDT", "seller"),
        ("a9", "BTC-USDT", "seller"),
    ]
    assert stage.counts() == (4, 6, 0)
    assert stage.rows("select distinct reason from lake.ops.dropped_trades") == [("duplicate",)]


def test_streamed_aggregates_do_not_drive_out_fetched_ones(stage):
    """Single trades do, for a day that has both; these are none."""
    fetch(stage, [7], "one.json")
    header = "venue,symbol,trade_id,traded_at,price,quantity,side"
    stage.land("streamed.csv", [header, f"binance,BTC-USDT,a9,{(START + 9) * 1000},1,1,buyer"])
    stage.normalise("2023-11-14")
    assert stage.counts() == (2, 0, 0)


def test_a_gap_is_a_quarantined_row_of_its_day(stage):
    fetched = fetch(stage, [7, 10], "one.json")
    assert len(fetched.gaps) == 1
    stage.normalise("2023-11-14")
    assert stage.counts() == (2, 0, 1)
    assert stage.rows(
        "select trade_id, trade_day::varchar, reason, raw::json->>'$.symbol' "
        "from lake.quarantine.trades"
    ) == [
        (
            "a8-9",
            "2023-11-14",
            "binance served none of the 2 trades with ids 8 to 9: "
            "fetch the window again, or its archive",
            "BTC-USDT",
        )
    ]
