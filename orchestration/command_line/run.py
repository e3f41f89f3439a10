"""`tapewatch run`: process files along the whole path, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from assets.lake.settings import Settings
from orchestration.command_line.alerts import print_alerts
from orchestration.command_line.output import console, errors, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.day_run import Outcome, landed_days
from reports.numbers import plural

STOPPED = 130
# how DuckDB and Dagster call it
SIGNS_OF_A_STOP = ("Query interrupted", "ExecutionInterrupted")


@contextmanager
def resumable() -> Iterator[None]:
    """Say how to go on when a person stops a run; exit code 130, as of any stopped program."""
    try:
        yield
    except KeyboardInterrupt:
        end_stopped()


def was_stopped(outcome: Outcome) -> bool:
    """Whether a stage failed because a person stopped it: Dagster makes a failure of that."""
    return any(sign in failure for failure in outcome.failures for sign in SIGNS_OF_A_STOP)


def end_stopped() -> NoReturn:
    errors.print(
        "stopped; the same command resumes the run: what has landed stays, and its days are "
        "computed as if nothing had happened",
        highlight=False,
    )
    raise typer.Exit(STOPPED) from None


def plan_of_all(settings: Settings) -> str:
    """What a run does that is given neither files nor days."""
    days = landed_days(settings)
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else f"{days[0]}"
    return (
        f"neither --input nor --date is given: this takes every day that has landed in "
        f"{settings.root} through all stages again, {plural(len(days), 'day')}, {span}"
    )


def show_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Print problems first, then rows, alerts, reports; the last line is the verdict."""
    if as_json:
        print_json(vars(outcome) | {"windows": [str(window) for window in outcome.windows]})
        return
    # what failed is printed once, at the end
    failures = "\n".join(outcome.failures)
    for problem in (one for one in outcome.problems if one not in failures):
        console.print(said(problem, "yellow"))
    landed = [row | {"file": Path(row["file"]).name} for row in outcome.landed]
    print_rows(landed, title="landed", as_json=False)
    print_rows(outcome.accounting, title="rows", as_json=False)
    print_alerts(outcome.alerts)
    for failure in outcome.failures:
        console.print(said(failure, "bold red", label="failed"))
    for report in outcome.reports:
        console.print(said(f"report: {report}"), soft_wrap=True)
    if outcome.insufficiency:
        unjudged = "; ".join(outcome.insufficiency)
        console.print(said(unjudged, "yellow", label="insufficient on every day:"))
    for reason in (one for one in outcome.reasons if one not in failures):
        console.print(said(reason, "bold red"))
    style = "bold green" if outcome.succeeded else "bold red"
    console.print(said(outcome.verdict or "the run failed", style))
