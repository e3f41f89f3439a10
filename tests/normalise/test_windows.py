"""The cut of windows and the order of days change nothing."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

HEADER = "id,symbol,timestamp,datetime,side,price,amount"
START = datetime(2024, 8, 9)
TABLES = ("core.trades", "ops.dropped_trades", "quarantine.trades", "labels.trades")


def milliseconds(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1)).total_seconds() * 1000)


@pytest.fixture
def landed(stage):
    """Two days of a file with ids that come again, rejects, and a file without ids."""
    drawn = random.Random(5)
    named, nameless = [HEADER], [HEADER.removeprefix("id,")]
    for n in range(400):
        at = milliseconds(START) + drawn.randrange(2 * 86_400_000)
        price = drawn.choice(["1", "1", "1", "-1", "x"])
        named.append(f"{n % 300},AST/BTC,{at},,buy,{price},{drawn.randrange(1, 3)}")
        at = milliseconds(START) + drawn.randrange(40) * 3_600_000
        nameless.append(f"BRD/BTC,{at},,sell,1,{drawn.randrange(1, 3)}")
    stage.land("named.csv", named)
    stage.land("nameless.csv", nameless)
    return stage


def tables(stage):
    return {name: stage.rows(f"select * from lake.{name} order by all") for name in TABLES}


@pytest.mark.slow
def test_any_cut_in_any_order_gives_the_same_tables(landed):
    landed.normalise("2024-08-09", "2024-08-11")
    at_once = tables(landed)
    assert all(at_once[name] for name in TABLES[:3])
    for name in TABLES:
        landed.connection.execute(f"delete from lake.{name}")
    drawn = random.Random(7)
    cuts = sorted(
        {0, 172_800, *(drawn.randrange(172_800) for _ in range(6)), 36_000}  # on an instant too
    )
    windows = list(pairwise(cuts))
    drawn.shuffle(windows)
    for first, last in windows:
        landed.normalise(
            (START + timedelta(seconds=first)).isoformat(),
            (START + timedelta(seconds=last)).isoformat(),
        )
    assert tables(landed) == at_once


@pytest.mark.slow
def test_a_window_that_runs_twice_changes_nothing(landed):
    landed.normalise("2024-08-09")
    once = tables(landed)
    landed.normalise("2024-08-09")
    assert tables(landed) == once
