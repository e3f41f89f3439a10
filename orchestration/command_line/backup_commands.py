"""Commands that copy a home and its lake away, and back."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.command_line.output import FAILED, errors, print_rows
from orchestration.command_line.program import DATA, AsJson, app

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


@app.command(rich_help_panel=DATA)
def backup(folder: Folder, as_json: AsJson = False) -> None:
    """Copy lake, landed objects and Dagster's history into a new folder, as of one snapshot."""
    from assets.maintenance.backup import back_up

    settings = load_settings()
    made = back_up(Lake(settings), folder)
    print_rows([asdict(made)], title=f"backup in {folder}", as_json=as_json)
    if settings.dagster_database is not None:
        errors.print("Dagster's history lies in PostgreSQL: its database is no part of the backup")
    if made.missing:
        errors.print(
            f"[bold red]{made.missing:,} data files of the lake were missing or damaged[/bold red] "
            "before: `tapewatch rebuild --discard-lake` makes them anew from the landed objects",
            highlight=False,
        )
        raise typer.Exit(FAILED)


@app.command(rich_help_panel=DATA)
def restore(folder: Folder, as_json: AsJson = False) -> None:
    """Restore a backup into an empty TAPEWATCH_HOME, and its bucket and catalog if set."""
    from assets.maintenance.backup import restore as restore_home

    settings = load_settings()
    made = restore_home(Lake(settings), folder)
    print_rows([asdict(made)], title=f"restored to {settings.root}", as_json=as_json)
