"""A million trades, or order events, come in exactly the number that was asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TAPEWATCH = Path(sys.executable).parent / "tapewatch"


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--orders",)])
def test_a_million_trades_or_order_events_are_written(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    trades = 200_000 if options else 1_000_000
    done = subprocess.run(
        [TAPEWATCH, "simulate", "--trades", str(trades), "--out", tmp_path, "--json", *options],
        stdout=subprocess.PIPE,
        check=True,
    )
    rows = json.loads(done.stdout)
    assert rows["trades"] == trades
    assert rows["order_events"] > 1_000_000 or not options
