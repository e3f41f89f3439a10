"""The run's progress on the console: a bar while files land, then one line per stage."""

import logging
import sys
import time
from typing import Any

import dagster as dg

STARTED, ENDED, BROKE = "STEP_START", "STEP_SUCCESS", "STEP_FAILURE"


class ProgressHandler(logging.Handler):
    """Writes each finished step to standard error, and nothing else."""

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
    progress_logger, description="One line per stage on standard error."
)
