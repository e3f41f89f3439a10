"""The progress of landing files, as one bar per file on a terminal."""

from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

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
    """One progress bar per file on a terminal; no output elsewhere."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}", markup=False),
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
