"""Hyperliquid's trades: captures of its websocket, answers of its API, tables."""

import json

import pytest

from assets.landing.files.report import LandingError

NS = "1737918844167767000 "
ZEROS = "0x" + "0" * 64


def trade(tid: int, **fields: object) -> dict[str, object]:
    return {
        "coin": "BTC", "hash": f"0x{tid:064x}", "px": "105056.0", "side": "B", "sz": "0.00219",
        "tid": tid, "time": 1737918794873, "users": ["0xe9", "0x68"],
    } | fields  # fmt: skip


def message(*trades: dict[str, object], **more: object) -> str:
    return json.dumps({"channel": "trades", "data": list(trades)} | more)


BOOK = json.dumps({"channel": "l2Book", "data": {"coin": "BTC", "levels": [[], []]}})
ANSWER = json.dumps({"channel": "subscriptionResponse", "data": {"method": "subscribe"}})


@pytest.mark.parametrize("received", [NS, ""], ids=["captured", "messages alone"])
def test_each_trade_of_a_message_is_a_row_with_its_place(land, write, rows_of, received) -> None:
    lines = [ANSWER, BOOK, message(trade(1), trade(2)), "", BOOK, message(trade(3))]
    content = "".join(f"{received}{line}\n" if line else "\n" for line in lines)
    report = land(write("hyperliquid_btcusd_20250126.gz", content))
    assert (report.format, report.venue) == ("hyperliquid", "hyperliquid")
    assert (report.rows, report.rejected) == (3, 0)
    assert report.skipped == {"blank line": 1, "l2Book": 2, "subscriptionResponse": 1}
    rows = rows_of(report)
    assert [(row["tid"], row["source_line"]) for row in rows] == [("1", 1), ("2", 2), ("3", 3)]
    assert {row["received_ns"] for row in rows} == {received.strip() or None}
    assert rows[0]["users"] == '["0xe9", "0x68"]'
    assert (rows[0]["px"], rows[0]["sz"], rows[0]["coin"]) == ("105056.0", "0.00219", "BTC")


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([trade(1), trade(2)], indent=2),
        json.dumps([trade(1), trade(2)]),
        "\n".join(json.dumps(trade(n)) for n in (1, 2)),
        json.dumps([json.loads(message(trade(1), trade(2)))], indent=1),
        "coin,side,px,sz,time,tid,users\n"
        + "\n".join(f"BTC,B,105056.0,0.002,1737918794873,{n},\"['0xe9', '0x68']\"" for n in (1, 2)),
    ],
    ids=["answer", "answer on a line", "lines", "messages of an array", "table"],
)  # fmt: skip
def test_the_same_trades_come_in_other_files(land, write, rows_of, content) -> None:
    report = land(write("trades.json", content + "\n"))
    assert (report.format, report.venue, report.rows) == ("hyperliquid", "hyperliquid", 2)
    first, second = rows_of(report)
    assert (first["tid"], second["tid"]) == ("1", "2")
    assert second["source_line"] == first["source_line"] + 1


def test_what_is_no_trade_is_rejected_with_its_line_and_the_others_land(land, write, rows_of):
    lines = [
        message(trade(1)),
        "{",
        "no message",
        message(trade(2, px=None), trade(3)),
        message(trade(4))[:-9],
        json.dumps({"channel": "trades", "data": {"coin": "BTC"}}),
        message("text", trade(5, coin="\ud800")),
    ]
    report = land(write("hyperliquid.log", "".join(f"{NS}{line}\n" for line in lines)))
    rows = rows_of(report)
    assert (report.rows, report.rejected) == (9, 6)
    assert [row["source_line"] for row in rows] == list(range(1, 10))
    errors = [row["error"] for row in rows if row["error"]]
    assert "the message is not JSON" in errors[0]
    assert errors[1].endswith("(line 3)")
    assert errors[2] == "the trade has no px (line 4)"
    assert errors[4] == "the message of a trade stream holds no list of trades (line 6)"
    assert errors[5].startswith("the trade has no coin, px")
    assert [row["tid"] for row in rows if row["error"] is None] == ["1", "3", "5"]


def test_a_capture_without_trades_says_what_to_subscribe(land, write) -> None:
    report = land(write("hyperliquid.gz", f"{NS}{BOOK}\n"))
    assert report.rows == 0
    assert "subscribe to the channel `trades`" in str(report.problems[0])


def test_fills_of_one_user_are_no_trades(land, write) -> None:
    fill = trade(1) | {"dir": "Open Long", "oid": 7, "crossed": True}
    del fill["users"]
    with pytest.raises(LandingError, match=r"Hyperliquid's trades, but has no column 'users'"):
        land(write("fills.json", json.dumps([fill])))


def test_messages_of_another_venue_are_not_taken_for_it(land, write) -> None:
    kraken = {"channel": "trade", "type": "update", "data": [{"symbol": "BTC/USD"}]}
    with pytest.raises(LandingError, match="known are Binance's archives"):
        land(write("kraken.json", json.dumps(kraken) + "\n"))
