"""The home of a run that nobody disturbed, made once a session; nobody may change it: copy it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TAPEWATCH = Path(sys.executable).parent / "tapewatch"
GENERATOR = Path(__file__).parent / "benchmarks" / "trade_log.py"
ENDED = re.compile(r"^  (\S+) ([\d.]+) s, ")
TRADES = 8_000


@dataclass(frozen=True)
class Undisturbed:
    """The home, the folder of its two files, and how many seconds each stage took."""

    home: Path
    source: Path
    stages: list[tuple[str, float]]


def command(home: Path, source: Path) -> tuple[list[str], dict[str, str]]:
    return [str(TAPEWATCH), "run", "--input", str(source)], os.environ | {
        "TAPEWATCH_HOME": str(home)
    }


def run(home: Path, source: Path) -> str:
    arguments, environment = command(home, source)
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Of one log, its rows dealt alternately into two files: both have the same day and symbols."""
    folder = tmp_path_factory.mktemp("undisturbed")
    source, whole = folder / "source", folder / "whole.csv"
    made = [sys.executable, str(GENERATOR), "--rows", str(TRADES), "--seed", "3"]
    subprocess.run([*made, "--out", str(whole)], check=True)
    header, *rows = whole.read_text().splitlines()
    source.mkdir()
    for start in (0, 1):
        (source / f"part-{start}.csv").write_text("\n".join([header, *rows[start::2]]) + "\n")
    log = run(folder / "home", source)
    stages = [(m[1], float(m[2])) for line in log.splitlines() if (m := ENDED.match(line))]
    return Undisturbed(folder / "home", source, stages)
