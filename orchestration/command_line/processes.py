"""The platform's own processes over a stream, started and stopped together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from assets.lake.settings import PREFIX, Settings
from orchestration import dagster_home
from orchestration.report_server import own_port

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(sys.executable).parent
STOP_SECONDS = 30.0
LOG_LINES = 20


class ProcessError(Exception):
    """A process of the platform has ended by itself; the message has its name and last lines."""


class Processes:
    """Child processes by name; each logs into a folder, and all end with the `with` block."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = {
            **os.environ,
            "PYTHONWARNINGS": dagster_home.QUIET_WARNINGS,
            **environment,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start an installed program of this environment."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 (a program of this environment)
                [PROGRAMS / program, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # only this process receives the terminal's signal: it stops the others in order
                start_new_session=True,
            )
        return self._running[name]

    def check(self) -> None:
        """Raise ProcessError if one of them has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                lines = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()
                raise ProcessError(
                    f"{name} ended with {process.returncode}; the end of {self._logs / name}.log:\n"
                    + "\n".join(lines[-LOG_LINES:])
                )

    def cpu_seconds(self) -> float:
        """The CPU time of all processes, with their children."""
        # the parent's times include the children that have ended
        return self._sum(lambda one: sum(one.cpu_times()[:4]))

    def resident_gb(self) -> float:
        """The memory of all processes now; shared pages count for each."""
        return self._sum(lambda one: one.memory_info().rss) / 2**30

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float:
        total = 0.0
        for process in self._running.values():
            for one in [psutil.Process(process.pid), *_family(process)]:
                # the parent's times include a child that ends meanwhile
                with suppress(psutil.NoSuchProcess):
                    total += figure(one)
        return total

    def stop(self) -> None:
        """Terminate each, the last one started first; kill those that take longer than 30 s."""
        for process in reversed(self._running.values()):
            family = _family(process)
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for one in psutil.wait_procs(family, timeout=5)[1]:
                one.kill()
        self._running.clear()


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def start_stream(
    processes: Processes,
    settings: Settings,
    *,
    ui_port: int | None = None,
    desk_port: int | None = None,
) -> None:
    """Start the processes from topic to alerts: code server, warm process, daemon, lander.

    Those whom people look at, Dagster's UI with the reports and the desk, where they have a port.
    """
    dagster_home.prepare(settings)
    workspace = str(dagster_home.write_workspace(settings))
    chosen = commands(settings, workspace)
    if not settings.warm_runs:
        del chosen["warm"]
    if ui_port is not None:
        chosen["ui"] = ("dagster-webserver", "-w", workspace, "-p", str(ui_port))
        if (port := own_port(settings)) is not None:
            chosen["reports"] = ("tapewatch", "serve-reports", "--port", str(port))
    if desk_port is not None:
        chosen["desk"] = ("tapewatch", "serve", "--port", str(desk_port))
    for name, command in chosen.items():
        processes.start(name, *command)


def commands(settings: Settings, workspace: str) -> dict[str, tuple[str, ...]]:
    """The program and arguments of each process of a stream, in starting order."""
    return {
        "code": (
            "dagster", "api", "grpc", "-m", "orchestration.definitions", "-d", str(ROOT),
            "--location-name", dagster_home.LOCATION,
            "--socket", str(dagster_home.code_socket(settings)),
        ),
        "warm": ("tapewatch", "warm"),
        "daemon": ("dagster-daemon", "run", "-w", workspace),
        "land": ("tapewatch", "land"),
    }  # fmt: skip


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make another process read the same settings."""
    variables = {"DAGSTER_HOME": str(settings.dagster_home)}
    for name, value in settings.model_dump().items():
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        variables[f"{PREFIX}{name.upper()}"] = "" if plain is None else str(plain)
    return variables


def wait_until(processes: Processes, is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition; ProcessError if it is not met in time, or if a process ends."""
    deadline = time.monotonic() + seconds
    while not is_so():
        processes.check()
        if time.monotonic() > deadline:
            raise ProcessError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)
