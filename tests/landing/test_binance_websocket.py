"""Raw captures of Binance's websocket."""

import pytest

from assets.landing.files.report import LandingError

TRADE = (
    '1723161254340863867 {"stream":"ethusdt@trade","data":{"e":"trade","E":1723161255612,'
    '"s":"ETHUSDT","t":1520538925,"p":"2683.80000000","q":"0.00200000","T":1723161255611,'
    '"m":true,"M":true}}\n'
)
FUTURES_TRADE = (
    '1723161255290656866 {"stream":"ethusdt@trade","data":{"e":"trade","E":1723161256560,'
    '"T":1723161256560,"s":"ETHUSDT","t":4308068523,"p":"2681.62","q":"1.000","X":"MARKET",'
    '"m":false}}\n'
)
AGG_TRADE = (
    '1723161255290656866 {"stream":"ethusdt@aggTrade","data":{"e":"aggTrade","E":1723161256560,'
    '"a":77,"s":"ETHUSDT","p":"2681.62","q":"1.000","f":100,"l":102,"T":1723161256560,"m":false}}\n'
)
BOOK = '1723161254024619568 {"stream":"ethusdt@bookTicker","data":{"u":1,"s":"ETHUSDT"}}\n'
DEPTH = '1723161254036052868 {"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","b":[]}}\n'
SNAPSHOT = '1723161254152322667 {"lastUpdateId":35346513512,"bids":[],"asks":[]}\n'
ANSWER = '1723161254152322667 {"result":null,"id":1}\n'


def test_trades_are_rows_and_the_rest_is_counted(land, write, rows_of):
    content = BOOK + DEPTH + TRADE + DEPTH + SNAPSHOT + ANSWER + TRADE
    report = land(write("spot_ethusdt_20240808.gz", content))
    assert (report.format, report.venue, report.rows) == ("binance_websocket", "binance", 2)
    assert report.skipped == {"bookTicker": 1, "depth": 2, "other message": 1, "snapshot": 1}
    assert [row["source_line"] for row in rows_of(report)] == [3, 7]


def test_every_number_is_the_text_that_it_was(land, write, rows_of):
    row = rows_of(land(write("spot_ethusdt_20240808.gz", TRADE)))[0]
    assert row["received_ns"] == "1723161254340863867"
    assert row["trade_time"] == "1723161255611"
    assert row["trade_id"] == "1520538925"
    assert (row["price"], row["quantity"]) == ("2683.80000000", "0.00200000")
    assert row["stream"] == "ethusdt@trade"
    # true: the buyer's order stood in the book, the seller took
    assert row["is_buyer_maker"] == "true"


def test_futures_say_what_kind_of_order_it_was(land, write, rows_of):
    row = rows_of(land(write("usdm_ethusdt_20240808.gz", FUTURES_TRADE)))[0]
    assert (row["order_type"], row["is_buyer_maker"]) == ("MARKET", "false")


def test_aggregate_trades_have_ids_of_their_own(land, write, rows_of):
    row = rows_of(land(write("usdm_ethusdt.gz", AGG_TRADE)))[0]
    assert (row["event"], row["agg_trade_id"], row["trade_id"]) == ("aggTrade", "77", None)
    assert (row["first_trade_id"], row["last_trade_id"]) == ("100", "102")


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("spot_ethusdt.gz", "binance"),
        ("usdm_ethusdt.gz", "binance_usdm"),
        ("cm_ethusd_perp.gz", "binance_coinm"),
        ("capture.gz", "file"),
    ],
)
def test_the_name_tells_the_market(land, write, name, venue):
    assert land(write(name, TRADE)).venue == venue


def test_an_uncombined_stream_is_read_too(land, write, rows_of):
    single = (
        '1723161254340863867 {"e":"trade","E":1723161255612,"s":"ETHUSDT","t":1,"p":"1.0",'
        '"q":"2.0","T":1723161255611,"m":false}\n'
    )
    row = rows_of(land(write("spot_ethusdt.log", single)))[0]
    assert (row["trade_id"], row["stream"]) == ("1", None)


def test_a_broken_message_is_rejected_and_the_others_land(land, write, rows_of):
    report = land(write("spot_ethusdt.gz", TRADE + TRADE[:90] + "\n" + "no time {}\n" + TRADE))
    assert (report.rows, report.rejected) == (4, 2)
    broken = rows_of(report)[1]
    assert broken["error"].startswith("the message is not JSON")
    assert broken["raw"] == TRADE[:90]
    assert broken["source_line"] == 2


def test_a_trade_without_time_is_rejected(land, write, rows_of):
    report = land(write("spot_ethusdt.gz", TRADE + TRADE.replace('"T":1723161255611,', "")))
    assert report.rejected == 1
    assert rows_of(report)[1]["error"] == "empty trade_time cannot be read as a time"


def test_a_capture_without_trades_says_so(land, write):
    report = land(write("spot_ethusdt.gz", BOOK + DEPTH))
    assert (report.rows, report.objects) == (0, ())
    assert "there is no trade in the file" in str(report.problems[0])


def test_a_capture_of_another_venue_names_the_known_formats(land, write):
    line = '1737918844167767000 {"channel":"trades","data":[]}\n'
    with pytest.raises(LandingError, match=r"Hyperliquid.*known are Binance's archives"):
        land(write("hyperliquid_btcusd.gz", line))
