"""The run's progress on the console: a bar while files land, then one line per stage."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import dagster as dg

STARTED, ENDED, BROKE = "STEP_START", "STEP_SUCCESS", "STEP_FAILURE"
# such a step writes a line for each of its stages itself
STAGED = "watch_days"
REMIND_SECONDS = 30.0


class Reminder:
    """Writes every half minute that a step still runs, and for how long."""

    def __init__(self, name: str) -> None:
        self._name, self._ended, self._began = name, Event(), time.perf_counter()
        Thread(target=self._remind, daemon=True).start()

    def _remind(self) -> None:
        while not self._ended.wait(REMIND_SECONDS):
            _write(f"  {self._name} is running, {time.perf_counter() - self._began:.0f} s so far")

    def stop(self) -> None:
        self._ended.set()


class ProgressHandler(logging.Handler):
    """Writes each finished step to standard error, and of a long one that it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._cpu_at_start = 0.0
        self._reminder: Reminder | None = None

    def emit(self, record: logging.LogRecord) -> None:
        event: Any = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None or event.step_key == STAGED:
            return
        name = (event.step_key or "").replace("__", "/")
        if event.event_type_value in {ENDED, BROKE} and self._reminder is not None:
            self._reminder.stop()
        if event.event_type_value == STARTED:
            # steps run one after another in this process, so its CPU time is the step's
            self._cpu_at_start = time.process_time()
            self._reminder = Reminder(name)
        elif event.event_type_value == ENDED:
            seconds = event.event_specific_data.duration_ms / 1000
            _write_end(name, seconds, time.process_time() - self._cpu_at_start)
        elif event.event_type_value == BROKE:
            _write_failure(name)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Write the end of a stage that is a part of a step."""
    began, cpu_at_start = time.perf_counter(), time.process_time()
    reminder = Reminder(name)
    try:
        yield
    except Exception:
        _write_failure(name)
        raise
    finally:
        reminder.stop()
    _write_end(name, time.perf_counter() - began, time.process_time() - cpu_at_start)


def _write_end(name: str, seconds: float, cpu_seconds: float) -> None:
    _write(f"  {name} {seconds:.1f} s, {cpu_seconds:.1f} CPU s")


def _write_failure(name: str) -> None:
    _write(f"  {name} FAILED")


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def progress_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """A logger that passes every event of a run to the console."""
    logger = logging.Logger("tapewatch.progress", level=logging.DEBUG)
    logger.addHandler(ProgressHandler())
    return logger


console_progress = dg.LoggerDefinition(
    progress_logger, description="One line per stage on standard error."
)
