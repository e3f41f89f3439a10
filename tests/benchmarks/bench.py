"""Measure `tapewatch run --input trades.csv`, start-up included, stage by stage; write RESULTS.md.

Each size runs as a process of its own in an empty home. The peer, in the same session on the same
file, is the least that anyone would do with it in DuckDB: read the CSV, cast it, drop duplicated
ids, sort it, write Parquet; no line numbers, no quarantine, no features, no detection.
"""

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
STREAMING = "# Streaming"
PEER_MEMORY = "8GB"
STAGE = re.compile(r"^  (\S+) ([\d.]+) s, ([\d.]+) CPU s$")
PEER = """
import duckdb, sys
source, target, memory = sys.argv[1:4]
connection = duckdb.connect(':memory:', config={'threads': 2, 'memory_limit': memory})
connection.execute(f'''
    copy (
        select distinct on (trade_id)
            trade_id, symbol, "timestamp"::timestamp as traded_at, price::decimal(38, 18) as price,
            quantity::decimal(38, 18) as quantity, side, trader_id, order_id
        from read_csv('{source}', header = true, all_varchar = true)
        order by symbol, traded_at
    ) to '{target}' (format parquet, compression zstd)
''')
"""


@dataclass(frozen=True)
class Usage:
    """What the operating system accounts to a finished process and its children."""

    wall_s: float
    cpu_s: float
    peak_gb: float


@dataclass(frozen=True)
class Measurement:
    """One size: the whole process, its stages, and the peer (None: out of memory)."""

    rows: int
    ours: Usage
    peer: Usage | None
    stages: list[tuple[str, float, float]] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[340_631, 3_000_000, 10_000_000, 30_000_000]
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    measured = [measure(rows, arguments.seed) for rows in arguments.rows]
    document = render(measured)
    # the streaming part is another command's
    _, heading, rest = RESULTS.read_text().partition(STREAMING)
    RESULTS.write_text(document + heading + rest)
    sys.stdout.write(document)


def measure(rows: int, seed: int) -> Measurement:
    """Generate the file, run the peer and the platform on it, each as a process."""
    with tempfile.TemporaryDirectory(prefix="tapewatch-bench-") as folder:
        source = Path(folder) / "trades.csv"
        generator = [sys.executable, HERE / "trade_log.py", "--rows", rows, "--seed", seed]
        subprocess.run([str(part) for part in [*generator, "--out", source]], check=True)
        peer = run_peer(source, Path(folder) / "peer.parquet")
        command = [Path(sys.executable).parent / "tapewatch", "run", "--input", source, "--json"]
        ours, log = run(command, home=Path(folder) / "home")
    stages = [
        (found[1], float(found[2]), float(found[3]))
        for line in log.splitlines()
        if (found := STAGE.match(line))
    ]
    return Measurement(rows, ours, peer, stages)


def run_peer(source: Path, target: Path) -> Usage | None:
    """The peer's usage, or None where its memory does not suffice."""
    try:
        usage_of_peer, _ = run([sys.executable, "-c", PEER, source, target, PEER_MEMORY])
    except RuntimeError as error:
        if "OutOfMemoryException" not in str(error):
            raise
        return None
    return usage_of_peer


def run(command: Sequence[object], home: Path | None = None) -> tuple[Usage, str]:
    """Run a command to its end; its usage and its standard error."""
    environment = os.environ | ({"TAPEWATCH_HOME": str(home)} if home else {})
    with tempfile.TemporaryFile("w+") as log:
        begun = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read()
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{said}")
    return usage(used, wall), said


def peer_cells(measured: Measurement) -> str:
    """The peer's CPU seconds and the ratio to ours."""
    if measured.peer is None:
        return f"out of memory at {PEER_MEMORY} | -"
    return f"{measured.peer.cpu_s:.1f} | {measured.ours.cpu_s / measured.peer.cpu_s:.2f}"


def usage(used: resource.struct_rusage, wall: float) -> Usage:
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def render(measured: Sequence[Measurement]) -> str:
    """The figures as Markdown; made by this command, never typed."""
    lines = [
        "# Speed and memory",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}. Whole process, start-up "
        "included, from a CSV of trades to alerts and reports.",
        "",
        "| trades | wall s | CPU s | peak GB | CPU s of the peer | CPU ratio | CPU µs a trade |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {m.rows:,} | {m.ours.wall_s:.1f} | {m.ours.cpu_s:.1f} | {m.ours.peak_gb:.2f} "
        f"| {peer_cells(m)} "
        f"| {m.ours.cpu_s / m.rows * 1e6:.1f} |"
        for m in measured
    ]
    lines += [
        "",
        "The peer reads, casts, deduplicates, sorts and writes Parquet; nothing more.",
        "",
    ]
    for m in measured:
        lines += [
            f"## Stages at {m.rows:,} trades",
            "",
            "| stage | wall s | CPU s |",
            "|---|---:|---:|",
            *(f"| {name} | {wall:.1f} | {cpu:.1f} |" for name, wall, cpu in m.stages),
            f"| start-up and the rest | {m.ours.wall_s - sum(s[1] for s in m.stages):.1f} "
            f"| {m.ours.cpu_s - sum(s[2] for s in m.stages):.1f} |",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
