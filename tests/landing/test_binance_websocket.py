"""Raw captures of Binance's websocket."""

import json
import random
import re

import pytest

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
    line = '1737918844167767000 {"channel":"trade","data":[]}\n'
    report = land(write("kraken_btcusd.gz", line))
    assert (report.rows, report.skipped) == (0, {"other message": 1})


def test_json_with_spaces_is_the_same_message(land, write, rows_of):
    spaced = TRADE.replace('":', '": ').replace(',"', ', "')
    assert spaced != TRADE
    report = land(write("spot_ethusdt.gz", spaced + TRADE))
    first, second = rows_of(report)
    assert {**first, "source_line": 2} == second


def test_a_trade_is_found_behind_other_words_of_its_message(land, write):
    hidden = TRADE.replace('{"stream"', '{"x":{"lastUpdateId":1},"stream"')
    other = BOOK.replace('{"stream"', '{"x":{"e":"trade"},"stream"')
    report = land(write("spot_ethusdt.gz", hidden + other))
    assert (report.rows, report.rejected, report.skipped) == (1, 0, {"bookTicker": 1})


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ('"ETHUSDT"', '"\\ud800"', "the symbol holds half of a letter (a lone surrogate)"),
        ('"ethusdt@trade"', '"\\udc00@trade"', "the stream holds half of a letter"),
        ('"e":"trade"', '"e":["trade"]', "the message of a trade stream holds no trade"),
        ('"e":"trade"', '"e":{"trade":1}', "the message of a trade stream holds no trade"),
        ('"data":{', '"data":' + "[" * 100_000 + "{", "the message is nested too deeply"),
        ('"data":{', '"more":' + '{"a":' * 100_000 + '1,"data":{', "nested too deeply"),
        ('"ETHUSDT"', '"ETH\\u0000USDT"', "the symbol contains a NUL"),
        ('"ETHUSDT"', '"' + "E" * 300 + '"', "the symbol is longer than 256 characters"),
        ('"T":1723161255611', '"T":' + "9" * 5_000, "the trade_time is longer than 256"),
    ],
)
def test_a_hostile_message_is_rejected_and_the_next_lands(
    land, write, rows_of, before, after, error
):
    report = land(write("spot_ethusdt.gz", TRADE + TRADE.replace(before, after) + TRADE))
    assert (report.rows, report.rejected) == (3, 1)
    rows = rows_of(report)
    assert error in rows[1]["error"]
    assert (rows[1]["source_line"], rows[2]["error"]) == (2, None)
    assert report.problems[0].line == 2


SPOILT = (
    *("null", "true", "[]", "{}", "-1", "1e400", "NaN", "Infinity", str(2**64), "9" * 5_000),
    *('""', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"x"', '["trade"]'),
    *("[" * 5_000, '{"a":' * 5_000, '"' + "x" * 100_000 + '"', "\0", "\x1f", "'", "\\", '"'),
)


def spoilt(line: str, draw: random.Random) -> bytes:
    """A line with a value replaced, bytes flipped, a piece cut or doubled, or as it is."""
    if draw.random() < 0.5:
        values = list(re.finditer(r'(?<=":)("[^"]*"|[\d.]+|true|false)', line))
        value = draw.choice(values)
        line = line[: value.start()] + draw.choice(SPOILT) + line[value.end() :]
    data = bytearray(line.removesuffix("\n").encode())
    kind, place = draw.randrange(6), draw.randrange(len(data))
    if kind == 0:
        data[place] = draw.randrange(256)
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data[place:place] = data[draw.randrange(len(data)) :]
    return bytes(data).replace(b"\n", b" ") + b"\n"


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(500, id="five hundred"),
        pytest.param(100_000, id="a hundred thousand", marks=pytest.mark.proof),
    ],
)
def test_spoilt_messages_are_each_a_row_or_counted(land, write, rows_of, messages):
    seed = random.randrange(2**64)
    print(f"seed {seed}")  # noqa: T201 (shown where the test fails)
    draw = random.Random(seed)
    kinds = (TRADE, FUTURES_TRADE, AGG_TRADE, BOOK, DEPTH, SNAPSHOT, ANSWER)
    lines = [TRADE.encode(), *(spoilt(draw.choice(kinds), draw) for _ in range(messages))]
    report = land(write("usdm_fuzz.csv", b"".join(lines)))
    assert report.rows + sum(report.skipped.values()) == len(lines)
    rows = rows_of(report)
    assert len(rows) == report.rows
    assert sum(row["error"] is not None for row in rows) == report.rejected
    assert 0 < report.rejected < report.rows
    for row in rows:
        line = lines[row["source_line"] - 1]
        if row["error"] is None:
            data = json.loads(line.split(b" ", 1)[1], parse_int=str, parse_float=str)
            symbol = data.get("data", data).get("s")
            # of what is no text, its JSON
            is_text = symbol is None or isinstance(symbol, str)
            assert row["symbol"] == (symbol if is_text else json.dumps(symbol))
