"""Trades come in exactly the number that was asked for, a million of them too."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TAPEWATCH = Path(sys.executable).parent / "tapewatch"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trades", "options"),
    [
        (50_000, ("--orders",)),
        pytest.param(1_000_000, (), marks=pytest.mark.proof),
        pytest.param(200_000, ("--orders",), marks=pytest.mark.proof),
    ],
)
def test_as_many_trades_and_their_orders_are_written(
    tmp_path: Path, trades: int, options: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [TAPEWATCH, "simulate", "--trades", str(trades), "--out", tmp_path, "--json", *options],
        stdout=subprocess.PIPE,
        check=True,
    )
    rows = json.loads(done.stdout)
    assert rows["trades"] == trades
    assert rows["order_events"] > 5 * trades or not options
