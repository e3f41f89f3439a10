"""Measure each detector over a day of ten million trades with both accounts; print rows as JSON.

    python tests/benchmarks/detector_bench.py > assets/detectors/figures/cost.json

The day is run whole first, as a process, in a home of its own. Then each detector judges it again,
in a process of its own, from the features that are there. Features are rows of their own, by stage.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assets.detection.detector import detectors
from assets.detection.judging import judge
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.market.window import Window
from assets.simulation.market_files import write_plan
from assets.simulation.market_plan import LIVE_FROM, MarketPlan

TRADES, SEED = 10_000_000, 1
STAGE = re.compile(r"^  (\S+) [\d.]+ s, ([\d.]+) CPU s$", re.MULTILINE)
INFO = {"run_id": "bench", "code_version": "bench"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=TRADES)
    parser.add_argument("--detector", help="of the lake of TAPEWATCH_HOME: measure this one alone")
    arguments = parser.parse_args()
    if arguments.detector is not None:
        sys.stdout.write(json.dumps(judged(arguments.detector)) + "\n")
    else:
        sys.stdout.write(json.dumps(measured(arguments.trades), indent=1) + "\n")


def measured(trades: int) -> list[dict[str, object]]:
    """Rows of the stages, then of the detectors."""
    with tempfile.TemporaryDirectory(prefix="tapewatch-bench-") as folder:
        market, home = Path(folder) / "market", Path(folder) / "home"
        seconds = 86_400 - LIVE_FROM - 7_200
        write_plan(MarketPlan.of_seconds(trades, seconds, SEED), market)
        environment = os.environ | {"TAPEWATCH_HOME": str(home)}
        program = [str(Path(sys.executable).with_name("tapewatch")), "run", "--input"]
        ran = subprocess.run(
            [*program, str(market / "trades")],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        stages = STAGE.findall(ran.stdout + ran.stderr)
        if not stages:
            raise SystemExit(ran.stdout + ran.stderr)
        rows: list[dict[str, object]] = [
            {"stage": name, "cpu_s": float(cpu), "trades": trades} for name, cpu in stages
        ]
        for one in detectors():
            found = subprocess.run(
                [sys.executable, __file__, "--detector", one.name],
                env=environment, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
            rows.append(json.loads(found.stdout) | {"trades": trades})
            sys.stderr.write(f"{rows[-1]}\n")
        return rows


def judged(name: str) -> dict[str, object]:
    """One detector over the lake's days: CPU seconds and the process's peak, start-up aside."""
    lake = Lake(load_settings())
    with lake.connect() as connection:
        days = [
            day
            for (day,) in connection.execute(
                "select distinct trade_day from lake.features.bars_1h order by 1"
            ).fetchall()
        ]
    detector = next(one for one in detectors() if one.name == name)
    began = time.process_time()
    outcome = judge(lake, [detector], Window.of_days(days[0], days[-1]), INFO)[detector]
    if outcome.error is not None:
        raise SystemExit(outcome.error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "detector": name,
        "cpu_s": round(time.process_time() - began, 2),
        "peak_gb": round(peak, 2),
        "hits": len(outcome.hits),
    }


if __name__ == "__main__":
    main()
