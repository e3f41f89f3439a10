"""How often volume_spike fires where trades come at random: by rate and by spread of sizes.

    make proof, or: pytest tests/detectors/test_volume_spike_null.py -m proof -s

prints the table of DECISIONS.md. Five-minute cells are drawn; their baselines are taken over the
same cells as `volume_baselines_5m` takes them, which a test compares, and the detector judges them.
"""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.detectors.trades.volume_spike import volume_spike
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

START_AT = datetime(2026, 3, 1)
CELLS_A_DAY = 288
HISTORY_DAYS = 14
# the first cell of a day looks back a little further
KNOWN_DAYS = HISTORY_DAYS + 1
RATES = (3, 6, 12, 40, 100, 200)
DAYS = 300
"""By rate and spread, in the long form."""
SPREADS = {"constant": 0.0, "30 %": 0.3, "factor e": 1.0}
SIZE = 25.0

Drawn = tuple[np.ndarray, np.ndarray]
"""By cell, empty ones too: number of trades, and notional."""


def drawn(random: np.random.Generator, per_hour: float, spread: float, days: int) -> Drawn:
    counts = random.poisson(per_hour / 12, days * CELLS_A_DAY)
    sizes = SIZE * np.exp(spread * random.standard_normal(counts.sum()))
    cells = np.repeat(np.arange(len(counts)), counts)
    return counts, np.bincount(cells, sizes, minlength=len(counts))


def baselines(counts: np.ndarray, notional: np.ndarray) -> pa.Table:
    """Rows of volume_baselines_5m from the sixteenth day on, as the detector reads them."""
    first = KNOWN_DAYS * CELLS_A_DAY
    judged = first + np.flatnonzero(counts[first:])
    days = np.arange(1, HISTORY_DAYS + 1) * CELLS_A_DAY
    pools = {
        "time_of_day": (days[:, None] + np.arange(-3, 4)).ravel(),
        "trailing": np.arange(1, CELLS_A_DAY + 1),
    }
    columns: dict[str, np.ndarray] = {
        "notional": notional[judged],
        "trade_count": counts[judged],
        "cell": judged,
    }
    with np.errstate(divide="ignore"):
        logs = {
            "log_notional": np.where(counts > 0, np.log(notional), np.nan),
            "log_trade_count": np.where(counts > 0, np.log(counts), np.nan),
        }
    for pool, ago in pools.items():
        places = judged[:, None] - ago
        traded = counts[places] > 0
        columns[f"{pool}_cell_count"] = traded.sum(axis=1)
        columns[f"{pool}_trade_count_mean"] = counts[places].sum(axis=1) / np.maximum(
            traded.sum(axis=1), 1
        )
        for name, values in logs.items():
            past = values[places]
            past[traded.sum(axis=1) == 0] = 0
            median = np.nanmedian(past, axis=1)
            columns[f"{pool}_{name}_median"] = median
            columns[f"{pool}_{name}_mad"] = np.nanmedian(np.abs(past - median[:, None]), axis=1)
        if pool == "time_of_day":
            by_day = traded.reshape(len(judged), HISTORY_DAYS, 7)
            columns["time_of_day_day_count"] = by_day.any(axis=2).sum(axis=1)
    return pa.table(columns)


TABLE = """
    create or replace view cells as
    select
        * replace (trade_count::bigint as trade_count),
        'v' as venue, 'S' as symbol, null::double as notional_usd,
        timestamp '2026-03-01' + to_seconds(300 * cell) as cell_start_at,
        cell_start_at + interval 5 minutes as cell_end_at
    from drawn
"""


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def alert_days(connection: DuckDBPyConnection, cells: pa.Table) -> int:
    """Days with a hit."""
    connection.register("drawn", cells)
    connection.execute(TABLE)
    hits = volume_spike(connection.table("cells"))
    return len(hits.project("cell_start_at::date as day").distinct().fetchall())


def measured(
    connection: DuckDBPyConnection, per_hour: float, spread: float, days: int, seed: int
) -> int:
    """Days with a hit of so many judged, over markets of a hundred days each."""
    random = np.random.default_rng([seed, int(10 * per_hour), int(10 * spread)])
    return sum(
        alert_days(connection, baselines(*drawn(random, per_hour, spread, KNOWN_DAYS + 100)))
        for _ in range(days // 100)
    )


@pytest.mark.slow
@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
@pytest.mark.parametrize("per_hour", [3, 12, 40])
def test_a_thin_market_at_random_has_no_spike(
    connection: DuckDBPyConnection, per_hour: int, spread: float
) -> None:
    assert measured(connection, per_hour, spread, 40, seed=1) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [200, 240])
def test_a_regular_market_has_no_spike(connection: DuckDBPyConnection, seconds: int) -> None:
    trades = np.arange(0, 40 * 86_400, seconds) // 300
    counts = np.bincount(trades, minlength=40 * CELLS_A_DAY)
    assert alert_days(connection, baselines(counts, counts * SIZE)) == 0


@pytest.mark.proof
def test_the_stated_rate_holds_by_rate_and_spread(connection: DuckDBPyConnection) -> None:
    lines = [f"| trades an hour | {' | '.join(SPREADS)} |"]
    total = 0
    for per_hour in RATES:
        found = [measured(connection, per_hour, s, DAYS, seed=7) for s in SPREADS.values()]
        total += sum(found)
        lines.append(f"| {per_hour} | {' | '.join(f'{count / DAYS:.4f}' for count in found)} |")
    sys.stdout.write("\n".join(["", *lines, ""]))
    days = DAYS * len(RATES) * len(SPREADS)
    assert total <= days * volume_spike.null_rate_per_symbol_day


def test_the_baselines_are_those_of_the_feature(
    tmp_path: Path, connection: DuckDBPyConnection
) -> None:
    counts, notional = drawn(np.random.default_rng(3), 24, 0.3, KNOWN_DAYS + 1)
    traded = np.flatnonzero(counts)
    bars = pa.table({"cell": traded, "trade_count": counts[traded], "notional": notional[traded]})
    chosen = [model for model in models(tmp_path) if "baselines_5m" in model.name]
    with scratch_lake(tmp_path) as lake:
        lake.register("bars", bars)
        lake.execute(
            """
            insert into lake.features.bars_5m by name
            select
                'v' as venue, 'S' as symbol, trade_count, notional,
                timestamp '2026-03-01' + to_seconds(300 * cell) as cell_start_at,
                cell_start_at + interval 5 minutes as cell_end_at,
                cell_start_at::date as trade_day
            from bars
            """
        )
        judged_from = START_AT + timedelta(days=KNOWN_DAYS)
        compute(lake, Window(judged_from, judged_from + timedelta(days=1)), chosen)
        expected = lake.execute(
            "select * from lake.features.volume_baselines_5m order by cell_start_at"
        ).to_arrow_table()
    given = baselines(counts, notional)
    for name in given.column_names:
        if name != "cell":
            values = [float(value) for value in expected[name].to_pylist()]
            assert values == pytest.approx(given[name].to_pylist(), rel=1e-5), name
