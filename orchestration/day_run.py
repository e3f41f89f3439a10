"""A day, or a range of days, through its stages in this process: what `tapewatch run` does.

What is printed of it is not decided here (`command_line/run.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError
from assets.market.stages import STAGES
from assets.market.window import Window, contiguous
from orchestration import dagster_home
from orchestration.job_execution import execute_job, failures_of

if TYPE_CHECKING:
    import dagster as dg

NO_TRADES = ("accounts", "account_links", "not read")
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True)
class Request:
    """What to run: inputs are files or folders, days are UTC; empty means what the inputs hold."""

    inputs: tuple[Path, ...] = ()
    days: tuple[date, ...] = ()
    from_stage: str = "land"
    only: str | None = None
    venue: str | None = None


@dataclass
class Outcome:
    """What a run did: landed files, the windows it answered for, and what it says at the end."""

    succeeded: bool = True
    landed: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    accounting: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    insufficiency: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    verdict: str = ""
    failures: list[str] = field(default_factory=list)


def run_path(settings: Settings, *requests: Request) -> Outcome:
    """Land the inputs of each request, then take their days through the stages of the last."""
    from assets.cases.recording import record_decisions
    from assets.risk.limits import limits_of
    from assets.tables import create_tables
    from assets.transform.accounts.recording import record_accounts

    for request in requests:
        _check(request)
    # wrong ones are said before hours of work, not behind them
    limits_of(settings.root)
    instance = dagster_home.instance(settings)
    create_tables(Lake(settings))
    outcome = Outcome()
    request = requests[-1]
    if request.inputs:
        landed = [day for one in requests for day in _land(instance, one, outcome)]
    else:
        landed = [] if request.days else landed_days(settings)
    if not request.inputs or not outcome.succeeded:
        # after a rebuild, or where a bad file has stopped the job that landed
        record_accounts(Lake(settings), {})
    record_decisions(Lake(settings), {})
    days = request.days or _begun(landed, outcome)
    if not days and outcome.landed and all(file["format"] in NO_TRADES for file in outcome.landed):
        outcome.verdict = "accounts have landed; no trades, so there is nothing to judge"
        return outcome
    if not days:
        _keep_rejected(settings, instance, outcome)
        return outcome
    outcome.windows = contiguous(days)
    for window in outcome.windows:
        _watch(settings, instance, window, outcome, _selected(request))
    _conclude(settings, outcome)
    return outcome


def landed_days(settings: Settings) -> list[date]:
    """Every day that has landed objects."""
    from assets.landing.reader import landed_dates
    from assets.landing.streams import stream_days

    lake = Lake(settings)
    streamed = {day for days in stream_days(lake).values() for day in days}
    days = sorted({*landed_dates(lake.objects, "trades"), *streamed})
    if not days:
        raise SettingsError(
            f"nothing has landed in {settings.root} yet: name files with --input, or set "
            "TAPEWATCH_HOME to the right folder"
        )
    return days


def _check(request: Request) -> None:
    from assets.detection.detector import detectors
    from assets.lake.partitions import daily, first_day

    if request.from_stage not in STAGES:
        raise SettingsError(f"--from is one of {', '.join(STAGES)}, was {request.from_stage!r}")
    if request.inputs and request.from_stage != "land":
        raise SettingsError(f"--input lands files, --from {request.from_stage} skips landing")
    for day in request.days:
        if not daily.has_partition_key(day.isoformat()):
            raise SettingsError(
                f"--date is from {first_day()}, the first day that has landed, to today (UTC), "
                f"was {day}"
            )
    names = [detector.name for detector in detectors()]
    if request.only is not None and request.only not in names:
        raise SettingsError(f"--only is one of {', '.join(names)}, was {request.only!r}")
    missing = [str(path) for path in request.inputs if not path.exists()]
    if missing:
        raise SettingsError(f"--input: no such file or folder: {', '.join(missing)}")


def _land(instance: "dg.DagsterInstance", request: Request, outcome: Outcome) -> list[date]:
    executed = _execute(
        "land_inbox",
        instance,
        outcome,
        operations={
            "landing__trades": {
                "config": {
                    "paths": [str(path.resolve()) for path in request.inputs],
                    **({"venue": request.venue} if request.venue else {}),
                }
            }
        },
    )
    days: list[date] = []
    for event in executed.asset_materializations_for_node("landing__trades"):
        summary: Any = event.metadata["summary"].value
        outcome.landed += summary["files"]
        outcome.problems += summary["problems"]
        days += [date.fromisoformat(day) for day in summary["dates"]]
    return days


def _begun(days: Sequence[date], outcome: Outcome) -> list[date]:
    """The days that can be run; of one that is ahead of the clock the outcome says so."""
    from assets.lake.partitions import daily, look_again

    look_again()
    begun = [day for day in days if daily.has_partition_key(day.isoformat())]
    for day in sorted({*days} - {*begun}):
        outcome.problems.append(
            f"{day}: trades of a day that has not begun have landed; run it when it has, or mend "
            "their time and land the file again"
        )
    return begun


def _keep_rejected(settings: Settings, instance: "dg.DagsterInstance", outcome: Outcome) -> None:
    """Where no row has a day, there is nothing to judge; what was rejected is kept and counted."""
    import dagster as dg

    from assets.lake.partitions import first_day
    from assets.transform.accounting import row_accounting
    from orchestration.definitions import definitions

    graph = definitions.resolve_asset_graph()
    if any(file["rejected"] for file in outcome.landed):
        # rows without a time are read with any day
        first = Window.of_day(first_day())
        _watch(
            settings,
            instance,
            first,
            outcome,
            sorted(dg.AssetSelection.groups("normalise").resolve(graph)),
        )
        with Lake(settings).connect() as connection:
            outcome.accounting = row_accounting(connection, [])
    outcome.succeeded = False
    outcome.verdict = "nothing was judged: there is no readable trade of a day that has begun"


def _watch(
    settings: Settings,
    instance: "dg.DagsterInstance",
    window: Window,
    outcome: Outcome,
    keys: "list[dg.AssetKey] | None",
) -> None:
    """Take days through their stages: as assets, or in one step where they hold few rows."""
    from assets.transform.asset import is_small

    if keys is None and is_small(Lake(settings), window):
        days = {"start_at": window.start_at.isoformat(), "end_at": window.end_at.isoformat()}
        _execute(
            "small_day_surveillance",
            instance,
            outcome,
            operations={"watch_days": {"config": days}},
        )
        return
    first, last = window.days[0].isoformat(), window.days[-1].isoformat()
    _execute(
        "daily_surveillance",
        instance,
        outcome,
        tags=dict(zip(RANGE, (first, last), strict=True)),
        keys=keys,
    )


def _selected(request: Request) -> "list[dg.AssetKey] | None":
    """The assets of the stages from the first one on; of the hits only one detector's, if named."""
    import dagster as dg

    from orchestration.definitions import definitions

    if request.from_stage in STAGES[:2] and request.only is None:
        return None
    wanted = STAGES[max(1, STAGES.index(request.from_stage)) :]
    graph = definitions.resolve_asset_graph()
    keys = dg.AssetSelection.groups(*wanted).resolve(graph)
    if request.only is not None:
        hits = {key for key in keys if key.path[0] == "hits"}
        keys -= hits - {dg.AssetKey(["hits", request.only])}
    return sorted(keys)


