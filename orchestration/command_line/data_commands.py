"""Commands over the data of a lake: query, export, settings, docs, maintain, rebuild."""

from pathlib import Path
from typing import Annotated

import typer

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, OK, console, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import (
    DATA,
    AsJson,
    WrongUsageError,
    app,
    one_of,
    settings_of_run,
)

WRITTEN = ("table", "csv", "json", "parquet")
FIGURES = (
    *("merged_tables", "expired_snapshots", "spared_snapshots", "deleted_files"),
    "erased_identities",
)


# a comment may begin the SQL: it looks like an option
@app.command(rich_help_panel=DATA, context_settings={"ignore_unknown_options": True})
def query(
    sql: Annotated[
        str | None,
        typer.Argument(help="Any SELECT, e.g. 'from marts.symbol_days'; - is standard input."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the SQL from a file.")
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="table, csv, json or parquet; default: as --output is named, else table.",
            autocompletion=lambda: list(WRITTEN),
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="Most rows.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the answer to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Query the lake in SQL; read-only, also while runs write."""
    from orchestration.command_line.query import query as answer
    from orchestration.command_line.query import sql_of, style_of

    if style is not None:
        one_of("--format", style, WRITTEN)
    written = style_of("json" if as_json else style, output)
    answer(load_settings(), sql_of(sql, file), style=written, limit=limit, output=output)


@app.command(rich_help_panel=DATA)
def export(
    duckdb: Annotated[
        Path | None, typer.Option("--duckdb", help="Into a new DuckDB file, comments included.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", help="Into a new folder, a Parquet file a table.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy every table of the lake, as of one snapshot, for other programs."""
    from assets.lake.export import export_duckdb, export_parquet
    from assets.tables import every_table

    lake = Lake(load_settings())
    lake.require()
    if duckdb is not None and parquet is None:
        copied = export_duckdb(lake, every_table(lake), duckdb)
    elif parquet is not None and duckdb is None:
        copied = export_parquet(lake, parquet)
    else:
        raise WrongUsageError("give either --duckdb FILE or --parquet DIR")
    print_rows(copied, title=f"exported to {duckdb or parquet}", as_json=as_json)


@app.command(rich_help_panel=DATA)
def settings(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table of the documentation, without values.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting: its variable, the value in force, its default and its meaning."""
    from orchestration.command_line.settings import as_markdown, rows

    if markdown:
        typer.echo(as_markdown(), nl=False)
    else:
        print_rows(rows(load_settings()), title="settings", as_json=as_json)


@app.command(rich_help_panel=DATA)
def limits(as_json: AsJson = False) -> None:
    """List the limits of limits.toml, and the measures that one can be set on, with their units."""
    from orchestration.command_line.limits import show_limits

    show_limits(load_settings(), as_json=as_json)


@app.command(rich_help_panel=DATA)
def docs(
    output: Annotated[Path, typer.Option("--output", "-o", help="The page, one HTML file.")] = Path(
        "tapewatch-docs.html"
    ),
) -> None:
    """Write dbt's documentation of the models: every column, test and the graph of the data."""
    from assets.transform.docs import write_docs

    write_docs(output)
    console.print(said(f"written: {output}"), soft_wrap=True)


@app.command(rich_help_panel=DATA)
def maintain(
    keep_days: Annotated[
        int,
        typer.Option(min=1, help="Retain snapshots younger than this many days."),
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Merge small files, expire snapshots that nothing cites, delete what nobody reads.

    Open alerts cite snapshots, and cases until `case_days` after they were closed.

    Tables of an earlier version get the comments of this one.
    """
    from dataclasses import asdict
    from datetime import timedelta

    from assets.maintenance.upkeep import maintain as maintain_lake
    from assets.tables import refresh_comments

    lake = Lake(load_settings())
    refresh_comments(lake)
    done = maintain_lake(lake, timedelta(days=keep_days))
    print_rows([asdict(done)], title="maintenance", as_json=as_json, columns=FIGURES)
    if done.disagreeing:
        raise LakeError(
            f"rows are lost or doubled: {'; '.join(done.disagreeing)}. No snapshot was expired and "
            "no file deleted; `tapewatch rebuild --discard-lake` makes the lake anew from the "
            "landed objects"
        )


@app.command(rich_help_panel=DATA)
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
