"""What the Dagster UI shows beside an asset: row count, sample rows, location."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS
from assets.lake.lake import Lake
from assets.lake.markdown import plain_markdown
from assets.market.window import Window

CODE = "dagster/code_references"
PREVIEW_ROWS = 5
CELL_WIDTH = 60
# code, which Markdown leaves as it is, or a word that a browser would take for a tag
CODE_OR_TAG = re.compile(r"`[^`]*`|(?:[\w.-]*<[a-zA-Z/!?][^<>`\n]*>)+(?:[.-]?\w+)*")


def table_metadata(
    lake: Lake, connection: DuckDBPyConnection, table: str, window: Window, column: str
) -> dict[str, Any]:
    """Row count of the window, the first rows as a table, and the data files' location."""
    source = (
        f"from {ALIAS}.{table}\nwhere {column} >= timestamp '{window.start_at}'"
        f"\n  and {column} < timestamp '{window.end_at}'"
    )
    # one more than is shown: few rows need not be counted, at a query a table
    found = connection.execute(f"{source} limit {PREVIEW_ROWS + 1}")
    names = [name for name, *_ in found.description]
    rows = found.fetchall()
    count = len(rows)
    if count > PREVIEW_ROWS:
        ((count,),) = connection.execute(f"select count(*) {source}").fetchall()
    return {
        "dagster/row_count": count,
        "window": str(window),
        "preview": dg.MetadataValue.md(_markdown_table(names, rows[:PREVIEW_ROWS])),
        "data_files": dg.MetadataValue.path(lake.objects.path("lake/" + table.replace(".", "/"))),
        "query": dg.MetadataValue.md(f"```sql\n{source}\n```"),
    }


def _markdown_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows as a Markdown table, long values truncated."""
    header = "| " + " | ".join(names) + " |"
    rule = "|" + "---|" * len(names)
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join([header, rule, *lines]) if lines else "no rows"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return plain_markdown(text if len(text) <= CELL_WIDTH else text[: CELL_WIDTH - 1] + "…")


def code_reference(path: Path, line: int = 1) -> dg.CodeReferencesMetadataValue:
    """Where an asset's code is, for the metadata `CODE` of its spec."""
    place = dg.LocalFileCodeReference(file_path=str(path), line_number=line)
    return dg.CodeReferencesMetadataValue(code_references=[place])


def as_markdown(text: str) -> str:
    """Our own text for the UI, which reads Markdown with HTML: `a<id>` is code there, no tag."""
    if "<" not in text:
        return text
    return CODE_OR_TAG.sub(lambda found: f"`{found[0].strip('`')}`", text)
