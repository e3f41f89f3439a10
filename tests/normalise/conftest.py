"""Tiny files landed and normalised: by the compiled SQL in memory, or by dbt on a lake."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.files.importer import land_file
from assets.landing.reader import objects_for_days, objects_without_day
from assets.landing.schema import COLUMNS_KEY
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

FOLDERS = ("seeds", "staging", "intermediate", "core", "quarantine", "labels", "ops")
NOW = datetime(2026, 1, 1)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which dbt has compiled the project once for all tests here."""
    root = tmp_path_factory.mktemp("compiled")
    models(root)
    return root


class Stage:
    """A store to land in, and a database in memory to normalise in."""

    def __init__(self, folder: Path, root: Path, connection: DuckDBPyConnection) -> None:
        self.folder = folder
        self.root = root
        self.store = LocalObjectStore(folder / "objects")
        self.connection = connection
        self.instruments = "[]"
        self.chosen = [model for model in models(root) if model.folder in FOLDERS]
        put_columns(self.store, folder)

    def land(self, name: str, lines: Sequence[str], **options: Any) -> list[str]:
        """Land a file with these lines; the keys of its objects."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return list(land_file(path, self.store, now=NOW, **options).objects)

    def normalise(self, first: str, last: str | None = None) -> None:
        """Normalise from a day or instant to another (by default one day), from all that landed."""
        start = datetime.fromisoformat(first)
        window = (
            Window(start, datetime.fromisoformat(last)) if last else Window.of_day(start.date())
        )
        keys = [
            COLUMNS_KEY,
            *objects_for_days(self.store, "trades", window.days),
            *objects_without_day(self.store, "trades"),
        ]
        paths = [self.store.path(key) for key in keys]
        compute(self.connection, window, self.chosen, paths, self.instruments)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.sql(query).fetchall()

    def counts(self) -> tuple[int, int, int]:
        """Rows in core, dropped and quarantined."""
        return self.rows(
            "select (select count(*) from lake.core.trades), "
            "(select count(*) from lake.ops.dropped_trades), "
            "(select count(*) from lake.quarantine.trades)"
        )[0]


@pytest.fixture
def stages(tmp_path: Path, compiled: Path) -> Iterator[Callable[[int], list[Stage]]]:
    """Some stages that share nothing."""
    with ExitStack() as stack:

        def opened(count: int) -> list[Stage]:
            folders = [tmp_path / str(n) for n in range(count)]
            for folder in folders:
                folder.mkdir()
            return [
                Stage(folder, compiled, stack.enter_context(scratch_lake(compiled)))
                for folder in folders
            ]

        yield opened


@pytest.fixture
def stage(stages: Callable[[int], list[Stage]]) -> Stage:
    return stages(1)[0]
