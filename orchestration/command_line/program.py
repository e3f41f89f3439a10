"""Shared by every command of `tapewatch`: the program itself, its settings, its options."""

import os
import sys
from collections.abc import Collection
from importlib.metadata import version
from typing import Annotated

import typer

from assets.lake.settings import Settings, load_settings
from orchestration.command_line.output import OK, errors
from orchestration.command_line.plain_text import said

HELP = {"help_option_names": ["-h", "--help"]}
# the help shows the commands in these panels
EVERYDAY, DATA, STREAMS, EVALUATION = "Everyday", "Data", "Streams", "Evaluation"

app = typer.Typer(
    name="tapewatch",
    help="Open market surveillance for crypto: trades in, explained alerts and a risk report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=HELP,
)
evaluate = typer.Typer(
    help="Measure detection against labelled data.", no_args_is_help=True, context_settings=HELP
)
app.add_typer(evaluate, name="evaluate", rich_help_panel=EVALUATION)
bench = typer.Typer(
    help="Measure speed against the running services.", no_args_is_help=True, context_settings=HELP
)
app.add_typer(bench, name="bench", rich_help_panel=EVALUATION)

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
STYLES = ("table", "csv", "json")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Style = Annotated[
    str,
    typer.Option("--format", help="table, csv or json.", autocompletion=lambda: list(STYLES)),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


class WrongUsageError(Exception):
    """The command was called with invalid arguments; exit code 2."""


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"tapewatch {version('tapewatch')}")
        raise typer.Exit(OK)


@app.callback()
def tapewatch(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def one_of(option: str, value: str, allowed: Collection[str]) -> str:
    """The value of an option, or WrongUsageError that lists what it may be."""
    if value not in allowed:
        *others, last = allowed
        raise WrongUsageError(f"{option} is {', '.join(others)} or {last}, was {value!r}")
    return value


def checked_style(style: str, *, as_json: bool) -> str:
    """The style of `--format`, or of `--json`, which is short for `--format json`."""
    return "json" if as_json else one_of("--format", style, STYLES)


def ask_first(what: str, *, yes: bool) -> None:
    """Go on if a person confirms it, or `--yes` does; end without a terminal to ask on."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUsageError(f"{what}: confirm with --yes")
    errors.print(said(f"{what}."), soft_wrap=True)
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(OK)


def settings_of_run() -> Settings:
    """The settings, with Dagster pointed at the same home."""
    settings = load_settings()
    os.environ.setdefault("DAGSTER_HOME", str(settings.dagster_home))
    return settings
