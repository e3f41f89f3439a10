"""The shipped recording is what its metadata says."""

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "assets" / "recordings"
METADATA = json.loads((RECORDINGS / "metadata.json").read_text())
SHARED = Path(os.environ.get("TAPEWATCH_SHARED_DATA", ROOT.parent / "shared" / "data"))


@pytest.mark.parametrize("entry", METADATA["files"], ids=lambda entry: entry["file"])
def test_a_recording_is_the_one_described(entry: dict) -> None:
    content = (RECORDINGS / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    messages = [
        json.loads(line.split(b" ", 1)[1]) for line in gzip.decompress(content).splitlines()
    ]
    trades = [one["data"] for one in messages if one.get("data", {}).get("e") == "trade"]
    assert len(messages) == entry["lines"]
    assert len(trades) == entry["trades"]
    assert len(messages) - len(trades) == entry["other_lines"] > 0
    times = [trade["T"] for trade in trades]
    assert (min(times), max(times)) == (entry["first_trade_ms"], entry["last_trade_ms"])


def test_recordings_are_small_and_carry_their_licence() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS.glob("*.gz")) <= 600_000
    assert "MIT License" in (RECORDINGS / METADATA["licence_file"]).read_text()


@pytest.mark.parametrize("entry", METADATA["files"], ids=lambda entry: entry["file"])
def test_every_line_is_one_of_the_source_in_its_order(entry: dict) -> None:
    source = SHARED / "binance_ws_raw" / entry["file"]
    if not source.exists():
        pytest.skip(f"no {source}: set TAPEWATCH_SHARED_DATA to the folder of shared data")
    assert hashlib.sha256(source.read_bytes()).hexdigest() == entry["source_sha256"]
    lines = iter(gzip.decompress(source.read_bytes()).splitlines())
    kept = gzip.decompress((RECORDINGS / entry["file"]).read_bytes()).splitlines()
    assert all(line in lines for line in kept)
