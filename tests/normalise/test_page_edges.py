"""Trades without an id: real fills stay, what a downloader's page edge repeated is dropped."""

import os
import random
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from assets.landing.files.importer import land_files

HEADER = "symbol,timestamp,datetime,side,price,amount"
START = 1_535_241_600_000  # 2018-08-26
HOUR = 3_600_000
FIRST, LAST = "2018-08-26", "2018-08-29"
SHARED = Path(
    os.environ.get(
        "TAPEWATCH_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"
    )
)

Trade = tuple[int, str, str, str]
pytestmark = pytest.mark.slow


def market(seed: int, trades_an_hour: int, hours: int) -> list[Trade]:
    """Trades in the order of time; one in 30 is a sweep in one instant, a third of equal fills."""
    drawn = random.Random(seed)
    trades: list[Trade] = []
    at = START
    while at < START + hours * HOUR:
        at += 1 + int(drawn.expovariate(trades_an_hour / HOUR))
        side, price = drawn.choice(("buy", "sell")), 100 + drawn.randrange(50)
        count = 1 if drawn.random() < 29 / 30 else drawn.randrange(2, 16)
        equal = drawn.random() < 1 / 3
        for _ in range(count):
            amount = 1 if equal else drawn.randrange(1, 40)
            trades.append((at, side, str(price), str(amount)))
    return trades


def downloaded(trades: list[Trade], limit: int) -> list[Trade]:
    """As a downloader gets them that asks again from the last time it has, an hour at most."""
    rows: list[Trade] = []
    since = trades[0][0]
    while True:
        page = [trade for trade in trades if since <= trade[0] <= since + HOUR][:limit]
        if page[-1][0] == trades[-1][0]:
            return rows + page
        rows += page
        later = [trade[0] for trade in trades if trade[0] > since]
        since = page[-1][0] if page[-1][0] > since else later[0]


def lines(trades: list[Trade]) -> list[str]:
    return [
        HEADER,
        *(f"AST/BTC,{at},,{side},{price},{amount}" for at, side, price, amount in trades),
    ]


def kept(stage) -> Counter[Trade]:
    return Counter(
        stage.rows(
            "select epoch_ms(traded_at), if(aggressor_side = 'buyer', 'buy', 'sell'), "
            "price_double::bigint::varchar, quantity_double::bigint::varchar from lake.core.trades"
        )
    )


@pytest.mark.parametrize(
    ("limit", "trades_an_hour"),
    [(500, 60), (500, 1500), pytest.param(1000, 2500, marks=pytest.mark.proof)],
)
def test_the_pages_of_a_download_are_undone(stage, limit, trades_an_hour):
    trades = market(limit + trades_an_hour, trades_an_hour, 20)
    rows = downloaded(trades, limit)
    assert len(rows) > len(trades) + 15
    stage.land("AST.csv", lines(rows))
    stage.normalise(FIRST, LAST)
    lost, doubled = Counter(trades) - kept(stage), kept(stage) - Counter(trades)
    # the first and last edges of a day, and one beside a silence, may not show as a chain
    assert lost.total() <= 2
    assert doubled.total() <= 4
    assert {reason for (reason,) in stage.rows("select reason from lake.ops.dropped_trades")} == {
        "page_edge"
    }


def test_sweeps_stay_where_nothing_was_paged(stage):
    trades = market(3, 600, 20)
    assert len(set(trades)) < len(trades) - 50
    stage.land("AST.csv", lines(trades))
    stage.normalise(FIRST, LAST)
    lost = Counter(trades) - kept(stage)
    assert lost.total() <= len(trades) // 5000


def test_fifteen_equal_fills_of_one_millisecond_stay(stage):
    stage.land("AST.csv", lines([(START, "buy", "5", "1")] * 15))
    stage.normalise(FIRST)
    assert stage.counts() == (15, 0, 0)
    assert stage.rows("select count(distinct trade_id) from lake.core.trades") == [(15,)]


def test_a_block_of_different_rows_that_repeats_at_once_is_an_edge_in_a_short_file(stage):
    block = [(START, "buy", "5", "1"), (START, "buy", "6", "1")]
    stage.land("AST.csv", lines([*block, *block, (START, "buy", "7", "1")]))
    stage.normalise(FIRST)
    assert stage.counts() == (3, 2, 0)
    assert stage.rows("select source_line from lake.ops.dropped_trades order by all") == [
        (4,),
        (5,),
    ]


def test_the_same_download_twice_or_cut_elsewhere_adds_nothing(stages):
    trades = market(11, 60, 10)
    alone, both = stages(2)
    alone.land("AST.csv", lines(trades))
    both.land("AST.csv", lines(trades))
    both.land("again.csv", ["", *lines(trades)])
    both.land("rest.csv", lines(trades[len(trades) // 2 :]))
    for stage in (alone, both):
        stage.normalise(FIRST, LAST)
    ids = "select trade_id from lake.core.trades order by all"
    assert alone.rows(ids) == both.rows(ids)


@pytest.mark.proof
@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not on this machine")
def test_every_row_of_the_25_recordings_is_accounted_for(stage):
    folders = [SHARED / "pump_trades_2018_19", SHARED / "pump_trades_2020_22"]
    now = datetime(2026, 1, 1)
    reports = land_files(folders, stage.store, now=now, scratch=stage.folder)
    assert sum(report.rows for report in reports) == 539_535
    stage.normalise("2018-07-01", "2021-02-01")
    core, dropped, quarantined = stage.counts()
    assert core + dropped + quarantined == 539_535
    assert quarantined == 0
    assert stage.rows("select reason, count(*) from lake.ops.dropped_trades group by all") == [
        ("page_edge", 6_933)
    ]
