"""Live trades: the taker's side, each once, and what a cut connection missed is there too."""

import pytest

from assets.landing.venues.known import VENUES

START = 1_700_000_000_000
CUT = None


@pytest.mark.parametrize("name", sorted(VENUES))
def test_documented_live_trades_become_messages_with_the_takers_side(stream, documented, name):
    streamed, messages, _ = stream(name, [[documented[name]["live"]]])
    (message,) = messages
    assert message.pop("received_at") > START * 1000
    number = "a9" if name == "binance" else "9"
    told = {key: value for key, value in message.items() if value is not None}
    assert float(told.pop("price")) == 1.3
    assert float(told.pop("quantity")) == 1.0
    assert told == {
        "venue": name,
        "symbol": "BTC-USDT",
        "trade_id": number,
        "traded_at": (START + 2250) * 1000,
        "side": "seller",
    }
    assert (streamed.sent, streamed.reconnects, streamed.open_gaps) == (1, 0, [])


def live(number: int, at: int | None = None) -> dict:
    event = {"e": "aggTrade", "s": "BTCUSDT", "p": "1.30", "q": "1", "m": True, "M": True}
    ids = {"a": number, "f": number, "l": number}
    return {**event, **ids, "T": START + (at or number), "E": START + number}


def page(*numbers: int) -> list[dict]:
    return [{k: v for k, v in live(n).items() if k not in "Ees"} for n in numbers]


def ids(messages) -> list[str]:
    return [message["trade_id"] for message in messages]


def test_what_a_cut_connection_missed_is_fetched_and_sent_before_what_came_after(stream):
    plays = [[live(1), live(2), CUT], [live(6), live(7)]]
    streamed, messages, venue = stream("binance", plays, [page(2, 3, 4, 5, 6)], until=7)
    assert ids(messages) == [f"a{n}" for n in (1, 2, 3, 4, 5, 6, 7)]
    assert venue.asked[0]["startTime"] == str(START + 2)
    assert len(venue.subscribed) == 2
    assert (streamed.sent, streamed.filled, streamed.open_gaps) == (7, 3, [])
    assert streamed.reconnects >= 1
    # a fetched trade was received at no time
    assert [message["received_at"] is None for message in messages] == [False] * 2 + [True] * 3 + [
        False
    ] * 2


def test_a_missing_id_is_fetched_though_the_connection_held(stream):
    streamed, messages, _ = stream("binance", [[live(1), live(4)]], [page(1, 2, 3, 4)], until=4)
    assert ids(messages) == ["a1", "a2", "a3", "a4"]
    assert (streamed.filled, streamed.reconnects) == (2, 0)


def test_pages_that_lag_behind_are_asked_again(stream, monkeypatch):
    monkeypatch.setattr("assets.landing.venues.fill.LAG_SECONDS", 0.01)
    pages = [page(1, 2), page(3), [], page(1, 2, 3, 4)]
    streamed, messages, _ = stream("binance", [[live(1), live(4)]], pages, until=4)
    assert sorted(ids(messages)) == ["a1", "a2", "a3", "a4"]
    assert streamed.open_gaps == []


def test_a_gap_that_cannot_be_filled_is_said(stream, monkeypatch):
    monkeypatch.setattr("assets.landing.venues.fill.LAG_SECONDS", 0.01)
    streamed, messages, _ = stream("binance", [[live(1), live(4)]], [], until=2)
    assert ids(messages) == ["a1", "a4"]
    assert streamed.open_gaps == ["binance BTC-USDT: none of the 2 trades with ids 2 to 3"]
    monkeypatch.setattr("assets.landing.venues.paging.ATTEMPTS", 1)
    streamed, messages, _ = stream("binance", [[live(1), live(4)]], [CUT] * 9, until=2)
    assert ids(messages) == ["a1", "a4"]
    assert "trades missed after id 1" in streamed.open_gaps[0]


def test_repeated_and_unordered_trades_are_sent_once(stream):
    plays = [[live(2), live(1), live(2), live(3), CUT], [live(2), live(3), live(4)]]
    streamed, messages, venue = stream("binance", plays, until=4)
    assert sorted(ids(messages)) == ["a1", "a2", "a3", "a4"]
    assert (streamed.sent, streamed.repeated, venue.asked) == (4, 3, [])


