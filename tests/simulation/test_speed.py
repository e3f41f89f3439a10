"""A million trades, or order events, take a tenth of what ten million may: 60 s, 3 GB, 2 cores."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

TAPEWATCH = Path(sys.executable).parent / "tapewatch"
MOST_CPU_SECONDS = 12.0
# two processes at once, each of its own size
MOST_GIGABYTES_A_PROCESS = 1.5


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--orders",)])
def test_a_million_trades_or_order_events_take_their_time(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    trades = 200_000 if options else 1_000_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(
        [TAPEWATCH, "simulate", "--trades", str(trades), "--out", tmp_path, "--json", *options],
        capture_output=True,
        check=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = json.loads(done.stdout)
    assert rows["trades"] == trades
    assert rows["order_events"] > 1_000_000 or not options
    # CPU of both cores, so that others at work beside it do not matter
    assert cpu < MOST_CPU_SECONDS, f"{cpu:.1f} CPU s, {time.monotonic() - began:.1f} s"
    assert after.ru_maxrss / 2**20 < MOST_GIGABYTES_A_PROCESS
