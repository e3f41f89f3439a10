"""`tapewatch query`: SQL from an argument, a file or a pipe; the answer as a table or a file."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.table import Column, Table

from assets.lake.connection import literal
from assets.lake.lake import Lake
from assets.lake.query import OPTIONS, QUOTE, Answer, ask
from assets.lake.settings import Settings
from orchestration.command_line.output import console, errors
from orchestration.command_line.plain_text import escape, said
from orchestration.command_line.program import WrongUsageError
from reports.numbers import NONE
from reports.records import FORMULA_SIGNS

# more rows than anybody reads on a terminal, and few enough to lay out
TABLE_ROWS = 1_000
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
COMPRESSED = (".gz", ".zst")
# values of these types begin as whoever wrote them likes
TEXTS = ("VARCHAR", "ENUM", "UNION", "BLOB")


def sql_of(given: str | None, file: Path | None) -> str:
    """The SQL of the argument or the file; with neither, or with `-`, of standard input."""
    if given not in {None, "-"} and file is not None:
        raise WrongUsageError("give the SQL either as an argument or by --file, not both")
    if given is not None and given.startswith("-") and len(given) > 1 and "\n" not in given:
        raise WrongUsageError(f"no such option: {given}")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUsageError(f"--file {file} cannot be read: {error}") from None
    if given is not None and given != "-":
        return given
    if given is None and sys.stdin.isatty():
        raise WrongUsageError(
            "no SQL is given: write it as an argument, name a file by --file, or pipe it in"
        )
    return sys.stdin.read()


def style_of(style: str | None, output: Path | None) -> str:
    """How to write the answer: as asked for, else as the file's name says, else as a table."""
    if output is None:
        return style or "table"
    named = output.name
    for ending in COMPRESSED:
        named = named.removesuffix(ending)
    style = style or Path(named).suffix.removeprefix(".").lower()
    if style not in OPTIONS:
        raise WrongUsageError(
            f"--output {output}: end its name in .csv, .json or .parquet, or say --format"
        )
    return style


def query(
    settings: Settings, sql: str, *, style: str, limit: int | None, output: Path | None
) -> None:
    """Print the answer to one statement, or write it to a file outside of the home."""
    if output is not None and output.resolve().is_relative_to(settings.root):
        raise WrongUsageError(
            f"--output {output} lies in {settings.root}, which is the platform's own: name a file "
            "elsewhere"
        )
    if style == "parquet" and output is None and sys.stdout.isatty():
        raise WrongUsageError("Parquet is not for a terminal: name a file by --output")
    with ask(Lake(settings), sql, limit) as asked:
        answer = without_formulas(asked) if style == "csv" else asked
        if output is not None:
            answer.write(output, style)
            errors.print(said(f"written: {output}"), soft_wrap=True)
        elif style == "table":
            show(answer)
        else:
            answer.send(sys.stdout.buffer, style)


def without_formulas(answer: Answer) -> Answer:
    """The answer with its texts as `reports.records.no_formula` makes them."""
    signs = ", ".join(map(literal, FORMULA_SIGNS))
    values: list[str] = []
    for name, kind in zip(answer.columns, answer.types, strict=True):
        value = column = f'"{name.replace(QUOTE, QUOTE * 2)}"'
        if kind.startswith(TEXTS):
            text = f"{column}::varchar"
            is_formula = f"left({text}, 1) in ({signs}) and try_cast({text} as double) is null"
            value = f"if({is_formula}, '''' || {text}, {text})"
        values.append(f"{value} as {column}")
    return replace(answer, sql=f"select {', '.join(values)} from ({answer.sql})")


def show(answer: Answer) -> None:
    """Print a table, or a block per row where a table is wider than the console."""
    found = answer.texts(TABLE_ROWS + 1)
    rows = [
        [_shown(value, kind) for value, kind in zip(row, answer.types, strict=True)]
        for row in found[:TABLE_ROWS]
    ]
    if not rows:
        console.print(said(f"no rows; the columns are {', '.join(answer.columns)}"))
        return
    table = _table(answer, rows)
    unbounded = console.options.update(max_width=sys.maxsize)
    if console.measure(table, options=unbounded).maximum <= console.width:
        console.print(table)
    else:
        _print_blocks(answer.columns, rows)
    if len(found) > TABLE_ROWS:
        errors.print(
            f"these are the first {TABLE_ROWS:,} rows; --format csv, json or parquet has all",
            highlight=False,
        )


def _table(answer: Answer, rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name, kind in zip(answer.columns, answer.types, strict=True):
        justify = "right" if kind.removeprefix("U").startswith(NUMBERS) else "left"
        table.add_column(escape(name), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _print_blocks(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for place, row in enumerate(rows, 1):
        block = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0))
        for name, value in zip(names, row, strict=True):
            block.add_row(escape(name), escape(value))
        console.print(f"[bold]row {place:,} of {len(rows):,}[/bold]", highlight=False)
        console.print(block)


def _shown(value: str | None, kind: str) -> str:
    """A value with each of its digits; zeros that end a decimal say nothing."""
    if value is None:
        return NONE
    is_fraction = kind.startswith("DECIMAL") and "." in value
    return value.rstrip("0").rstrip(".") if is_fraction else value
