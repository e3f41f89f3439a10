"""A million trades, or order events, come in bounded memory: ten million have 3 GB."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TAPEWATCH = Path(sys.executable).parent / "tapewatch"
# two processes at once, each of its own size
MOST_GIGABYTES_A_PROCESS = 1.5


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--orders",)])
def test_a_million_trades_or_order_events_fit(tmp_path: Path, options: tuple[str, ...]) -> None:
    trades = 200_000 if options else 1_000_000
    said = tmp_path / "said.json"
    with said.open("w") as output:
        process = subprocess.Popen(
            [TAPEWATCH, "simulate", "--trades", str(trades), "--out", tmp_path / "market", "--json",
             *options],
            stdout=output,
        )  # fmt: skip
        # of this process alone: the session has had larger children
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    rows = json.loads(said.read_text())
    assert rows["trades"] == trades
    assert rows["order_events"] > 1_000_000 or not options
    assert used.ru_maxrss / 2**20 < MOST_GIGABYTES_A_PROCESS