def _execute(
    job: str, instance: "dg.DagsterInstance", outcome: Outcome, **what: Any
) -> "dg.ExecuteInProcessResult":
    executed = execute_job(job, instance, **what)
    outcome.succeeded = outcome.succeeded and executed.success
    outcome.failures += failures_of(executed)
    return executed


def _conclude(settings: Settings, outcome: Outcome) -> None:
    """Read back what the run left in the lake."""
    from assets.alerts.reading import alerts_of_windows
    from assets.detection.detector import detectors
    from assets.publishing.report_files import report_path
    from assets.publishing.verdict import verdict_of
    from assets.transform.accounting import (
        rejections,
        repeated_fills,
        row_accounting,
        trades_of_no_book,
        unsized_contracts,
    )

    lake = Lake(settings)
    with lake.connect() as connection:
        days = [day for window in outcome.windows for day in window.days]
        outcome.accounting = row_accounting(connection, days)
        outcome.problems += rejections(connection, days)
        outcome.problems += repeated_fills(connection, days)
        outcome.problems += unsized_contracts(connection, days)
        outcome.problems += trades_of_no_book(connection, days)
        outcome.alerts = alerts_of_windows(connection, outcome.windows)
        verdict = verdict_of(connection, days, detectors())
    outcome.verdict = verdict.sentence
    outcome.reasons = list(verdict.reasons)
    outcome.insufficiency = list(verdict.insufficiency)
    paths = [report_path(lake, day) for day in days]
    outcome.reports = [str(path) for path in paths if path.exists()]
