"""Commands for a lake: settings, the path of a day, queries, maintenance."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import (
    FAILED,
    OK,
    print_csv,
    print_json,
    print_rows,
    print_wide_rows,
)
from orchestration.command_line.program import (
    AsJson,
    Style,
    WrongUsageError,
    app,
    checked_style,
    settings_of_run,
)

FIGURES = ("merged_tables", "expired_snapshots", "spared_snapshots", "deleted_files")


@app.command()
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


@app.command()
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
    as_json: AsJson = False,
) -> None:
    """Take trades through the whole path, to alerts and a risk report per symbol."""
    from orchestration.command_line.run import show_outcome
    from orchestration.day_run import Request, run_path

    request = Request(
        inputs=tuple(inputs or ()),
        days=tuple(day.date() for day in days or ()),
        from_stage=from_stage,
        only=only,
        venue=venue,
    )
    settings = settings_of_run()
    outcome = run_path(settings, request)
    show_outcome(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.succeeded else FAILED)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run a real recording and a simulated market with planted abuse through the whole path."""
    from orchestration.command_line.demo import run_demo, show_demo

    outcome = run_demo(settings_of_run(), seed)
    show_demo(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.run.succeeded else FAILED)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="Any SELECT, e.g. 'from marts.symbol_days'.")],
    style: Style = "table",
    as_json: AsJson = False,
) -> None:
    """Query the lake in SQL; read-only, also while runs write."""
    style = checked_style(style, as_json=as_json)
    with Lake(load_settings()).connect() as connection:
        connection.execute("use lake")
        relation = connection.sql(sql)
        names = relation.columns
        rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    if style == "csv":
        print_csv(rows, names)
    elif style == "json":
        print_json(rows)
    else:
        print_wide_rows(rows, title="result")


@app.command()
def maintain(
    keep_days: Annotated[
        int, typer.Option(min=0, help="Retain snapshots younger than this many days.")
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Merge small files, expire snapshots that no open alert cites, delete what nobody reads."""
    from dataclasses import asdict
    from datetime import UTC, timedelta

    from assets.maintenance.upkeep import maintain as maintain_lake

    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=keep_days)
    done = maintain_lake(Lake(load_settings()), before)
    print_rows([asdict(done)], title="maintenance", as_json=as_json, columns=FIGURES)
    if done.disagreeing:
        raise LakeError(
            f"rows are lost or doubled: {'; '.join(done.disagreeing)}. No snapshot was expired and "
            "no file deleted; `tapewatch rebuild --discard-lake` makes the lake anew from the "
            "landed objects"
        )


@app.command()
def rebuild(
    discard_lake: Annotated[
        bool,
        typer.Option("--discard-lake", help="Yes, delete tables, alerts, revisions."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild the lake from the landed objects, which are the source of truth."""
    from orchestration.command_line.run import show_outcome
    from orchestration.rebuild import rebuild_lake

    if not discard_lake:
        raise WrongUsageError(
            "this deletes the lake's tables, alerts and their revisions (the landed objects stay): "
            "confirm with --discard-lake"
        )
    outcome = rebuild_lake(settings_of_run())
    show_outcome(outcome, as_json=as_json)
    raise typer.Exit(OK if outcome.succeeded else FAILED)


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
) -> None:
    """Open the Dagster UI over the lake of the settings, with its daemon and the reports."""
    from orchestration.command_line.dev import open_ui

    open_ui(port)


@app.command("serve-reports")
def serve_reports(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the reports.")] = 3001,
) -> None:
    """Serve the reports below the home by HTTP; `dev` and `live` do so themselves."""
    from orchestration import report_server

    report_server.serve(load_settings(), host, port)
