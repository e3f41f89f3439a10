"""What only dbt itself does: the ledger, rows without a time, data tests, compilation."""

import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from assets.landing.files.importer import land_file
from assets.landing.reader import landed_objects
from assets.landing.schema import COLUMNS_KEY
from assets.market.window import Window
from assets.transform.build import build
from assets.transform.compiled_models import models
from assets.transform.dbt_project import manifest_path
from assets.transform.tables import LANDED_OBJECTS

FOLDERS = ("seeds", "staging", "intermediate", "core", "quarantine", "labels", "ops")
HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
NOON = datetime(2024, 8, 9, 12)
DAY = Window.of_day(NOON.date())
pytestmark = pytest.mark.slow


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


def rows_of(lake, query):
    with lake.connect() as connection:
        return connection.sql(query).fetchall()


def assert_one_snapshot(lake):
    """The ledger and the trades of the last build came together, after what is set aside."""
    with lake.connect() as connection:
        newest = lake.snapshot_id(connection)
    query = (
        "select (select count(*) from lake.core.trades), "
        "(select count(*) from lake.ops.landed_objects), "
        "(select count(*) from lake.quarantine.trades), "
        "(select count(*) from lake.labels.trades)"
    )
    with lake.connect(snapshot=newest - 1) as connection:
        assert connection.sql(query).fetchall() == [(0, 0, 2, 10)]


def test_the_ledger_and_timeless_rows_are_the_same_however_often_a_window_runs(prepared):
    lake, built = prepared
    manifest = manifest_path(lake.settings.root)
    compiled_before = manifest.read_bytes()
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
    built(DAY)
    assert_one_snapshot(lake)
    # what a build did not choose is still compiled
    assert manifest.read_bytes() == compiled_before
    built(Window(cut, DAY.end_at))
    assert rows_of(lake, ledger) == [
        ("date=2024-08-09", "2024-08-09", 12, "12:00", "12:30"),
        ("date=unknown", None, 1, None, None),
    ]
    assert rows_of(lake, counts) == [(10, 1, 2)]


COUNT = """
import sys
from pathlib import Path
from assets.transform import dbt_project
from assets.transform.compiled_models import models
dbt_project.INSTALLED = Path(sys.argv[2])
print(len(models(Path(sys.argv[1]))))
"""


@pytest.mark.path
def test_processes_that_start_together_compile_once_and_a_home_takes_what_is_installed(tmp_path):
    home, installed = tmp_path / "home", tmp_path / "installed"

    def counting(root):
        command = [sys.executable, "-c", COUNT, str(root), str(installed)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def counted(running):
        counts = {process.communicate(timeout=300)[0] for process in running}
        assert {process.returncode for process in running} == {0}
        (count,) = counts
        return count

    first = counted([counting(installed) for _ in range(3)])
    (log,) = installed.rglob("dbt.log")
    assert log.read_text().count("Running with dbt=") == 1
    assert counted([counting(home)]) == first
    assert not list(home.rglob("dbt.log"))
