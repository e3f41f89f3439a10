"""Warm runs: taken, refused, stopped, killed; and the private names of Dagster that they need."""

import inspect
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import psycopg
import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError, load_settings
from assets.stream import tags
from assets.tables import create_tables
from orchestration import dagster_home
from orchestration.definitions import definitions
from orchestration.warm_runs.launcher import (
    StreamFirstCoordinator,
    WarmRunLauncher,
)
from orchestration.warm_runs.protocol import WarmProcessError, ask
from orchestration.warm_runs.worker import RunSlot, listen
from tests.sensors.stream_objects import land

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(sys.executable).parent / "tapewatch"
SLOW = 60.0


def test_dagster_has_the_private_names_that_we_use() -> None:
    from dagster._core.execution.compute_logs import redirect_to_file
    from dagster._core.storage import local_compute_log_manager
    from dagster._daemon import sensor
    from dagster._grpc.impl import core_execute_run
    from dagster._utils.hosted_user_process import recon_job_from_origin

    assert list(inspect.signature(core_execute_run).parameters)[:4] == [
        "recon_job",
        "dagster_run",
        "instance",
        "inject_env_vars",
    ]
    assert list(inspect.signature(recon_job_from_origin).parameters) == ["origin"]
    assert list(inspect.signature(redirect_to_file).parameters) == ["stream", "filepath"]
    capture = inspect.getsource(local_compute_log_manager.LocalComputeLogManager.capture_logs)
    assert "mirror_stream_to_file(sys.stdout, outpath)" in capture
    assert sensor.MIN_INTERVAL_LOOP_TIME > 0
    # read at each turn of the loop, so that setting it has an effect
    assert "MIN_INTERVAL_LOOP_TIME - loop_duration" in inspect.getsource(sensor)


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[tuple[RunSlot, Path]]:
    slot, path = RunSlot(), tmp_path / "warm.sock"
    server = listen(slot, path)
    yield slot, path
    server.shutdown()
    server.server_close()


def test_one_run_at_a_time_is_taken(slot: tuple[RunSlot, Path]) -> None:
    at, path = slot
    assert ask(path, "run", "one")
    assert not ask(path, "run", "two")
    assert ask(path, "status", "one")
    assert not ask(path, "status", "two")
    assert at.waiting.get() == "one"
    assert not ask(path, "run", "two")
    at.clear()
    assert ask(path, "run", "two")
    assert not ask(path, "cancel", "one")


def test_only_its_owner_may_ask(slot: tuple[RunSlot, Path]) -> None:
    assert slot[1].stat().st_mode & 0o077 == 0


def test_a_process_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WarmProcessError, match=r"missing\.sock does not answer"):
        ask(tmp_path / "missing.sock", "status", "one")


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an embedded home with warm runs."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("warm") / "home"
        patch.setenv("TAPEWATCH_HOME", str(home))
        patch.setenv("TAPEWATCH_WARM_RUNS", "true")
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        settings = load_settings()
        dagster_home.prepare(settings)
        create_tables(Lake(settings))
        yield settings


@pytest.fixture
def instance(warm: Settings) -> Iterator[dg.DagsterInstance]:
    with dagster_home.instance(warm) as instance:
        yield instance


def run_of(
    instance: dg.DagsterInstance, start: int, *keys: str, is_window: bool = True
) -> dg.DagsterRun:
    """A run of a window, as the daemon makes it from a request."""
    from dagster._core.definitions.reconstruct import ReconstructableRepository

    repository = ReconstructableRepository.for_module(
        "orchestration.definitions", "definitions", working_directory=str(ROOT)
    )
    config = {
        "start_at": f"2024-03-01T10:00:{start:02}",
        "end_at": f"2024-03-01T10:00:{start + 5:02}",
        "objects": list(keys),
    }
    return instance.create_run_for_job(
        definitions.resolve_job_def("stream_surveillance"),
        run_config={"ops": {"watch_window": {"config": config}}},
        tags={tags.WINDOW: str(start)} if is_window else {},
        job_code_origin=repository.get_reconstructable_job(
            "stream_surveillance"
        ).get_python_origin(),
    )


@pytest.mark.slow
def test_the_instance_has_our_plug_ins(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_launcher, WarmRunLauncher)
    assert isinstance(instance.run_coordinator, StreamFirstCoordinator)


@pytest.mark.slow
def test_without_them_it_has_dagsters_own(tmp_path: Path) -> None:
    with dagster_home.instance(load_settings(home=tmp_path, warm_runs=False)) as stock:
        assert type(stock.run_launcher) is dg.DefaultRunLauncher
        assert type(stock.run_coordinator) is dg.QueuedRunCoordinator


def test_a_file_that_somebody_made_theirs_is_left_alone(settings: Settings) -> None:
    path = settings.dagster_home / "dagster.yaml"
    dagster_home.prepare(settings)
    dagster_home.prepare(settings)
    path.write_text("telemetry:\n  enabled: true\n")
    dagster_home.prepare(settings)
    assert path.read_text() == "telemetry:\n  enabled: true\n"


def test_each_sensor_has_a_thread() -> None:
    assert len(list(definitions.sensors or ())) <= dagster_home.SENSOR_THREADS


