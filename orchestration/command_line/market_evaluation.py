"""`tapewatch evaluate market` and `clean`: files through the whole path, in homes of their own."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from assets.alerts.incident_reading import queue
from assets.alerts.reading import Wanted, list_alerts
from assets.detection.thresholds import FILE
from assets.evaluation.market import Block, MarketEvaluation, evaluate_market
from assets.evaluation.matching import Event, Finding, events_of, findings_of
from assets.lake.lake import Lake
from assets.lake.settings import PREFIX, Settings, SettingsError, load_settings
from assets.simulation.seeds import EVALUATION
from orchestration.command_line.output import errors, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.processes import PROGRAMS, ProcessError
from reports.numbers import plural

LABELS = "labels.parquet"
LOG_LINES = 10
# settings that say how to compute, not where; all others would leave the temporary home
OF_THE_MACHINE = ("memory_limit", "threads")
ELSEWHERE = (
    "catalog", "s3_bucket", "s3_endpoint", "kafka_bootstrap", "dagster_database",
    "schema_registry",
)  # fmt: skip


def evaluate_market_folder(settings: Settings, data: Path) -> MarketEvaluation:
    """Run a simulated market's trades, and compare its alerts with its labels."""
    if not (data / LABELS).is_file():
        raise SettingsError(
            f"--data: there is no {LABELS} in {data}: name a folder that `tapewatch simulate` wrote"
        )
    return evaluate_market(*_examine(settings, data, 0))


def evaluate_fresh_markets(settings: Settings, events: int, first: int | None) -> MarketEvaluation:
    """Simulate and run markets until each typology has been planted as often as asked for."""
    from assets.simulation.market_files import write_plan
    from assets.simulation.market_plan import MarketPlan
    from assets.simulation.severities import TYPOLOGIES

    seed = _first_seed(first)
    findings: list[Finding] = []
    planted: list[Event] = []
    blocks: list[Block] = []
    fewest = 0
    while fewest < events:
        run = len({block[0] for block in blocks})
        errors.print(said(f"market {run + 1}: seed {seed + run} (--seed {seed} repeats this)"))
        with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
            write_plan(MarketPlan.of_evaluation(seed + run), Path(folder))
            made = _examine(settings, Path(folder), run)
        for total, more in zip((findings, planted, blocks), made, strict=True):
            total += more
        fewest = min(sum(one.typology == name for one in planted) for name in TYPOLOGIES)
        errors.print(said(f"  each typology was planted {fewest} times or more of {events}"))
    return evaluate_market(findings, planted, blocks)


def show_market_evaluation(evaluation: MarketEvaluation, *, as_json: bool) -> None:
    """Print the rows; at a terminal also each detector's alerts."""
    rows = [asdict(row) for row in evaluation.rows]
    if as_json:
        print_json(rows)
        return
    days = plural(evaluation.symbol_days, "symbol-day")
    print_rows([_shown(row) for row in rows], title=f"planted abuse, {days}", as_json=False)
    print_rows(
        [asdict(row) for row in evaluation.detectors], title="alerts by detector", as_json=False
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Intervals as text."""
    for name in ("precision_interval", "recall_interval"):
        row[name] = f"{row[name][0]:.2f} to {row[name][1]:.2f}" if row[name] else None
    return row


def _first_seed(asked: int | None) -> int:
    if asked is None:
        return EVALUATION.start + secrets.randbelow(EVALUATION.stop // 2)
    if asked not in EVALUATION:
        raise SettingsError(
            f"--seed is {EVALUATION.start:,} or above, as smaller ones are for development; "
            f"was {asked}"
        )
    return asked


def _examine(
    settings: Settings, data: Path, run: int
) -> tuple[list[Finding], list[Event], list[Block]]:
    labels = pq.read_table(data / LABELS).to_pylist()
    with processed(settings, [data / "trades"]) as lake:
        findings = findings_of(queue(lake, Wanted()).incidents, list_alerts(lake), run)
        with lake.connect() as connection:
            days = connection.execute(
                "select distinct venue, symbol, trade_day from lake.core.trades order by all"
            ).fetchall()
    return findings, events_of(labels, run), [(run, *day) for day in days]


@contextmanager
def processed(settings: Settings, inputs: Sequence[Path]) -> Iterator[Lake]:
    """The lake of a temporary home, after `tapewatch run` took the inputs through the path.

    The user's own thresholds hold there too.
    """
    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        home = Path(folder) / "home"
        environment = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith(PREFIX) and name != "DAGSTER_HOME"},
            f"{PREFIX}HOME": str(home),
            **{f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in OF_THE_MACHINE},
        }  # fmt: skip
        own = settings.root / FILE
        if own.is_file():
            home.mkdir()
            shutil.copy(own, home / FILE)
        named = [word for path in inputs for word in ("--input", str(path.resolve()))]
        # in a folder of its own: the working folder's .env is for the user's lake
        done = subprocess.run(  # noqa: S603 (a program of this environment)
            [PROGRAMS / "tapewatch", "run", *named, "--json"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ProcessError(f"the run of {inputs[0]} failed: {_reason(done.stdout)}")
        yield Lake(load_settings(home=home, **dict.fromkeys(ELSEWHERE)))


def _reason(output: str) -> str:
    """What a failed run says on its own, as JSON where it came so far."""
    try:
        outcome = json.loads(output)
    except json.JSONDecodeError:
        return "\n".join(output.splitlines()[-LOG_LINES:]) or "it says why above"
    return "; ".join([*outcome["failures"], outcome["verdict"]])
