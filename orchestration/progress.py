"""The run's progress on the console: one line a stage, as it starts and ends."""

import logging
import sys
from typing import Any

import dagster as dg

STARTED, ENDED, BROKE = "STEP_START", "STEP_SUCCESS", "STEP_FAILURE"


class ProgressHandler(logging.Handler):
    """Writes what a person waiting wants to know, and nothing else, to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        event: Any = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        name = (event.step_key or "").replace("__", "/")
        if event.event_type_value == STARTED:
            self._write(f"  {name} …")
        elif event.event_type_value == ENDED:
            seconds = event.event_specific_data.duration_ms / 1000
            self._write(f"  {name} {seconds:.1f} s")
        elif event.event_type_value == BROKE:
            self._write(f"  {name} FAILED")

    def _write(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


@dg.logger(description="One line a stage on standard error.")
def console_progress(_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("tapewatch.progress", level=logging.DEBUG)
    logger.addHandler(ProgressHandler())
    return logger
