"""What becomes of each landed trade."""

from datetime import datetime
from decimal import Decimal

import pytest

LOG = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
CCXT = "id,symbol,timestamp,datetime,side,price,amount"
MESSAGES = (
    "venue,symbol,trade_id,traded_at,price,quantity,side,order_id,order_type,account_id,"
    "counterparty_account_id,customer_id"
)
TRADES = "id,price,qty,quote_qty,time,is_buyer_maker"
AGGREGATES = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
DAY = "2024-08-09"
AT = 1723204800000  # that day, 12:00
pytestmark = pytest.mark.slow


def test_a_log_keeps_accounts_orders_and_labels(stage):
    stage.land(
        "log.csv",
        [
            LOG,
            f"u1,{DAY}T12:00:00.000001,BTCUSDT,60000.5,0.25,BUY,T1,o1,WASH",
            f"u2,{DAY}T12:00:01,BTCUSDT,60000.5,0.25,SELL,T2,o2,",
        ],
    )
    stage.normalise(DAY)
    assert stage.rows(
        "select venue, symbol, trade_id, order_id, account_id, counterparty_account_id, "
        "aggressor_side, price, quantity, price_double, notional, notional_usd, fill_count, "
        "source_line, received_at, traded_at, trade_day::varchar from lake.core.trades "
        "where trade_id = 'u1'"
    ) == [
        ("file", "BTC-USDT", "u1", "o1", "T1", None, "buyer", Decimal("60000.5"), Decimal("0.25"),
         60000.5, Decimal("15000.125"), Decimal("15000.125"), 1, 2, None,
         datetime(2024, 8, 9, 12, 0, 0, 1), DAY),
    ]  # fmt: skip
    assert stage.rows("select trade_id, event_type from lake.labels.trades") == [("u1", "WASH")]
    assert stage.counts() == (2, 0, 0)


def test_a_table_of_messages_keeps_both_accounts_and_each_venue(stage):
    stage.land(
        "ours.csv",
        [
            MESSAGES,
            f"kraken,BTC-USDT,m1,{AT}000,60000.5,0.25,seller,o1,LIMIT,a,b,c",
            f"kraken,BTC-USDT,m2,{AT}000,60000.5,0.25,sideways,o1,LIMIT,a,b,c",
            f"okx,BTC-USDT,m3,{AT}000,60000.5,0.25,buyer,o1,LIMIT,a,b,c",
        ],
    )
    stage.normalise(DAY)
    assert stage.rows(
        "select venue, symbol, trade_id, order_id, order_type, account_id, "
        "counterparty_account_id, customer_id, aggressor_side, source_line, traded_at "
        "from lake.core.trades order by venue"
    ) == [
        ("kraken", "BTC-USDT", "m1", "o1", "LIMIT", "a", "b", "c", "seller", 2,
         datetime(2024, 8, 9, 12)),
        ("okx", "BTC-USDT", "m3", "o1", "LIMIT", "a", "b", "c", "buyer", 4,
         datetime(2024, 8, 9, 12)),
    ]  # fmt: skip
    assert stage.rows(
        "select source_line, source_file, reason from lake.quarantine.trades order by 1"
    ) == [
        (3, "ours.csv", "unknown side sideways"),
    ]


def test_the_source_of_a_trade_is_the_key_of_its_object(stage):
    keys = stage.land("log.csv", [LOG, f"u1,{DAY}T12:00:00,BTCUSDT,1,1,BUY,T,o,"])
    stage.normalise(DAY)
    assert stage.rows("select source from lake.core.trades") == [(keys[0],)]


def test_notional_usd_is_null_where_the_quote_is_no_dollar(stage):
    stage.land("t.csv", [CCXT, f"1,AST/BTC,{AT},,buy,1.435e-05,4.0"])
    stage.normalise(DAY)
    assert stage.rows("select price, notional, notional_usd from lake.core.trades") == [
        (Decimal("0.00001435"), Decimal("0.0000574"), None)
    ]


def test_an_inverse_contract_is_a_quantity_of_the_base(stage):
    stage.land(
        "BTCUSD_PERP-trades-2024-08-09.csv",
        ["id,price,qty,base_qty,time,is_buyer_maker", f"1,50000,25,0.05,{AT},true"],
    )
    stage.normalise(DAY)
    assert stage.rows(
        "select venue, symbol, quantity, quantity_double, notional, notional_usd, aggressor_side "
        "from lake.core.trades"
    ) == [
        (
            "binance_coinm",
            "BTC-USD:BTC",
            Decimal("0.05"),
            0.05,
            Decimal(2500),
            Decimal(2500),
            "seller",
        )
    ]


