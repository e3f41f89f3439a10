"""Measure the scoring of a day of ten million trades with both accounts; write `risk.json`.

    python tests/benchmarks/risk_bench.py

The day is made by one query and its features by the models, in a home of its own; then a process of
its own scores it. Start-up aside, its CPU seconds, peak memory and the bytes written are stated.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.detection.tables import HITS
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.market.window import Window
from assets.scoring.reporting import reporting_of
from assets.scoring.tables import TRADE_RISK
from assets.scoring.trade_risk import score_trades
from assets.tables import create_tables
from assets.transform.build import compute
from assets.transform.compiled_models import models

RESULTS = Path(__file__).with_name("risk.json")
TRADES = 10_000_000
DAY = Window.of_day(date(2026, 3, 2))
INFO = {"run_id": "bench", "code_version": "bench"}
FEATURES = (
    "bars_1s", "bars_5s", "bars_1m", "rush_baselines_1m", "trade_notionals_1h",
    "account_activity_1h",
)  # fmt: skip
# ten symbols, twenty thousand accounts, sizes with a tail; a sixth of the trades the day before
MADE = """
    insert into lake.core.trades by name
    select * exclude (noise) from (select
        'bench' as venue,
        'C' || (n % 10) || '-USDT' as symbol,
        n::varchar as trade_id,
        'T' || lpad((hash(n) % 20000)::varchar, 5, '0') as buyer_account_id,
        'T' || lpad((hash(n + 1e9::bigint) % 20000)::varchar, 5, '0') as seller_account_id,
        if(hash(n + 2e9::bigint) % 2 = 0, 'buyer', 'seller') as aggressor_side,
        1e-4 * ((hash(n + 3e9::bigint) % 100)::bigint - 50) as noise,
        (100 * exp(0.01 * sin(n / $trades * 300) + noise))::decimal(38, 18) as price,
        (0.5 / (hash(n + 4e9::bigint) % 1000003 + 1) * 1000003)::decimal(38, 18) as quantity,
        price::double as price_double,
        quantity::double as quantity_double,
        (price::double * quantity::double)::decimal(38, 12) as notional,
        (price::double * quantity::double)::decimal(38, 12) as notional_usd,
        1 as fill_count,
        true as is_on_book,
        n as sequence,
        $start_at::timestamp + to_microseconds((n * 86400e6 / $trades)::bigint) as traded_at,
        traded_at::date as trade_day,
    from range(-$trades // 6, $trades) as made (n))
    order by venue, symbol, traded_at
"""
# two hits an hour of each symbol: an account's, and a stretch of the market
FOUND = f"""
    insert into lake.{HITS.name} by name
    select
        'bench' as detector, if(n % 2 = 0, 'round_trip', 'flash_crash') as typology, 'hit' as kind,
        if(n % 2 = 0, 'account', 'market') as subject_kind,
        'T' || lpad((n * 37 % 20000)::varchar, 5, '0') as subject_id,
        'bench' as venue, 'C' || (n % 10) || '-USDT' as symbol, 0.6 as score, false as is_stale,
        json_object('trades', json_object(
            'start_at', ($start_at::timestamp + to_minutes(3 * n - 5))::varchar,
            'end_at', ($start_at::timestamp + to_minutes(3 * n))::varchar
        )) as evidence,
        $start_at::timestamp + to_minutes(3 * n) - interval 5 minutes as cell_start_at,
        $start_at::timestamp + to_minutes(3 * n) as cell_end_at,
        cell_start_at::date as trade_day,
    from range(2, 480) as made (n)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=TRADES)
    parser.add_argument("--home", type=Path, help="of a lake that was made before")
    parser.add_argument("--score", action="store_true", help="of the lake of TAPEWATCH_HOME")
    arguments = parser.parse_args()
    if arguments.score:
        sys.stdout.write(json.dumps(scored()))
        return
    if arguments.home is not None:
        write(measured(arguments.home))
        return
    with tempfile.TemporaryDirectory(prefix="tapewatch-bench-") as folder:
        make(Lake(load_settings(home=Path(folder))), arguments.trades)
        write(measured(Path(folder)))


def measured(home: Path) -> dict[str, object]:
    """Score the day of a lake in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, "--score"],
        env=os.environ | {"TAPEWATCH_HOME": str(home)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ran.stdout)


def write(figures: dict[str, object]) -> None:
    """Write the figures, and on what they were measured."""
    on = {"measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps(on | figures, indent=1) + "\n")


def make(lake: Lake, trades: int) -> None:
    """A lake with a day of trades and the last hours before it, its features and some hits."""
    create_tables(lake)
    chosen = [model for model in models(lake.settings.root) if model.name in FEATURES]
    both = Window(Window.of_day(date(2026, 3, 1)).start_at, DAY.end_at)

    def work(connection: DuckDBPyConnection) -> None:
        connection.execute(MADE, {"trades": trades, "start_at": DAY.start_at})
        connection.execute(FOUND, {"start_at": DAY.start_at})
        compute(connection, both, chosen)

    lake.write(work, tables=(), message="bench", commit_info=INFO)


def scored() -> dict[str, object]:
    """Score the day: trades, CPU seconds, seconds, the process's peak and the bytes written."""
    lake = Lake(load_settings())
    reporting = reporting_of(lake.settings.root)
    folder = Path(lake.objects.path("lake/scores/trades"))
    before = {*folder.rglob("*.parquet")}
    began, cpu = time.monotonic(), time.process_time()
    rows = lake.write(
        lambda connection: score_trades(connection, DAY, reporting),
        tables=(TRADE_RISK,),
        message="bench",
        commit_info=INFO,
    )
    used = round(time.process_time() - cpu, 1)
    files = {*folder.rglob("*.parquet")} - before
    return {
        "scored": rows,
        "cpu_s": used,
        "wall_s": round(time.monotonic() - began, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "written_mb": round(sum(file.stat().st_size for file in files) / 1e6),
    }


if __name__ == "__main__":
    main()
