"""`tapewatch demo`: a real recording and a market with planted abuse, judged against its labels."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.reading import Wanted, list_alerts
from assets.lake import LakeError
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.objects.object_store import LocalObjectStore
from assets.lake.settings import Settings, load_settings
from assets.landing.files.importer import digest_of
from assets.landing.reader import landed_objects
from assets.landing.schema import TRADES
from assets.simulation.tables import EPISODES
from orchestration.command_line.output import console, errors, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.run import show_outcome
from orchestration.day_run import Outcome, Request, run_path
from reports.numbers import plural

RECORDINGS = Path(__file__).resolve().parent.parent.parent / "assets" / "recordings"


@dataclass(frozen=True)
class DemoOutcome:
    """The run, and its alerts compared with the labels of the planted episodes."""

    run: Outcome
    program: str
    planted: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    false_alerts: int


def run_demo(settings: Settings, seed: int) -> DemoOutcome:
    """Simulate, land, process every day, compare the alerts with the planted episodes.

    The demo has its own home below ours, with lake and Dagster history; each demo makes it anew.
    """
    from assets.simulation.episodes import VENUE
    from assets.simulation.market import simulate
    from assets.simulation.matching import match_alerts

    home = settings.demo
    shutil.rmtree(home, ignore_errors=True)
    os.environ["TAPEWATCH_HOME"] = str(home)
    settings = load_settings()
    errors.print(f"a market from seed {seed}, and a real recording", highlight=False)
    market = simulate(seed, home / "input")
    requests = (
        Request(inputs=tuple(sorted(RECORDINGS.glob("*.gz")))),
        Request(inputs=tuple(market.files), venue=VENUE),
    )
    outcome = run_path(settings, *requests)
    lake = Lake(settings)
    save_labels(lake, market.labels)
    matches = match_alerts(list_alerts(lake), market.labels)
    return DemoOutcome(
        run=outcome,
        program=settings.program,
        planted=[asdict(episode) for episode in matches.episodes],
        alerts=[asdict(alert) for alert in matches.alerts],
        false_alerts=matches.false_alerts,
    )


def worked_in(settings: Settings) -> str | None:
    """What a person has left in the demo's lake, and a new demo would remove; None if nothing."""
    demo = load_settings(home=settings.demo)
    if not demo.root.exists():
        return None
    own = {digest_of(path) for path in (*RECORDINGS.glob("*.gz"), *demo.root.glob("input/*.gz"))}
    landed = landed_objects(LocalObjectStore(demo.objects), TRADES)
    others = [key for key in landed if Path(key).name.partition("-")[0] not in own]
    if others:
        return f"in which {plural(len(others), 'object')} of other trades landed"
    try:
        decided = list_alerts(Lake(demo), Wanted(words={"status": ("closed",)}))
    except LakeError:
        # killed before it had alerts, or made by a version whose alerts nobody could decide
        return None
    return f"in which people closed {plural(len(decided), 'alert')}" if decided else None


def save_labels(lake: Lake, labels: Sequence[dict[str, Any]]) -> None:
    """Write the truth to labels.episodes, after detection, which may not read it anyway."""

    def work(connection: DuckDBPyConnection) -> None:
        connection.execute(f"delete from lake.{EPISODES.name}")
        insert_rows(connection, EPISODES.name, labels)

    lake.write(work, tables=(EPISODES,), message="planted episodes", commit_info={})


def show_demo(outcome: DemoOutcome, *, as_json: bool) -> None:
    """Print planted and found episodes, the alerts with their reasons, and the next command."""
    if as_json:
        print_json(
            {
                "succeeded": outcome.run.succeeded,
                "verdict": outcome.run.verdict,
                "planted": outcome.planted,
                "alerts": outcome.alerts,
                "false_alerts": outcome.false_alerts,
                "reports": outcome.run.reports,
            }
        )
        return
    show_outcome(outcome.run, as_json=False)
    print_rows(outcome.planted, title="planted abuse", as_json=False)
    print_rows(outcome.alerts, title="alerts against the labels", as_json=False)
    found = sum(row["outcome"] == "found" for row in outcome.planted)
    console.print(
        f"[bold]found {found} of {len(outcome.planted)} planted, "
        f"{len(outcome.planted) - found} missed, {outcome.false_alerts} false alerts[/bold]",
        highlight=False,
    )
    if outcome.alerts:
        example = next(
            (row["alert_id"] for row in outcome.planted if row["alert_id"]),
            outcome.alerts[0]["alert_id"],
        )
        console.print(
            said(f"next: {outcome.program} explain {example}"),
            soft_wrap=True,
        )
    console.print(said(f"graph: {outcome.program} dev"), soft_wrap=True)
