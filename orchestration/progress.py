"""The run's progress on the console: a bar while files land, then one line a stage."""

import logging
import sys
import time
from typing import Any, Protocol, Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

STARTED, ENDED, BROKE = "STEP_START", "STEP_SUCCESS", "STEP_FAILURE"
console = Console(stderr=True)


class FileProgress(Protocol):
    """How far the import of one file has come."""

    @property
    def file(self) -> str: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def bytes_total(self) -> int: ...
    @property
    def rows(self) -> int: ...


class LandingBar:
    """A progress bar a file on a terminal; silent elsewhere."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, made: FileProgress) -> None:
        if made.file not in self._tasks:
            self._tasks[made.file] = self._progress.add_task(
                made.file, total=made.bytes_total, rows=0
            )
        self._progress.update(self._tasks[made.file], completed=made.bytes_read, rows=made.rows)


class ProgressHandler(logging.Handler):
    """Writes what a person waiting wants to know, and nothing else, to standard error."""

    def __init__(self) -> None:
        super().__init__()
        self._cpu_at_start = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        event: Any = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        name = (event.step_key or "").replace("__", "/")
        if event.event_type_value == STARTED:
            # steps run one after another in this process, so its CPU time is the step's
            self._cpu_at_start = time.process_time()
        elif event.event_type_value == ENDED:
            seconds = event.event_specific_data.duration_ms / 1000
            cpu = time.process_time() - self._cpu_at_start
            self._write(f"  {name} {seconds:.1f} s, {cpu:.1f} CPU s")
        elif event.event_type_value == BROKE:
            self._write(f"  {name} FAILED")

    def _write(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def progress_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """A logger that passes every event of a run to the console."""
    logger = logging.Logger("tapewatch.progress", level=logging.DEBUG)
    logger.addHandler(ProgressHandler())
    return logger


console_progress = dg.LoggerDefinition(
    progress_logger, description="One line a stage on standard error."
)
