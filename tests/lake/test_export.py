"""What analysts are given: comments, copies of the lake, the pages, and the code on them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assets.alerts.tables import ALERTS
from assets.lake import LakeError, NoLakeError
from assets.lake.export import export_duckdb, export_parquet
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.lake.tables import Table, columns_of
from assets.tables import create_tables, every_table, refresh_comments
from orchestration.command_line.app import app
from orchestration.command_line.settings import as_markdown

LAKE = Path(__file__).parents[2] / "assets" / "lake"
ASK = (LAKE / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENTS = (
    "select schema_name || '.' || table_name, null, comment from duckdb_tables() "
    "where database_name = 'lake' union all "
    "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
    "where database_name = 'lake'"
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of every table, with a day of a symbol."""
    lake = Lake(load_settings(home=tmp_path_factory.mktemp("export") / "home"))
    create_tables(lake)
    row = "select 'binance' as venue, 'BTC-USDT' as symbol, 1.5 as close, date '2024-08-09'"
    lake.write(
        lambda c: c.execute(f"insert into lake.marts.symbol_days by name {row} as trade_day"),
        tables=(), message="test", commit_info={},
    )  # fmt: skip
    return lake


@pytest.mark.slow
def test_every_table_and_column_of_the_lake_says_what_it_means(full: Lake) -> None:
    with full.connect() as connection:
        found = connection.execute(COMMENTS).fetchall()
    assert len(found) > 400
    assert [(table, column) for table, column, comment in found if not comment] == []
    said = {(table, column): comment for table, column, comment in found}
    assert said["alerts.alerts", "revision"].startswith("Grows")
    assert said["alerts.alerts", "venue"] == said["alerts.hits", "venue"]
    assert said["marts.symbol_days", "symbol"] == "Base-quote, upper case."


@pytest.mark.slow
def test_a_lake_without_comments_gets_them_and_no_more_than_it_lacks(lake: Lake) -> None:
    with pytest.raises(NoLakeError):
        refresh_comments(lake)
    lake.create([Table(ALERTS.name, ALERTS.columns)])
    assert refresh_comments(lake) == 1 + len(ALERTS.columns)
    with lake.connect() as connection:
        snapshot = lake.snapshot_id(connection)
    assert refresh_comments(lake) == 0
    with lake.connect() as connection:
        assert lake.snapshot_id(connection) == snapshot


@pytest.mark.slow
def test_an_export_to_duckdb_has_every_table_with_its_comments(full: Lake, tmp_path: Path) -> None:
    file = tmp_path / "it's.duckdb"
    copied = export_duckdb(full, every_table(full), file)
    with full.connect() as connection:
        assert [row["table"] for row in copied] == sorted(columns_of(connection))
        wanted = sorted(connection.execute(COMMENTS).fetchall(), key=str)
    assert {"table": "marts.symbol_days", "rows": 1} in copied
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("select close from marts.symbol_days").fetchall() == [(1.5,)]
        ours = COMMENTS.replace("'lake'", "current_database()")
        assert sorted(connection.execute(ours).fetchall(), key=str) == wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]
    with pytest.raises(LakeError, match="exists: remove it, or name another"):
        export_duckdb(full, every_table(full), file)


@pytest.mark.slow
def test_an_export_to_parquet_has_a_file_a_table(full: Lake, tmp_path: Path) -> None:
    copied = export_parquet(full, tmp_path / "lake")
    files = sorted((tmp_path / "lake").rglob("*.parquet"))
    assert len(files) == len(copied)
    days = str(tmp_path / "lake" / "marts" / "symbol_days.parquet")
    assert duckdb.read_parquet(days).project("symbol, close").fetchall() == [("BTC-USDT", 1.5)]
    with pytest.raises(LakeError, match="there is no folder"):
        export_parquet(full, tmp_path / "missing" / "lake")


@pytest.mark.slow
def test_an_export_without_a_lake_or_a_target_says_so(settings: Settings, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", "--duckdb", str(tmp_path / "x.duckdb")])
    assert isinstance(result.exception, NoLakeError)
    Lake(settings).create([ALERTS])
    result = CliRunner().invoke(app, ["export"])
    assert "give either --duckdb FILE or --parquet DIR" in str(result.exception)


def test_the_page_of_settings_is_the_one_that_the_settings_make() -> None:
    assert (LAKE / "SETTINGS.md").read_text().endswith(as_markdown())
    assert all(field.description for field in Settings.model_fields.values())


def test_the_settings_in_force_are_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEWATCH_SCHEMA_REGISTRY", "https://u:s3cret@example.org")
    monkeypatch.setenv("TAPEWATCH_THREADS", "3")
    said = CliRunner().invoke(app, ["settings", "--json"]).stdout
    assert "s3cret" not in said
    assert '"value": "(set)"' in said
    assert '"value": "3"' in said


def test_the_page_names_the_version_that_is_pinned() -> None:
    assert f"`duckdb=={duckdb.__version__}`" in ASK


@pytest.mark.slow
def test_the_sql_on_the_page_is_answered(full: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEWATCH_HOME", str(full.settings.root))
    queries = [text for kind, text in BLOCK.findall(ASK) if kind == "sql"]
    queries += re.findall(r'tapewatch query "([^"]+)"', ASK)
    assert len(queries) >= 5
    for sql in queries:
        result = CliRunner().invoke(app, ["query", sql, "--format", "csv"])
        assert result.exit_code == 0, (sql, result.exception)


@pytest.mark.slow
def test_the_python_on_the_page_reads_the_lake(full: Lake, tmp_path: Path) -> None:
    (tmp_path / ".tapewatch").symlink_to(full.settings.root)
    blocks = [text for kind, text in BLOCK.findall(ASK) if kind == "python"]
    assert len(blocks) == 2
    for text in blocks:
        # without a network the extensions come from the installed wheels
        code = re.sub(
            r'duckdb.connect\(\)\nconnection.execute\("install.*\)',
            "duckdb.connect(config={'allow_unsigned_extensions': 'true'})\n"
            "from assets.lake.connection import load_extensions\n"
            "load_extensions(connection, ['ducklake', 'sqlite_scanner'])",
            text,
        )
        code += "\nprint(list(days['close']))\n"
        environment = {**os.environ, "PYTHONPATH": str(LAKE.parents[1])}
        environment.pop("TAPEWATCH_HOME", None)
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout == "[1.5]\n", done.stderr


@pytest.mark.slow
def test_dbts_documentation_is_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["docs", "--output", "page.html"])
    assert result.exit_code == 0, result.exception
    page = (tmp_path / "page.html").read_text()
    assert "symbol_days" in page
    assert "Base-quote, upper case." in page
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
