"""What only dbt itself does: unit tests, the ledger, rows without a time, data tests."""

import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.reader import landed_objects
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.transform.build import build, window_variables
from assets.transform.compiled_models import invoke, manifest_path, models
from assets.transform.dbt_session import attach_nothing, session
from assets.transform.tables import LANDED_OBJECTS

FOLDERS = ("seeds", "staging", "intermediate", "core", "quarantine", "labels", "ops")
HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
NOON = datetime(2024, 8, 9, 12)
DAY = Window.of_day(NOON.date())


def test_the_unit_tests_of_staging_and_intermediate_pass(compiled, tmp_path):
    store = LocalObjectStore(tmp_path / "objects")
    put_columns(store, tmp_path)
    variables = window_variables(DAY, [store.path(COLUMNS_KEY)])
    # a seed and a view must exist before a unit test can ask for its columns
    selected = "resource_type:seed fqn:tapewatch.staging fqn:tapewatch.intermediate"
    with session(attach_nothing, variables):
        results = invoke(
            ["build", "--exclude-resource-type", "test", "--select", *selected.split()],
            manifest_path(compiled).parent,
        )
    unit_tests = [result for result in results if result.unique_id.startswith("unit_test.")]
    assert len(unit_tests) >= 8
    assert [result for result in results if result.status not in {"success", "pass"}] == []


@pytest.fixture
def prepared(lake, compiled, tmp_path):
    """A lake with a file of one day, one bad price and one bad time; and a call that builds it."""
    path = tmp_path / "log.csv"
    rows = [f"u{n},{NOON + timedelta(minutes=n)},BTCUSDT,5,1,BUY,T,o,TRADE" for n in range(10)]
    rows += ["u10,2024-08-09 12:30:00,BTCUSDT,x,1,BUY,T,o,", "u11,soon,BTCUSDT,5,1,BUY,T,o,"]
    path.write_text("\n".join([HEADER, *rows, rows[0]]) + "\n")
    land_file(path, lake.objects, now=datetime(2026, 1, 1))
    # the plan is compiled once for all tests; what a build makes of it lies in the lake's own home
    chosen = [model for model in models(lake.settings.root) if model.folder in FOLDERS]
    lake.create([LANDED_OBJECTS, *(m.table for m in chosen if m.materialized == "window")])

    def built(window: Window) -> None:
        keys = [COLUMNS_KEY, *landed_objects(lake.objects, "trades")]
        landed = [lake.objects.path(key) for key in keys]
        results = build(lake, FOLDERS, window, landed=landed, commit_info={"run_id": "test"})
        failed = [result for result in results if result.status not in {"success", "pass"}]
        assert failed == []

    return lake, built


def test_a_build_leaves_the_compiled_sql_of_what_it_did_not_build(prepared):
    lake, built = prepared
    path = manifest_path(lake.settings.root)
    before = path.read_bytes()
    built(DAY)
    assert path.read_bytes() == before


def rows_of(lake, query):
    with lake.connect() as connection:
        return connection.sql(query).fetchall()


def test_the_ledger_and_timeless_rows_are_the_same_however_often_a_window_runs(prepared):
    lake, built = prepared
    ledger = (
        "select split_part(object, '/', 4), trade_day::varchar, row_count, "
        "strftime(least_traded_at, '%H:%M'), strftime(greatest_traded_at, '%H:%M') "
        "from lake.ops.landed_objects order by all"
    )
    counts = (
        "select (select count(*) from lake.core.trades), "
        "(select count(*) from lake.ops.dropped_trades), "
        "(select count(*) from lake.quarantine.trades)"
    )
    cut = NOON + timedelta(minutes=5)
    for window in (Window(DAY.start_at, cut), Window(cut, DAY.end_at), DAY):
        built(window)
    assert rows_of(lake, ledger) == [
        ("date=2024-08-09", "2024-08-09", 12, "12:00", "12:30"),
        ("date=unknown", None, 1, None, None),
    ]
    assert rows_of(lake, counts) == [(10, 1, 2)]


def test_ledger_and_trades_are_one_snapshot(prepared):
    lake, built = prepared
    built(DAY)
    with lake.connect() as connection:
        newest = lake.snapshot_id(connection)
    with lake.connect(snapshot=newest - 1) as connection:
        query = (
            "select (select count(*) from lake.core.trades), "
            "(select count(*) from lake.ops.landed_objects), "
            "(select count(*) from lake.quarantine.trades), "
            "(select count(*) from lake.labels.trades)"
        )
        assert connection.sql(query).fetchall() == [(0, 0, 2, 10)]


COUNT = """
import sys
from pathlib import Path
from assets import compiled
compiled.INSTALLED = Path(sys.argv[2])
print(len(compiled.models(Path(sys.argv[1]))))
"""


def test_processes_that_start_together_compile_once(tmp_path):
    command = [sys.executable, "-c", COUNT, str(tmp_path / "home"), str(tmp_path / "nothing")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(counts) == 1
    (log,) = tmp_path.rglob("dbt.log")
    assert log.read_text().count("Running with dbt=") == 1


def test_a_home_takes_what_was_compiled_at_installation(tmp_path):
    home, installed = tmp_path / "home", tmp_path / "installed"
    first, second = (
        subprocess.run(
            [sys.executable, "-c", COUNT, str(root), str(installed)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for root in (installed, home)
    )
    assert first == second
    assert list(installed.rglob("dbt.log"))
    assert not list(home.rglob("dbt.log"))