@pytest.mark.parametrize(
    "address",
    ["no address", "postgresql://u:secret@h/d", "postgresql+psycopg2://u:secret@h:port/d"],
)
def test_an_address_that_is_none_is_named_by_its_setting(address: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DAGSTER_DATABASE") as raised:
        load_settings(home=tmp_path, dagster_database=address)
    assert "secret" not in str(raised.value)


@pytest.mark.services
def test_dagsters_tables_are_made_before_its_processes_start(
    service_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"dagster_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(service_environment["TAPEWATCH_CATALOG"], autocommit=True) as connection:
        at, password = connection.info, connection.info.password
        address = f"postgresql+psycopg2://{at.user}:{password}@{at.host}:{at.port}/{name}"
        monkeypatch.setenv("TAPEWATCH_DAGSTER_DATABASE", address)
        settings = load_settings(home=tmp_path)
        with pytest.raises(SettingsError, match="DAGSTER_DATABASE") as raised:
            dagster_home.prepare(settings)
        connection.execute(f'create database "{name}"'.encode())
        for _ in range(2):
            dagster_home.prepare(settings)
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            assert instance.get_run_records() == []
        connection.execute(f'drop database "{name}" with (force)'.encode())
    written = (settings.dagster_home / "dagster.yaml").read_text()
    assert "should_autocreate_tables: false" in written
    assert password
    assert password not in written + str(raised.value)


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were launched Dagster's own way."""
    launched: list[str] = []
    monkeypatch.setattr(
        dg.DefaultRunLauncher,
        "launch_run",
        lambda _, context: launched.append(context.dagster_run.run_id),
    )
    return launched


class Context:
    """What a launcher is given of a run."""

    def __init__(self, run: dg.DagsterRun) -> None:
        self.dagster_run, self.workspace = run, None


def launch(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    context: Any = Context(run)
    instance.run_launcher.launch_run(context)


def test_without_a_warm_process_a_window_starts_cold_and_says_why(
    instance: dg.DagsterInstance, stock: list[str]
) -> None:
    run = run_of(instance, 0)
    launch(instance, run)
    assert stock == [run.run_id]
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.tags[tags.WARM] == "false"
    assert any("starts cold" in entry.message for entry in instance.all_logs(run.run_id))


def test_a_days_run_is_none_of_its_business(
    instance: dg.DagsterInstance, stock: list[str], warm: Settings
) -> None:
    path = dagster_home.warm_socket(warm)
    server = listen(RunSlot(), path)
    try:
        window, day = run_of(instance, 0), run_of(instance, 0, is_window=False)
        launch(instance, window)
        assert stock == []
        launch(instance, day)
        assert stock == [day.run_id]
    finally:
        server.shutdown()
        server.server_close()
        path.unlink()


@pytest.fixture(scope="module")
def supervisor(warm: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([PROGRAM, "warm"], cwd=ROOT)
    until(dagster_home.warm_socket(warm).exists)
    yield process
    process.terminate()
    assert process.wait(SLOW) == 0


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + SLOW
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def ends_as(instance: dg.DagsterInstance, run: dg.DagsterRun, wanted: dg.DagsterRunStatus) -> None:
    until(lambda: status(instance, run) in {wanted, dg.DagsterRunStatus.FAILURE})
    assert status(instance, run) == wanted


@pytest.mark.path
@pytest.mark.slow
def test_the_warm_process_executes_windows_and_outlives_them(
    warm: Settings, instance: dg.DagsterInstance, supervisor: object, stock: list[str]
) -> None:
    lake = Lake(warm)
    key = land(lake, 0, [datetime(2024, 3, 1, 10, 0, n) for n in range(20)])
    first = run_of(instance, 0, key)
    launch(instance, first)
    ends_as(instance, first, dg.DagsterRunStatus.SUCCESS)
    second = run_of(instance, 5, key)
    until(lambda: not ask(dagster_home.warm_socket(warm), "status", first.run_id))
    launch(instance, second)
    ends_as(instance, second, dg.DagsterRunStatus.SUCCESS)
    assert stock == []
    # what a run printed, Dagster's own lines among it, is what the UI shows
    assert b"Started execution of step" in printed(instance, second)
    with lake.connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(10,)]

    # a person stops one that waits for the lake; the process goes on
    with lake.lock():
        third = run_of(instance, 10, key)
        until(lambda: not ask(dagster_home.warm_socket(warm), "status", second.run_id))
        launch(instance, third)
        until(lambda: status(instance, third) == dg.DagsterRunStatus.STARTED)
        time.sleep(1)
        assert instance.run_launcher.terminate(third.run_id)
        ends_as(instance, third, dg.DagsterRunStatus.CANCELED)

    # a kill in the middle: the run is known to be lost, another process takes the next
    with lake.lock():
        fourth = run_of(instance, 10, key)
        until(lambda: not ask(dagster_home.warm_socket(warm), "status", third.run_id))
        launch(instance, fourth)
        until(lambda: status(instance, fourth) == dg.DagsterRunStatus.STARTED)
        health = instance.run_launcher.check_run_worker_health
        reloaded = instance.get_run_by_id(fourth.run_id)
        assert reloaded is not None
        assert health(reloaded).status.value == "RUNNING"
        (worker,) = psutil.Process(supervisor.pid).children()  # pyright: ignore
        os.kill(worker.pid, signal.SIGKILL)
        until(lambda: health(reloaded).status.value == "NOT_FOUND")
    until(lambda: takes_again(warm))
    fifth = run_of(instance, 10, key)
    launch(instance, fifth)
    ends_as(instance, fifth, dg.DagsterRunStatus.SUCCESS)
    with lake.connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(15,)]


def printed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bytes:
    (captured,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.LOGS_CAPTURED)
    assert captured.dagster_event is not None
    file = captured.dagster_event.logs_captured_data.file_key
    key = [run.run_id, "compute_logs", file]
    assert instance.compute_log_manager.is_capture_complete(key)
    return instance.compute_log_manager.get_log_data(key).stderr or b""


def takes_again(warm: Settings) -> bool:
    try:
        return not ask(dagster_home.warm_socket(warm), "status", "nobody")
    except WarmProcessError:
        return False
