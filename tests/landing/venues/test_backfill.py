"""Fetches of pages: faults waited out, nothing twice, what is missing said."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from assets.landing.venues.checkpoint import Checkpoint
from assets.landing.venues.paging import FetchError

START, END = 1_700_000_000_000, 1_700_000_060_000
CUT = None


def aggregate(number: int, at: int = 0) -> dict:
    trade = {"a": number, "p": "1.10", "q": "2", "f": number, "l": number, "m": True, "M": True}
    return {**trade, "T": START + (at or number)}


def ids(rows) -> list[str]:
    return sorted(row["agg_trade_id"] for row in rows if row["error"] is None)


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        ((429, {}, {}), [1.0, 2.0]),
        ((429, {}, {"Retry-After": "7"}), [7.0, 7.0]),
        ((503, {}, {}), [1.0, 2.0]),
        ((500, b"<html>busy</html>", {}), [1.0, 2.0]),
        ((200, b'[{"a": 7, "p"', {}), [1.0, 2.0]),
        ((200, {"unexpected": [1]}, {}), [1.0, 2.0]),
        (CUT, [1.0, 2.0]),
    ],
)
def test_a_fault_is_waited_out_and_each_wait_is_said(fetch, caplog, fault, waits):
    fetched, rows, _, waited = fetch("binance", [fault, fault, [aggregate(7), aggregate(8)]])
    assert (fetched.trades, ids(rows), waited) == (2, ["7", "8"], waits)
    first, second = caplog.messages
    assert first.startswith("binance BTC-USDT: attempt 1 of 6 failed with ")
    assert second.endswith(f"; the next in {waits[1]:g} s")


def test_a_venue_that_stays_away_is_said_and_the_same_fetch_goes_on(fetch):
    page, later = [aggregate(7), aggregate(8)], [aggregate(11)]
    with pytest.raises(FetchError, match=r"binance BTC-USDT: 6 attempts failed.*same command"):
        fetch("binance", [page, *[(503, {}, {})] * 6])
    fetched, rows, asked, _ = fetch("binance", [later])
    assert asked[0]["fromId"] == "9"
    assert (fetched.resumed, fetched.trades, ids(rows)) == (True, 3, ["11", "7", "8"])


def test_what_cannot_get_better_is_not_asked_again(fetch):
    with pytest.raises(FetchError, match="does not list DOGE-EUR"):
        fetch("binance", [], symbol="DOGE-EUR")
    with pytest.raises(FetchError, match="nothing is gained by asking again") as failure:
        fetch("binance", [(400, {"code": -1100, "msg": "Illegal characters"}, {})])
    assert "Illegal characters" in str(failure.value)


def test_a_kill_at_any_point_leaves_the_objects_of_an_undisturbed_fetch(fetch, tmp_path):
    pages = [[aggregate(n) for n in range(at, at + 3)] for at in (1, 4, 7)]
    fetch("binance", pages)
    objects = {path.name for path in (tmp_path / "objects").rglob("*.parquet")}
    checkpoint = tmp_path / "fetches" / "one.json"
    for done in range(3):
        # killed after a page has landed and before that was remembered: it is asked for again
        start = {"startTime": START} if not done else {"fromId": 3 * done + 1}
        edge = (3 * done, START + 3 * done) if done else None
        Checkpoint((START, END), start, edge=edge).write(checkpoint)
        fetched, _, asked, _ = fetch("binance", pages[done:])
        assert fetched.resumed
        assert {k: int(asked[0][k]) for k in start} == start
        assert {path.name for path in (tmp_path / "objects").rglob("*.parquet")} == objects


def test_a_window_that_has_landed_is_not_asked_for_again_unless_its_objects_are_gone(
    fetch, tmp_path
):
    page = [aggregate(7), aggregate(8)]
    fetch("binance", [page])
    fetched, rows, asked, _ = fetch("binance", [page])
    assert (fetched.resumed, fetched.trades, len(rows), asked) == (True, 2, 2, [])
    for path in (tmp_path / "objects").rglob("date=*/*.parquet"):
        path.unlink()
    fetched, rows, asked, _ = fetch("binance", [page])
    assert (fetched.resumed, fetched.trades, len(rows), len(asked)) == (False, 2, 2, 2)


def test_repeated_and_shuffled_trades_land_once_in_order(fetch):
    first, second, third = (aggregate(n) for n in (7, 8, 9))
    # the second page shows the first one's edge again
    _, rows, _, _ = fetch("binance", [[second, first, second], [second, third]])
    assert [row["agg_trade_id"] for row in rows if row["source_line"] < 3] == ["7", "8", "9"]
    assert len(rows) == 3


def test_what_lies_outside_the_window_does_not_land(fetch):
    page = [aggregate(1, -1), aggregate(2, 5), aggregate(3, END - START)]
    fetched, rows, asked, _ = fetch("binance", [page])
    assert (fetched.trades, ids(rows), len(asked)) == (1, ["2"], 1)


@pytest.mark.parametrize("shown", [[5, 6, 9, 12], [12, 5, 9, 6]])
def test_missing_ids_land_as_rows_that_say_so_and_the_window_is_asked_for_again(fetch, shown):
    pages = [[aggregate(n) for n in shown], [aggregate(15)]]
    fetched, rows, _, _ = fetch("binance", pages)
    assert [(gap.first_id, gap.last_id) for gap in fetched.gaps] == [(7, 8), (10, 11), (13, 14)]
    said = {row["agg_trade_id"]: row for row in rows if row["error"]}
    assert set(said) == {"7-8", "10-11", "13-14"}
    assert said["7-8"]["error"] == (
        "binance served none of the 2 trades with ids 7 to 8: "
        "fetch the window again, or its archive"
    )
    assert int(said["7-8"]["transact_time"]) == START + 6
    assert said["7-8"]["venue_symbol"] == "BTC-USDT"
    whole = [aggregate(n) for n in range(5, 16)]
    fetched, rows, asked, _ = fetch("binance", [whole])
    assert (fetched.resumed, fetched.gaps, fetched.trades) == (False, [], 11)
    assert len(asked) == 2


def test_a_venue_that_pages_backwards_is_followed_to_the_start_and_gaps_are_seen(fetch):
    def match(number: int) -> dict:
        time = f"2023-11-14T22:13:{20 + number:02d}.000000Z"
        return {"trade_id": number, "side": "buy", "size": "1", "price": "2", "time": time}

    newest, *_ = pages = [[match(9), match(8)], [match(5), match(4)], [match(1)]]
    window = (START + 2000, START + 9000)
    fetched, rows, asked, _ = fetch("coinbase", [newest, *pages], window)
    assert [query.get("after") for query in asked] == [None, "10", "8", "4"]
    assert sorted(row["id"] for row in rows if row["error"] is None) == ["4", "5", "8"]
    # 2 and 3 are missing too, from before the window's start on; 9 and later are none of ours
    assert [(gap.first_id, gap.last_id) for gap in fetched.gaps] == [(6, 7), (2, 3)]
    times = [int(row["timestamp"]) for row in rows if row["error"]]
    assert sorted(times) == [START + 2000, START + 5000]


@pytest.mark.parametrize(("name", "limit"), [("bybit", 60), ("kucoin", 100)])
def test_a_venue_that_no_longer_serves_the_windows_start_is_said(fetch, documented, name, limit):
    page = documented[name]["page"]
    fetched, rows, _, _ = fetch(name, [page])
    assert fetched.gaps == []  # two trades are all there are
    many = (
        {**page, "data": [{**page["data"][0], "sequence": str(n)} for n in range(limit)]}
        if name == "kucoin"
        else {**page, "result": {"list": [{**page["result"]["list"][0], "execId": str(n)}
                                          for n in range(limit)]}}
    )  # fmt: skip
    fetched, rows, _, _ = fetch(name, [many], window=(START - 60_000, END))
    (gap,) = fetched.gaps
    assert (gap.after_ms, gap.first_id) == (START - 60_000, None)
    said = [row["error"] for row in rows if row["error"]]
    assert said == [f"{name} served {gap}: fetch the window again, or its archive"]


def test_a_history_that_ends_within_the_window_is_said(fetch, documented):
    fetched, _, _, _ = fetch("okx", [documented["okx"]["page"]])
    assert [(gap.after_ms, gap.before_ms) for gap in fetched.gaps] == [(START, START + 250)]


def test_bitstamp_serves_a_day(fetch, documented):
    page = documented["bitstamp"]["page"]
    day = 86_400_000
    assert fetch("bitstamp", [page], now=START + day)[0].gaps == []
    (gap,) = fetch("bitstamp", [page], now=START + day + 1, window=(START, END + 1))[0].gaps
    assert (gap.after_ms, gap.before_ms) == (START, START)


def test_a_trade_that_cannot_be_read_lands_with_its_error(fetch):
    nameless, timeless = {**aggregate(1), "a": None}, {**aggregate(2), "T": None}
    fetched, rows, _, _ = fetch("binance", [[nameless, timeless, aggregate(3)]])
    assert (fetched.trades, fetched.unreadable) == (1, 2)
    assert [row["error"] for row in rows if row["transact_time"] is None] == [
        "empty transact_time cannot be read as a time"
    ]
    assert len(rows) == 3


def test_a_clock_that_goes_before_ours_is_no_error_within_a_day(fetch):
    import time

    ahead = int(time.time() * 1000) + 60_000
    page = [{**aggregate(1), "T": ahead}, {**aggregate(2), "T": ahead + 3 * 86_400_000}]
    _, rows, _, _ = fetch("binance", [page], window=(START, 2 * ahead))
    assert [row["error"] is None for row in sorted(rows, key=lambda r: r["agg_trade_id"])] == [
        True,
        False,
    ]


def test_progress_rises_to_the_end(pages_of, tmp_path):
    from assets.lake.objects.object_store import LocalObjectStore
    from assets.landing.venues.backfill import backfill
    from assets.landing.venues.exchange import open_exchange
    from assets.landing.venues.known import VENUES

    url, _ = pages_of("binance", [[aggregate(n)] for n in (15_000, 15_001, 15_002)])
    told = []
    backfill(
        VENUES["binance"], open_exchange(VENUES["binance"], url), "BTC-USDT", (START, END),
        LocalObjectStore(tmp_path / "objects"), tmp_path / "one.json",
        progress=lambda fetched, share: told.append((fetched.pages, share)),
    )  # fmt: skip
    assert [pages for pages, _ in told] == [1, 2, 3, 4]
    assert told[0][1] == pytest.approx(0.25)
    assert all(left <= right for (_, left), (_, right) in pairwise(told))
    assert told[-1][1] == 1.0


@pytest.mark.slow
def test_an_old_window_of_coinbase_is_found_by_halving(http, documented, tmp_path):
    from assets.lake.objects.object_store import LocalObjectStore
    from assets.landing.venues.backfill import backfill
    from assets.landing.venues.exchange import open_exchange
    from assets.landing.venues.known import VENUES

    known, asked = documented["coinbase"], []
    begin = datetime(2020, 1, 1, tzinfo=UTC)

    def match(number: int) -> dict:
        at = begin + timedelta(seconds=number)
        time = at.isoformat().replace("+00:00", ".000000Z")
        return {"trade_id": number, "side": "buy", "size": "1", "price": "2", "time": time}

    def answer(path, query):
        if path != known["path"]:
            return known["markets"][path]
        asked.append(query)
        newest = int(query.get("after", 3_000_001)) - 1
        return [match(n) for n in range(newest, max(newest - int(query["limit"]), 0), -1)]

    first = int(begin.timestamp() * 1000)
    exchange = open_exchange(VENUES["coinbase"], http(answer))
    exchange.enableRateLimit = False
    fetched = backfill(
        VENUES["coinbase"], exchange, "BTC-USDT", (first + 500_000_000, first + 502_500_000),
        LocalObjectStore(tmp_path / "objects"), tmp_path / "one.json",
    )  # fmt: skip
    assert (fetched.trades, fetched.gaps) == (2500, [])
    assert len(asked) < 20  # and not the 2,500 pages since
