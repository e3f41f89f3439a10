"""Commands of the everyday path: a check of the settings, a run, the demo, Dagster's UI."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, OK, console, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import (
    EVERYDAY,
    AsJson,
    WrongUsageError,
    Yes,
    app,
    ask_first,
    settings_of_run,
)


@app.command(rich_help_panel=EVERYDAY)
def doctor(
    apply: Annotated[
        bool, typer.Option("--apply", help="First set the bucket's versioning to the setting.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is configured, reachable and missing."""
    from orchestration.command_line import doctor as doctors

    settings = load_settings()
    if apply:
        doctors.apply(settings)
    findings = doctors.examine(settings)
    print_rows(doctors.rows(findings), title="tapewatch doctor", as_json=as_json)
    if any(finding.state == "failed" for finding in findings):
        raise typer.Exit(FAILED)


@app.command(rich_help_panel=EVERYDAY)
def run(
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--input", help="Files or folders of trades; may be given more than once."),
    ] = None,
    days: Annotated[
        list[datetime] | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="UTC days; default: those of the input."),
    ] = None,
    from_stage: Annotated[
        str,
        typer.Option(
            "--from", help="First stage: land, normalise, features, detect, score, publish."
        ),
    ] = "land",
    only: Annotated[str | None, typer.Option(help="Run this detector and no other.")] = None,
    venue: Annotated[str | None, typer.Option(help="Venue of files that name none.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take trades through the whole path, to alerts and a risk report per symbol.

    Without arguments it says what it would do, every landed day again, and asks. A run that was
    stopped or killed is resumed by the same command: a file that has landed is not landed twice,
    and the days are computed as if nothing had happened.
    """
    from orchestration.command_line.delivery_commands import deliver_after_run
    from orchestration.command_line.run import (
        end_stopped,
        plan_of_all,
        resumable,
        show_outcome,
        was_stopped,
    )
    from orchestration.day_run import Request, run_path

    settings = settings_of_run()
    request = Request(
        inputs=tuple(inputs or ()),
        days=tuple(day.date() for day in days or ()),
        from_stage=from_stage,
        only=only,
        venue=venue,
    )
    if request == Request():
        ask_first(plan_of_all(settings), yes=yes)
    with resumable():
        outcome = run_path(settings, request)
    show_outcome(outcome, as_json=as_json)
    deliver_after_run(settings)
    if was_stopped(outcome):
        end_stopped()
    raise typer.Exit(OK if outcome.succeeded else FAILED)


@app.command(rich_help_panel=EVERYDAY)
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Run a real recording and a simulated market with planted abuse through the whole path.

    The demo has a lake of its own, made anew each time; it asks before it removes one in which
    people have worked.
    """
    from orchestration.command_line.demo import run_demo, show_demo, worked_in

    settings = settings_of_run()
    if work := worked_in(settings):
        ask_first(f"this removes the demo's lake in {settings.demo}, {work}", yes=yes)
    outcome = run_demo(settings, seed)
    show_demo(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.run.succeeded else FAILED)


@app.command(rich_help_panel=EVERYDAY)
def dev(
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
) -> None:
    """Open the Dagster UI over the lake of the settings, with its daemon and the reports."""
    from orchestration.command_line.dev import open_ui

    open_ui(port)


@app.command(rich_help_panel=EVERYDAY)
def report(
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="UTC day; default: the newest."),
    ] = None,
    week: Annotated[str | None, typer.Option(help="A week's summary, as 2026-W48.")] = None,
    month: Annotated[str | None, typer.Option(help="A month's summary, as 2026-11.")] = None,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="One file with all inside, to send it to others.")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="A PDF, printed by the Chromium of this machine.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Of a single file or PDF: its path.")
    ] = None,
) -> None:
    """Write the report of a day again from the lake, with the index; or a copy that travels."""
    from orchestration.command_line.report import write_copy, write_day, write_one_period
    from reports.periods import PeriodError, month_named, week_named

    if sum(map(bool, (single_file, pdf, week, month))) > 1 or (day and (week or month)):
        raise WrongUsageError(
            "give one of --single-file, --pdf, --week and --month; --date is of a day's report"
        )
    if output is not None and not (single_file or pdf):
        raise WrongUsageError("--output is of --single-file or --pdf: reports lie in the home")
    lake, chosen = Lake(load_settings()), day.date() if day else None
    try:
        period = week_named(week) if week else month_named(month) if month else None
    except PeriodError as error:
        raise WrongUsageError(str(error)) from None
    if period is not None:
        written = write_one_period(lake, period)
    elif single_file or pdf:
        written = [write_copy(lake, chosen, is_pdf=pdf, output=output)]
    else:
        written = write_day(lake, chosen)
    for path in written:
        console.print(said(f"written: {path}"), soft_wrap=True)


@app.command("serve-reports", rich_help_panel=EVERYDAY)
def serve_reports(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the reports.")] = 3001,
) -> None:
    """Serve the reports below the home by HTTP; `dev` and `live` do so themselves."""
    from orchestration import report_server

    report_server.serve(load_settings(), host, port)


@app.command(rich_help_panel=EVERYDAY)
def site(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the site.")] = 3002,
) -> None:
    """Build the Evidence site where its pages are missing, give it the newest facts, serve it.

    Only this command needs Node, and only where it builds. Runs then refresh the site's data.
    """
    from orchestration.command_line.site import open_site

    open_site(host, port)
