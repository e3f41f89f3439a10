"""The data of the site: each query of `reports/site/tables/` as a Parquet file, and their list.

Evidence loads the files that `manifest.json` names into DuckDB-WASM, in the reader's browser; so
new data need no new build.
"""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake.connection import literal
from assets.lake.lake import Lake
from assets.lake.lock import file_lock
from assets.transform.dbt_project import PROJECT

TABLES = Path(__file__).resolve().parents[3] / "reports" / "site" / "tables"
TYPOLOGIES = PROJECT / "seeds" / "typologies.csv"
SCHEMA = "surveillance"
MANIFEST = "manifest.json"
# a browser loads each table whole
SHOWN_DAYS = 92


def refresh(lake: Lake, data: Path, run_id: str) -> dict[str, int]:
    """Replace the data of a site; the number of rows by table.

    A page that is loading goes on with the files that it has found: those of the refresh before
    are removed by the next one.
    """
    with file_lock(data / "refresh.lock", lake.settings.lock_timeout_seconds):
        before = _shown(data)
        folder = data / run_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with lake.connect() as connection:
            counts = write_tables(connection, folder)
        unfinished = data / f".{MANIFEST}"
        unfinished.write_text(manifest(folder, counts), encoding="utf-8")
        unfinished.replace(data / MANIFEST)
        for other in data.iterdir():
            if other.is_dir() and other.name not in {run_id, before}:
                shutil.rmtree(other)
    return counts


def write_tables(connection: DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write `<table>.parquet` for each query, all of one snapshot; the number of rows by table."""
    connection.execute("begin")
    try:
        connection.execute("set variable first_day = ?", [first_day(connection)])
        connection.execute("set variable typologies_file = ?", [str(TYPOLOGIES)])
        return {
            path.stem: _write(connection, path.read_text("utf-8"), folder / f"{path.stem}.parquet")
            for path in sorted(TABLES.glob("*.sql"))
        }
    finally:
        connection.execute("rollback")


def _write(connection: DuckDBPyConnection, query: str, file: Path) -> int:
    """Write a query's rows, and return their number.

    A file without rows stops the browser's reader: it has one row of nulls then, which no page
    shows.
    """
    copy = f"copy ({{}}) to {literal(str(file))} (compression zstd)"
    count = connection.execute(copy.format(query)).fetchall()[0][0]
    if count == 0:
        null = f"select found.* from (select 1) left join ({query}) as found on true"
        connection.execute(copy.format(null))
    return count


def first_day(connection: DuckDBPyConnection) -> date:
    """The first of the days that the site shows, which end with the newest day of any trade."""
    query = "select max(trade_day) from lake.marts.symbol_days"
    newest = connection.execute(query).fetchall()[0][0] or date.max
    return newest - timedelta(days=SHOWN_DAYS - 1)


def manifest(folder: Path, tables: dict[str, int]) -> str:
    """Evidence's list of files, by the schema of their tables."""
    files = [f"static/data/{folder.name}/{table}.parquet" for table in tables]
    return json.dumps({"renderedFiles": {SCHEMA: files}})


def _shown(data: Path) -> str | None:
    """The folder that the manifest names."""
    if not (data / MANIFEST).exists():
        return None
    named = json.loads((data / MANIFEST).read_text(encoding="utf-8"))["renderedFiles"][SCHEMA]
    return Path(named[0]).parent.name
