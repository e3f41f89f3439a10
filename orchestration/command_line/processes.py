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

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(sys.executable).parent
STOP_SECONDS = 30.0
LOG_LINES = 20


class ProcessError(Exception):
    """A process of the platform has ended by itself; says which, and its last lines."""


class Processes:
    """Children by name; each writes its log into a folder, and all end with the `with` block."""

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
            self._running[name] = subprocess.Popen(
                [PROGRAMS / program, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # a signal from the terminal is for us: we stop them in their order
                start_new_session=True,
            )
        return self._running[name]

    def check(self) -> None:
        """Raise ProcessError if one of them has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                said = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()
                raise ProcessError(
                    f"{name} ended with {process.returncode}; the end of {self._logs / name}.log:\n"
                    + "\n".join(said[-LOG_LINES:])
                )

    def cpu_seconds(self) -> float:
        """What all of them have used, with the children that they have had."""
        # of children that have ended, the parent keeps the sum
        return self._sum(lambda one: sum(one.cpu_times()[:4]))

    def resident_gb(self) -> float:
        """What all of them hold in memory now, pages that they share counted for each."""
        return self._sum(lambda one: one.memory_info().rss) / 2**30

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float:
        total = 0.0
        for process in self._running.values():
            for one in [psutil.Process(process.pid), *_family(process)]:
                # one that ends meanwhile is counted with its parent
                with suppress(psutil.NoSuchProcess):
                    total += figure(one)
        return total

    def stop(self) -> None:
        """Ask each to end, the last one started first; kill what does not within half a minute."""
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


def start_stream(processes: Processes, settings: Settings, *, ui_port: int | None) -> None:
    """Start what turns a topic into alerts: code server, warm process, daemon, UI and lander."""
    dagster_home.prepare(settings)
    workspace = str(dagster_home.write_workspace(settings))
    chosen = commands(settings, workspace)
    if not settings.warm_runs:
        del chosen["warm"]
    if ui_port is not None:
        chosen["ui"] = ("dagster-webserver", "-w", workspace, "-p", str(ui_port))
    for name, command in chosen.items():
        processes.start(name, *command)


def commands(settings: Settings, workspace: str) -> dict[str, tuple[str, ...]]:
    """The program of each process of a stream, and its arguments, in the order of their start."""
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
    said = {"DAGSTER_HOME": str(settings.dagster_home)}
    for name, value in settings.model_dump().items():
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        said[f"{PREFIX}{name.upper()}"] = "" if plain is None else str(plain)
    return said


def wait_until(processes: Processes, is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something; ProcessError if it is not so in time, or if a process ends."""
    deadline = time.monotonic() + seconds
    while not is_so():
        processes.check()
        if time.monotonic() > deadline:
            raise ProcessError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)
