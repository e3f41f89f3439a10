"""Shared by every command of `tapewatch`: the program itself, its settings, its options."""

import os
from typing import Annotated

import typer

from assets.lake.settings import Settings, load_settings

app = typer.Typer(
    name="tapewatch",
    help="Open market surveillance for crypto: trades in, explained alerts and a risk report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
evaluate = typer.Typer(help="Measure detection against labelled data.", no_args_is_help=True)
app.add_typer(evaluate, name="evaluate")
bench = typer.Typer(help="Measure speed against the running services.", no_args_is_help=True)
app.add_typer(bench, name="bench")

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


Style = Annotated[str, typer.Option("--format", help="table, csv or json.")]


class WrongUsageError(Exception):
    """The command was called with invalid arguments; exit code 2."""


def checked_style(style: str, *, as_json: bool) -> str:
    """The style of `--format`, or of `--json`, which is short for `--format json`."""
    if style not in {"table", "csv", "json"}:
        raise WrongUsageError(f"--format is table, csv or json, was {style!r}")
    return "json" if as_json else style


def settings_of_run() -> Settings:
    """The settings, with Dagster pointed at the same home."""
    settings = load_settings()
    os.environ.setdefault("DAGSTER_HOME", str(settings.dagster_home))
    return settings
