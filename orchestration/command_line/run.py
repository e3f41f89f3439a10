"""`tapewatch run`: process files along the whole path, in this process."""

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.command_line.output import console, print_json, print_rows
from orchestration.command_line.plain_text import said
from orchestration.day_run import Outcome

if TYPE_CHECKING:
    import dagster as dg

    Executed = dg.ExecuteInProcessResult


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
    print_rows(outcome.alerts, title="alerts", as_json=False)
    for failure in outcome.failures:
        console.print(said(failure, "bold red", label="failed"))
    if outcome.reports:
        console.print(said(f"reports: {outcome.reports[-1]}"), soft_wrap=True)
    if outcome.insufficiency:
        unjudged = "; ".join(outcome.insufficiency)
        console.print(said(unjudged, "yellow", label="insufficient on every day:"))
    for reason in (one for one in outcome.reasons if one not in failures):
        console.print(said(reason, "bold red"))
    style = "bold green" if outcome.succeeded else "bold red"
    console.print(said(outcome.verdict or "the run failed", style))
