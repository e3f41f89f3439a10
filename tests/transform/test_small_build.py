"""A build over few rows leaves what dbt's leaves: rows, results, and what a failure stops."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.lake.lake import Lake
from assets.lake.locked_lake import locked
from assets.lake.settings import load_settings
from assets.lake.tables import columns_of
from assets.landing.files.importer import land_file
from assets.market.window import Window
from assets.transform import late_data, small_build
from assets.transform.asset import FEATURES, FINE, NORMALISE, landed_paths
from assets.transform.build import build
from assets.transform.compiled_models import hooks, models
from assets.transform.dbt_project import NodeResult
from assets.transform.small_build import build_small

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
MARCH = date(2024, 3, 1)
DAYS = Window.of_days(MARCH, MARCH + timedelta(days=2))
INFO = {"run_id": "test", "code_version": "test"}
pytestmark = [pytest.mark.slow, pytest.mark.path]

Built = Callable[..., list[NodeResult]]


def log(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def trades(day: int, count: int, first: int = 0) -> list[str]:
    """Some trades of two symbols, a pair of one trader and a burst among them."""
    start = datetime(2024, 3, 1) + timedelta(days=day)
    step = timedelta(days=1) / count
    rows = []
    for n in range(first, first + count):
        at, symbol = start + (n - first) * step, ("BTCUSDT", "ETHUSDT")[n % 2]
        price, side = 100 + n % 7 / 10, ("BUY", "SELL")[n % 3 % 2]
        event = ("TRADE", "WASH", "PUMP")[n % 50 % 3]
        rows.append(f"t{day}-{n},{at},{symbol},{price},{1 + n % 5},{side},T{n % 4},o{n},{event}")
    return rows


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    """Three days, with repeated rows, a bad price and a bad time; then what comes late."""
    folder = tmp_path_factory.mktemp("files")
    first = trades(0, 300)
    return (
        log(folder / "first.csv", *first, *first[:3], "x,2024-03-01 12:00:00,BTCUSDT,x,1,BUY,T,o,"),
        log(folder / "second.csv", *trades(1, 200), "y,soon,BTCUSDT,5,1,BUY,T,o,"),
        log(folder / "third.csv", *trades(2, 100)),
        log(folder / "late.csv", *trades(0, 20, first=300)),
    )


def run(lake: Lake, built: Built, window: Window) -> list[NodeResult]:
    """What the two assets do with a window."""
    late_data.record(lake, window, INFO)
    landed = landed_paths(lake, window, {})
    results = built(lake, NORMALISE, window, landed=landed, commit_info=INFO)
    if not {result.status for result in results} <= {*FINE, "warn"}:
        return results
    with lake.connect() as connection:
        touched = Window(window.start_at, late_data.closed_until(connection, window))
    return results + built(lake, FEATURES, touched, commit_info=INFO)


def contents(lake: Lake) -> dict[str, list[tuple]]:
    with lake.connect() as connection:
        return {
            table: connection.execute(f"select * from lake.{table} order by all").fetchall()
            for table in columns_of(connection)
        }


def said(results: Sequence[NodeResult]) -> list[tuple[str, str, int]]:
    return sorted((result.unique_id, result.status, result.failures) for result in results)


def lakes(folder: Path) -> tuple[Lake, Lake]:
    by_dbt, small = (Lake(load_settings(home=folder / name)) for name in ("dbt", "small"))
    return by_dbt, small


def land(lake: Lake, *paths: Path) -> None:
    for path in paths:
        land_file(path, lake.objects, now=datetime(2026, 1, 1))


def test_every_table_has_the_rows_that_dbt_gives_it(
    files: Sequence[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        (files[:3], DAYS),
        # two of them again, with trades that came late: the third day looks back on them
        (files[3:], Window.of_days(MARCH, MARCH + timedelta(days=1))),
    ]
    by_dbt, small = lakes(tmp_path)
    for landed, window in steps:
        land(by_dbt, *landed)
        expected = run(by_dbt, build, window)
        land(small, *landed)
        with monkeypatch.context() as patch, locked(small) as own:
            patch.setattr(small_build, "build", None)
            found = run(own, build_small, window)
        assert said(found) == said(expected)
        rows, wanted = contents(small), contents(by_dbt)
        assert rows.keys() == wanted.keys()
        assert [table for table in wanted if rows[table] != wanted[table]] == []
    for table in ("core.trades", "quarantine.trades", "ops.dropped_trades", "features.bars_1m"):
        assert rows[table], table
    assert len(rows["core.trades"]) == 620


def test_its_commits_name_the_run(files: Sequence[Path], tmp_path: Path) -> None:
    _, small = lakes(tmp_path)
    land(small, files[0])
    run(small, build_small, Window.of_day(MARCH))
    with small.connect() as connection:
        commits = connection.execute(
            "select commit_message, commit_extra_info ->> 'run_id' from lake.snapshots() "
            "where commit_message like 'build %' order by snapshot_id"
        ).fetchall()
    assert commits == [
        ("build core, labels, ops, quarantine", "test"),
        ("build features, marts", "test"),
    ]


def test_a_failing_test_blocks_as_it_does_with_dbt(files: Sequence[Path], tmp_path: Path) -> None:
    by_dbt, small = lakes(tmp_path)
    window = Window.of_day(MARCH)
    results = []
    for lake, built in ((by_dbt, build), (small, build_small)):
        land(lake, files[0])
        (landed,) = (Path(path) for path in landed_paths(lake, window, {}) if "date=" in path)
        altered = duckdb.sql(f"select * replace ('unknown' as format) from '{landed}'")
        altered.write_parquet(str(landed.with_name("0000000000000000-00000.parquet")))
        results.append(run(lake, built, window))
    assert said(results[0]) == said(results[1])
    by_name = {result.unique_id.split(".")[2]: result for result in results[1]}
    assert by_name["assert_every_landed_format_is_read"].status == "fail"
    assert by_name["trades"].status == "skipped"
    assert contents(small) == contents(by_dbt)


def test_each_hook_of_a_model_is_compiled(tmp_path: Path) -> None:
    called = {name for model in models(tmp_path) for name in (*model.pre_hooks, *model.post_hooks)}
    assert called == {"forget_timeless_rows", "record_instruments", "record_landed_objects"}
    assert called <= hooks(tmp_path).keys()