def test_a_trade_that_comes_again_in_another_file_is_dropped_and_counted(stage):
    stage.land("a.csv", [LOG, f"u1,{DAY}T12:00:00,BTCUSDT,5,1,BUY,T,o,"])
    stage.land(
        "b.csv",
        [
            LOG,
            f"u1,{DAY}T12:00:00,BTCUSDT,5.0,1,BUY,T,o,",
            f"u2,{DAY}T12:00:00,BTCUSDT,5.0,1,BUY,T,o,",
        ],
    )
    stage.normalise(DAY)
    assert stage.counts() == (2, 1, 0)
    assert stage.rows("select trade_id, reason from lake.ops.dropped_trades") == [
        ("u1", "duplicate")
    ]


def test_the_same_id_with_other_fields_is_quarantined(stage):
    stage.land(
        "a.csv",
        [
            LOG,
            f"u1,{DAY}T12:00:00,BTCUSDT,5,1,BUY,T,o,",
            f"u1,{DAY}T12:00:00,BTCUSDT,6,1,BUY,T,o,",
            f"u1,{DAY}T12:00:00,BTCUSDT,5,1,BUY,T,o,",
        ],
    )
    stage.normalise(DAY)
    assert stage.counts() == (1, 1, 1)
    assert stage.rows("select price from lake.core.trades") == [(5,)]
    assert stage.rows(
        "select symbol, trade_id, source_line, reason from lake.quarantine.trades"
    ) == [("BTC-USDT", "u1", 3, "another trade with other fields has the same id")]


def test_a_rejected_trade_names_its_symbol_where_it_can_be_read(stage):
    stage.land(
        "log.csv",
        [LOG] + [f"u{n},{DAY}T12:00:00,{s},-5,1,BUY,T,o," for n, s in enumerate(["BTCUSDT", "X"])],
    )
    stage.normalise(DAY)
    assert stage.rows("select symbol, trade_id from lake.quarantine.trades order by 2") == [
        ("BTC-USDT", "u0"),
        (None, "u1"),
    ]


def test_a_day_of_the_largest_trades_still_adds_up(stage):
    largest = [f"q{n},{DAY}T12:00:00,BTCUSDT,1e-9,1e14,BUY,T,o," for n in range(99)]
    dearest = [f"v{n},{DAY}T12:00:00,ETHUSDT,1e10,99999999,BUY,T,o," for n in range(99)]
    stage.land("log.csv", [LOG, *largest, *dearest, f"u,{DAY}T12:00:00,BTCUSDT,1e-9,5e18,BUY,T,o,"])
    stage.normalise(DAY)
    assert stage.counts() == (198, 0, 1)
    assert stage.rows(
        "select sum(quantity), round(sum(notional)) from lake.core.trades where symbol = 'BTC-USDT'"
    ) == [(99 * Decimal(10) ** 14, 99 * Decimal(10) ** 5)]
    assert stage.rows(
        "select sum(notional) > 9.8e19 from lake.core.trades where symbol = 'ETH-USDT'"
    ) == [(True,)]


def test_a_feed_in_milliseconds_equals_its_archive_in_microseconds(stage):
    stage.land("a.csv", [CCXT, f"1,BTC/USDT,{AT}123,,buy,5,1"], venue="binance")
    stage.land("b.csv", [CCXT, f"1,BTC/USDT,{AT},,buy,5,1"], venue="binance")
    stage.normalise(DAY)
    assert stage.counts() == (1, 1, 0)


def test_the_winner_does_not_depend_on_what_landed_first(stages):
    lines = [f"u1,{DAY}T12:00:00,BTCUSDT,{price},1,BUY,T,o," for price in (5, 6, 7)]
    kept = []
    for stage, order in zip(stages(2), ((0, 1, 2), (2, 1, 0)), strict=True):
        for n in order:
            stage.land(f"{n}.csv", [LOG, lines[n]])
            stage.normalise(DAY)
        assert stage.counts() == (1, 0, 2)
        kept.append(stage.rows("select price, source from lake.core.trades"))
    assert kept[0] == kept[1]


