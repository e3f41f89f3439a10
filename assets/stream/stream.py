"""A stream: windows one after another on one connection, each placed among those before it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.detection.detector import detectors
from assets.detection.query import prepared
from assets.lake.connection import one_thread
from assets.lake.lake import Lake
from assets.lake.writers import APPEND, REPLACE, Writer
from assets.market.window import Window
from assets.stream import named_trades
from assets.stream.in_memory import release
from assets.stream.recent_rows import RecentRows, clear_trades, is_current, load_recent, trim
from assets.stream.unchanged_tables import UnchangedTables
from assets.transform.build import prepare, replace
from assets.transform.compiled_models import models
from assets.transform.instruments import known_instruments
from assets.transform.late_data import latest_end
from assets.transform.ledger import objects_of_window, open_objects

SMALL = timedelta(seconds=30)
# windows behind all others before the rows that they look back on are loaded
IN_ORDER = 2
# more than a small window needs
RESERVED_MEMORY = "256MB"


@dataclass
class Stream:
    """Windows one after another on one connection; the rows of the last ones are in memory."""

    lake: Lake
    connection: DuckDBPyConnection
    instruments: str
    """Those that the user or a venue described when the stream began, for the models."""
    unchanged: UnchangedTables = field(default_factory=UnchangedTables)
    in_order: int = 0
    """How many of the last windows came behind all others."""
    recent: RecentRows | None = None
    """None: no rows are in memory, or they are not those of the lake."""


@contextmanager
def connected(lake: Lake) -> Iterator[Stream]:
    """A stream of windows with a connection of its own."""
    in_memory = [model for model in models(lake.settings.root) if model.database == "memory"]
    with lake.connect(read_only=False) as connection:
        # what the system takes back between two windows it gives again page by page
        connection.execute(f"set block_allocator_memory = '{RESERVED_MEMORY}'")
        prepare(connection, in_memory)
        for model in in_memory:
            # the others depend on the window
            if model.materialized == "seed":
                replace(connection, model)
        yield Stream(lake, connection, known_instruments(lake))


def is_small(window: Window) -> bool:
    """Whether a window is one of a stream that keeps up: few rows, and another soon."""
    return window.end_at - window.start_at < SMALL


def set_threads(stream: Stream, window: Window) -> None:
    """As many threads as the settings allow, or one for a small window."""
    if is_small(window):
        one_thread(stream.connection)
    else:
        stream.connection.execute(f"set threads = {stream.lake.settings.threads}")


def place(stream: Stream, window: Window) -> tuple[Writer, RecentRows | None]:
    """Choose the window's writer, and give the rows in memory that it may read.

    A window behind all others is appended: no run has begun to write of it or of a later one.
    """
    lake, connection, recent = stream.lake, stream.connection, stream.recent
    # until the window has ended well, the rows in memory may be half of it
    stream.recent = None
    if recent is not None:
        if (
            is_small(window)
            and recent.end_at == window.start_at
            and is_current(lake, connection, recent)
        ):
            return APPEND, recent
        release(connection)
    latest = latest_end(connection)
    # behind a gap it is appended too, but recent rows must be what came right before
    if latest != window.start_at or not is_small(window) or stream.in_order < IN_ORDER:
        return APPEND if latest is None or latest <= window.start_at else REPLACE, None
    every = models(lake.settings.root)
    recent = load_recent(
        connection,
        [model for model in every if model.window_column],
        next(model for model in every if model.name == named_trades.NAME),
        lake.snapshot_id(connection),
        window.start_at,
        open_objects(connection, window.start_at),
    )
    # all at once, and not in the window that closes five minutes and has most to do
    for detector in detectors():
        # one that fails does so again where it judges, which is recorded
        with suppress(Exception):
            prepared(connection, detector, window, recent)
    return APPEND, recent


def advance(stream: Stream, window: Window, writer: Writer, recent: RecentRows | None) -> None:
    """Note that a window has ended well; the rows in memory are now those up to its end."""
    connection = stream.connection
    stream.in_order = stream.in_order + 1 if writer is APPEND else 0
    if recent is not None:
        clear_trades(connection)
        stream.recent = trim(
            connection,
            dataclasses.replace(
                recent,
                snapshot_id=stream.lake.snapshot_id(connection),
                end_at=window.end_at,
                objects={**recent.objects, **objects_of_window(connection)},
            ),
        )