@pytest.mark.parametrize("broken", ['{"e":"aggTrade","a":2', "[1, 2"])
def test_a_malformed_message_costs_a_connection_and_no_trade(stream, broken):
    plays = [[live(1), broken, live(2)], [live(3)]]
    streamed, messages, _ = stream("binance", plays, [page(1, 2, 3)], until=3)
    assert sorted(ids(messages)) == ["a1", "a2", "a3"]
    assert streamed.open_gaps == []


@pytest.mark.parametrize("lacking", ["p", "q", "T", "a"])
def test_a_trade_that_cannot_be_read_is_sent_for_quarantine(stream, lacking):
    streamed, messages, _ = stream("binance", [[{**live(1), lacking: None}, live(2)]], until=2)
    assert (streamed.sent, streamed.unreadable) == (1, 1)
    (bad,) = [message for message in messages if "info" in message]
    assert bad["info"]["s"] == "BTCUSDT"


def test_where_ids_do_not_count_up_a_cut_connection_alone_is_filled(stream, documented):
    def sale(number: int) -> dict:
        known = documented["bybit"]["live"]
        return {**known, "data": [{**known["data"][0], "i": str(number), "T": START + number}]}

    def pages(*numbers: int) -> dict:
        known = documented["bybit"]["page"]
        one = known["result"]["list"][0]
        listed = [{**one, "execId": str(n), "time": str(START + n)} for n in numbers]
        return {**known, "result": {"category": "spot", "list": listed}}

    plays = [[sale(10), sale(30), CUT], [sale(50)]]
    streamed, messages, venue = stream("bybit", plays, [pages(50, 40, 30, 20)], until=4)
    assert ids(messages) == ["10", "30", "40", "50"]
    assert (len(venue.asked), streamed.open_gaps) == (1, [])
    # 60 newer trades: what lies before them is not served any more
    plays = [[sale(10), CUT], [sale(1000)]]
    served = pages(*range(999, 939, -1))
    streamed, messages, _ = stream("bybit", plays, [served], until=62)
    assert len(messages) == 62
    assert streamed.open_gaps == [
        "bybit BTC-USDT: no trade between 2023-11-14 22:13:20.010 and 2023-11-14 22:13:20.940"
    ]


def test_okx_says_several_fills_at_once_and_none_is_fetched_again(stream, documented):
    def fills(last: int, count: int) -> dict:
        known = documented["okx"]["live"]
        one = {**known["data"][0], "tradeId": str(last), "count": str(count)}
        return {**known, "data": [{**one, "ts": str(START + last)}]}

    one = documented["okx"]["page"]["data"][0]
    listed = [{**one, "tradeId": str(n), "ts": str(START + n)} for n in range(20, 9, -1)]
    plays = [[fills(12, 2), CUT], [fills(18, 3)]]
    streamed, messages, _ = stream("okx", plays, [{"code": "0", "data": listed}], until=5)
    # 16, 17 and 18 are the second message
    assert ids(messages) == ["12", "13", "14", "15", "18"]
    assert streamed.filled == 3


def test_a_venue_whose_clock_goes_before_ours_is_taken_at_its_word(stream):
    import time

    ahead = int(time.time() * 1000) + 1270
    _, (message,), _ = stream("binance", [[live(1, ahead - START)]])
    assert message["traded_at"] == ahead * 1000
    assert message["received_at"] < message["traded_at"]


def test_an_unknown_symbol_and_a_refusing_broker_end_the_stream_and_say_why(stream):
    from assets.landing.kafka import StreamError
    from assets.landing.kafka.broker import BrokerError

    with pytest.raises(StreamError, match="binance does not list DOGE-EUR"):
        stream("binance", [], symbols=("DOGE-EUR",))

    class Refusing:
        waiting = 0
        messages = ()

        def produce(self, topic, value, key, on_delivery):
            on_delivery("Broker: Message size too large", None)

        def poll(self, seconds):
            return 0

        def flush(self, seconds):
            return 0

    with pytest.raises(BrokerError, match="a message was refused: Broker: Message size"):
        stream("binance", [[live(1)]], broker=Refusing())
