"""Two runs at once over a home that does not exist yet give what one run of both files gives."""

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from assets.lake.lake import Lake
from assets.lake.objects.local_objects import LocalObjectStore
from assets.lake.settings import load_settings
from assets.lake.tables import columns_of
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from orchestration import dagster_home
from tests.test_killed_run import STAMPS
from tests.undisturbed import Undisturbed, command

# how often an alert was changed on the way is no part of what it says
ON_THE_WAY = {"alerts.revisions"}
COUNTED = STAMPS | {"revision"}


def run_at_once(home: Path, *inputs: Path) -> None:
    calls = [command(home, source) for source in inputs]
    running = [
        subprocess.Popen(
            arguments,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for arguments, environment in calls
    ]
    for process in running:
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said


def differing_tables(one: Path, other: Path) -> set[str]:
    first, second = (Lake(load_settings(home=home)) for home in (one, other))
    with first.connect() as connection:
        second.attach(connection, alias="other", read_only=True)
        found = set()
        for table, columns in columns_of(connection).items():
            names = ", ".join(f'"{name}"' for name in columns if name not in COUNTED)
            for left, right in (("lake", "other"), ("other", "lake")):
                only = f"select {names} from {left}.{table} except all "
                if connection.execute(f"{only} select {names} from {right}.{table}").fetchall():
                    found.add(table)
        return found - ON_THE_WAY


@pytest.mark.slow
@pytest.mark.path
def test_two_runs_at_once_over_a_fresh_home_give_the_lake_of_one_run(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    first, second = sorted(undisturbed.source.iterdir())
    run_at_once(tmp_path / "both", first, second)
    assert differing_tables(tmp_path / "both", undisturbed.home) == set()


@pytest.mark.parametrize("_", range(5))
def test_processes_that_start_together_create_one_object_of_all_columns(
    tmp_path: Path, _: int
) -> None:
    store, barrier = LocalObjectStore(tmp_path / "objects"), Barrier(8)
    problems: list[BaseException] = []

    def create() -> None:
        barrier.wait()
        try:
            put_columns(store, tmp_path / "scratch")
        except BaseException as error:
            problems.append(error)

    threads = [Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    # whole: its metadata, at the end of the file, can be read
    assert store.metadata(COLUMNS_KEY) == {}
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.slow
@pytest.mark.path
def test_processes_that_start_together_share_one_dagster_home(tmp_path: Path) -> None:
    code = (
        "from assets.lake.settings import load_settings; from orchestration import dagster_home\n"
        f"dagster_home.instance(load_settings(home={str(tmp_path)!r})).get_runs_count()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in running:
        _, problem = process.communicate(timeout=300)
        assert process.returncode == 0, problem
    with dagster_home.instance(load_settings(home=tmp_path)) as instance:
        assert instance.get_runs_count() == 0
