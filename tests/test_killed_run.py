"""A run that is killed and run again leaves the lake of an undisturbed run, and no orphan file.

`make proof` kills twenty times; the points are drawn from a seed that is printed, and go round the
stages so that each is hit.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.tables import columns_of
from assets.maintenance.upkeep import maintain, unread_files
from tests.undisturbed import ENDED, Undisturbed, command, run

# when and by which run a row was written, and from which snapshot: the only things that may differ
STAMPS = {"run_id", "detected_at", "input_snapshot_id"}
pytestmark = [pytest.mark.slow, pytest.mark.path]


def kill_inside(
    home: Path, source: Path, stages: list[tuple[str, float]], n: int, share: float
) -> None:
    """Start a run and kill it when a share of its nth stage has passed."""
    arguments, environment = command(home, source)
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stderr is not None
    if n > 0:
        for line in process.stderr:
            if (ended := ENDED.match(line)) and ended[1] == stages[n - 1][0]:
                break
    else:
        while not (home / "dagster").exists() and process.poll() is None:
            time.sleep(0.02)
    time.sleep(share * max(stages[n][1], 0.2))
    process.send_signal(signal.SIGKILL)
    process.wait()


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows by table that only one of two lakes holds, stamps aside, counted as a multiset."""
    first, second = (Lake(load_settings(home=home)) for home in (one, other))
    with first.connect() as connection:
        second.attach(connection, alias="other", read_only=True)
        found = {}
        for table, columns in columns_of(connection).items():
            names = ", ".join(f'"{name}"' for name in columns if name not in STAMPS)
            counts = [
                connection.execute(
                    f"select count(*) from (select {names} from {left}.{table} "
                    f"except all select {names} from {right}.{table})"
                ).fetchall()[0][0]
                for left, right in (("lake", "other"), ("other", "lake"))
            ]
            if sum(counts):
                found[table] = sum(counts)
        return found


def test_every_table_of_the_undisturbed_lake_has_rows_that_a_kill_could_lose(
    undisturbed: Undisturbed,
) -> None:
    with Lake(load_settings(home=undisturbed.home)).connect() as connection:
        counts = {
            table: connection.execute(f"select count(*) from lake.{table}").fetchall()[0][0]
            for table in columns_of(connection)
        }
    for table in ("core.trades", "features.bars_1s", "alerts.hits", "alerts.alerts",
                  "ops.detector_runs", "ops.landed_objects", "marts.symbol_days"):  # fmt: skip
        assert counts[table] > 0, counts


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.proof)])
def test_a_killed_run_run_again_equals_an_undisturbed_one(
    undisturbed: Undisturbed, tmp_path: Path, request: pytest.FixtureRequest, kills: int
) -> None:
    seed = request.config.getoption("--kill-seed")
    seed = seed if seed is not None else random.randrange(10**6)
    drawn = random.Random(seed)
    order = list(range(len(undisturbed.stages)))
    drawn.shuffle(order)
    sys.stderr.write(f"\nkills drawn from seed {seed} (repeat with --kill-seed {seed})\n")
    for kill in range(kills):
        n, share = order[kill % len(order)], drawn.random()
        where = f"kill {kill + 1} of seed {seed}: {undisturbed.stages[n][0]} at {share:.0%}"
        sys.stderr.write(where + "\n")
        home = tmp_path / f"home-{kill}"
        shutil.copytree(undisturbed.home / "dbt", home / "dbt")
        kill_inside(home, undisturbed.source, undisturbed.stages, n, share)
        run(home, undisturbed.source)
        assert differences(undisturbed.home, home) == {}, where
        lake = Lake(load_settings(home=home))
        maintain(lake, now=datetime(2100, 1, 1))
        with lake.connect() as connection:
            assert unread_files(lake, connection) - cited(connection, lake) == set(), where
        assert differences(undisturbed.home, home) == {}, where


def cited(connection: duckdb.DuckDBPyConnection, lake: Lake) -> set[str]:
    """Files of earlier snapshots that maintenance spares for open alerts."""
    snapshots = connection.execute(
        "select distinct input_snapshot_id from lake.alerts.alerts where status = 'open'"
    ).fetchall()
    files: set[str] = set()
    for (snapshot,) in snapshots:
        with lake.connect(snapshot=snapshot) as past:
            for name in columns_of(past):
                schema, table = name.split(".")
                rows = past.execute(
                    "select data_file, delete_file from ducklake_list_files('lake', ?, "
                    "schema => ?, snapshot_version => ?)",
                    [table, schema, snapshot],
                ).fetchall()
                files |= {
                    "lake/" + path.rpartition("/lake/")[2] for row in rows for path in row if path
                }
    return files
