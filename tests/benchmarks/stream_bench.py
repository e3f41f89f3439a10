"""Measure landing and latency over servers of its own; write the streaming part of RESULTS.md."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
SERVICES = HERE.parent.parent / "infra" / "services.sh"
TAPEWATCH = Path(sys.executable).parent / "tapewatch"
HEADING = "# Streaming"
WAYS = {False: "Dagster's own start", True: "warm process"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=int, default=600)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tapewatch-bench-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)  # PostgreSQL runs as a user of its own under root
        environment = {**os.environ, "TAPEWATCH_HOME": home}
        try:
            subprocess.run([SERVICES, "up"], env=environment, check=True)
            environment |= variables(Path(home) / "services" / "env")
            landings = [
                bench(environment, "landing", "--messages", arguments.messages, "--format", style)
                for style in ("json", "avro")
            ]
            stream = ("--rate", arguments.rate, "--seconds", arguments.seconds)
            latencies = [
                bench(environment, "latency", *stream, *warm) for warm in ((), ("--warm",))
            ]
        finally:
            subprocess.run([SERVICES, "down"], env=environment, check=True)
    before = RESULTS.read_text().partition(HEADING)[0].rstrip()
    document = render(landings, latencies)
    RESULTS.write_text(f"{before}\n\n{document}")
    sys.stdout.write(document)


def variables(file: Path) -> dict[str, str]:
    """What the servers' file to source exports."""
    lines = file.read_text().splitlines()
    return dict(shlex.split(line)[1].split("=", 1) for line in lines)


def bench(environment: Mapping[str, str], *arguments: object) -> dict[str, Any]:
    """What one of the project's own benches says."""
    command = [TAPEWATCH, "bench", *map(str, arguments), "--json"]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(said.stdout)


def render(landings: Sequence[dict[str, Any]], latencies: Sequence[dict[str, Any]]) -> str:
    """The figures as Markdown; made by this command, never typed."""
    lines = [
        HEADING,
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, with "
        "broker, store, catalog and producer on the same machine.",
        "",
        "## Landing a full topic (`tapewatch bench landing`)",
        "",
        "| format | messages | messages a second | messages a CPU second |",
        "|---|---:|---:|---:|",
        *(
            f"| {one['format']} | {one['messages']:,} | {one['messages_per_s']:,} "
            f"| {one['messages_per_cpu_s']:,} |"
            for one in landings
        ),
        "",
        "## From the record that closes a cell to its alert (`tapewatch bench latency`)",
        "",
        "| runs start by | trades a second | seconds | sent | lost | doubled | planted | alerts "
        "| p50 s | p95 s | p99 s | CPU s a second | resident GB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {WAYS[one['warm']]} | {one['rate']:,} | {one['seconds']} | {one['sent']:,} "
            f"| {one['lost']} | {one['duplicated']} | {one['planted']} | {one['alerted']} "
            f"| {one['p50_s']} | {one['p95_s']} | {one['p99_s']} | {one['cpu_s_per_s']} "
            f"| {one['resident_gb']} |"
            for one in latencies
        ),
        "",
        "CPU and memory are those of lander, code server, daemon and runs, not of the servers.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
