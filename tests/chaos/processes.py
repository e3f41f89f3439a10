"""Real servers and the platform's processes, each of which a test may kill and start again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from assets.lake.settings import Settings
from orchestration import dagster_home
from orchestration.command_line.processes import commands
from tests.services import ROOT, SCRIPT, variables

PROGRAMS = Path(sys.executable).parent
SERVERS = ("kafka", "minio", "postgres")
# how often processes may end by themselves before that counts as a fault
MOST_ENDS = 3


class Servers:
    """Kafka, MinIO and PostgreSQL in a home of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environment = {**os.environ, "TAPEWATCH_HOME": str(home)}

    def up(self, *names: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, "up", *(names or SERVERS)],
            env=self._environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def down(self) -> None:
        subprocess.run([SCRIPT, "down"], env=self._environment, check=True)

    def variables(self) -> dict[str, str]:
        return variables(self.home / "services" / "env")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = psutil.Process(int((self.home / "services" / name / "pid").read_text()))
        process.send_signal(number)
        process.wait(30)


class Platform:
    """Landers, warm process and daemon over the servers, with logs below the home."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.logs, self.disk_is_full = home / "logs", home / "disk-is-full"
        self.logs.mkdir(parents=True)
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ended_by_themselves = 0
        usual = commands(settings, str(dagster_home.write_workspace(settings)))
        land = ("land", "--max-seconds", "0.5")
        self._commands = usual | {
            "land": ("python", "tests/chaos/full_disk.py", str(self.disk_is_full), *land),
            "second-land": ("tapewatch", *land),
        }

    def start(self, name: str) -> None:
        program, *arguments = self._commands[name]
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [PROGRAMS / program, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def has_partitions(self, lander: str) -> bool:
        """Whether a lander, started once, was assigned any partitions."""
        return re.search(r"assigned \{\d", (self.logs / f"{lander}.log").read_text()) is not None

    def kill(self, name: str) -> None:
        """SIGKILL a process; of the warm one, the worker that executes runs."""
        process = self.running[name]
        if name == "warm":
            for worker in psutil.Process(process.pid).children():
                worker.kill()
            return
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        assert process.wait(60) == 0

    def supervise(self) -> None:
        """Start again what has ended by itself, as a cluster would, and fail if that goes on.

        A lander that starts while the store is away ends, and says so.
        """
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.ended_by_themselves += 1
                log = (self.logs / f"{name}.log").read_text()
                assert self.ended_by_themselves <= MOST_ENDS, f"{name} ended:\n{log[-3000:]}"
                self.start(name)

    def end(self) -> None:
        for process in self.running.values():
            family = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.wait()
            for one in family:
                one.kill()


def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.5)