def test_the_same_id_on_another_day_or_market_is_another_trade(stage):
    stage.land(
        "a.csv",
        [
            LOG,
            "1,2024-08-09T23:59:59,BTCUSDT,5,1,BUY,T,o,",
            "1,2024-08-10T00:00:01,BTCUSDT,6,1,BUY,T,o,",
            "1,2024-08-10T00:00:01,ETHUSDT,6,1,BUY,T,o,",
        ],
    )
    stage.normalise("2024-08-09", "2024-08-11")
    assert stage.counts() == (3, 0, 0)


def test_a_day_takes_single_trades_before_aggregates(stage):
    stage.land(
        "BTCUSDT-trades-2024-08-09.csv",
        [TRADES, f"1,5,1,5,{AT},true", f"2,5,2,10,{AT},true"],
    )
    stage.land("BTCUSDT-aggTrades-2024-08-09.csv", [AGGREGATES, f"9,5,3,1,2,{AT},true"])
    stage.land("ETHUSDT-aggTrades-2024-08-09.csv", [AGGREGATES, f"9,5,3,11,13,{AT},false"])
    stage.normalise(DAY)
    assert stage.rows(
        "select symbol, trade_id, fill_count, aggressor_side from lake.core.trades order by all"
    ) == [
        ("BTC-USDT:USDT", "1", 1, "seller"),
        ("BTC-USDT:USDT", "2", 1, "seller"),
        ("ETH-USDT:USDT", "a9", 3, "buyer"),
    ]
    assert stage.rows("select symbol, trade_id, reason from lake.ops.dropped_trades") == [
        ("BTC-USDT:USDT", "a9", "superseded")
    ]


def test_one_single_trade_does_not_cost_a_day_of_aggregates(stage):
    hour = 3_600_000
    stage.land(
        "BTCUSDT-aggTrades-2024-08-09.csv",
        [AGGREGATES] + [f"{n},5,3,{2 * n},{2 * n + 1},{AT + n * hour},true" for n in range(1, 5)],
    )
    # the first hour is told in part, the second whole, by ids that need not be the same
    stage.land(
        "BTCUSDT-trades-2024-08-09.csv",
        [
            TRADES,
            f"2,5,1,5,{AT + hour},true",
            f"x,5,1,5,{AT + 2 * hour},true",
            f"y,5,2,10,{AT + 2 * hour},true",
            f"z,5,7,35,{AT + 7 * hour},true",
        ],
    )
    stage.normalise(DAY)
    assert stage.rows("select trade_id from lake.core.trades order by traded_at, trade_id") == [
        ("a1",), ("x",), ("y",), ("a3",), ("a4",), ("z",)
    ]  # fmt: skip
    assert stage.rows("select trade_id, reason from lake.ops.dropped_trades order by all") == [
        ("2", "superseded"), ("a2", "superseded")
    ]  # fmt: skip


def test_a_rejected_trade_keeps_its_fields_place_and_reason(stage):
    keys = stage.land(
        "t.csv",
        [
            CCXT,
            f"1,AST/BTC,{AT},,buy,abc,4.0",
            f"2,AST/BTC,{AT},,buy,-1,4.0",
            f"3,AST/BTC,{AT},,buy,1,0",
            f"4,AST-WHAT-NOW,{AT},,buy,1,1",
            f"5,AST/BTC,{AT},,upwards,1,1",
            "6,AST/BTC,soon,,buy,1,1",
            f"7,AST/BTC,{AT},,,1,1",
            f"8,AST/BTC,{AT},,buy",
        ],
    )
    stage.normalise(DAY)
    assert stage.counts() == (1, 0, 7)
    reasons = dict(stage.rows("select source_line, reason from lake.quarantine.trades"))
    assert {line: reasons[line] for line in range(2, 7)} == {
        2: "the price is no number",
        3: "the price is not positive",
        4: "the quantity is not positive",
        5: "unknown symbol AST-WHAT-NOW",
        6: "unknown side upwards",
    }
    assert "soon" in reasons[7]
    assert stage.rows(
        "select source, raw, traded_at from lake.quarantine.trades where source_line = 2"
    ) == [
        (
            next(key for key in keys if f"date={DAY}" in key),
            f'{{"symbol":"AST/BTC","trade_id":"1","time":"{AT}","price":"abc","quantity":"4.0","side":"buy"}}',
            datetime(2024, 8, 9, 12),
        )
    ]
    assert stage.rows(
        "select raw, traded_at from lake.quarantine.trades where source_line = 9"
    ) == [(f"8,AST/BTC,{AT},,buy", None)]
