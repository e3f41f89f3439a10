"""A micro-batch: the path of a day over a narrow window, on one connection, in two commits.

The same SQL, detectors and joins as the daily assets. dbt stays out of it: its compiled models run
in their order, and those of a grain that closes no cell in the window are left out, for they would
write nothing.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.revisions import Changes
from assets.alerts.tables import ALERTS
from assets.detection.judging import Judgement
from assets.detection.tables import HITS
from assets.lake.lake import Lake, one_thread
from assets.lake.writers import APPEND, REPLACE, Writer, replacing_on_replay
from assets.landing.schema import COLUMNS_KEY
from assets.market.window import Window
from assets.stream import tags
from assets.stream.judging import judge_batch
from assets.stream.recent_rows import (
    HELD,
    Recent,
    forget_trades,
    hold,
    is_current,
    is_held,
    let_go,
    over_recent,
    trimmed,
)
from assets.stream.unchanged_tables import Standing, stand
from assets.transform.build import clear_window, insert_window, prepare, replace, set_window
from assets.transform.compiled_models import Model, hooks, models
from assets.transform.late_data import closed_until, latest_end, note
from assets.transform.ledger import (
    has_timeless_rows,
    known_objects,
    objects_of_window,
    open_objects,
    record,
)

SMALL = timedelta(seconds=30)
# windows behind all others before what they look back on is held
IN_ORDER = 2
# more than a small window needs
KEPT_MEMORY = "256MB"
# what a day's report reads, and no detector
BY_DAY = "marts"


@dataclass(frozen=True)
class MicroBatch:
    """What a window brought: rows by table, what each detector said, how alerts changed."""

    window: Window
    touched: Window
    """The window and the later ones that look back on it."""
    objects: Sequence[str]
    row_counts: dict[str, int]
    judgements: dict[str, Judgement]
    changes: Sequence[Changes]
    scored: int | None
    """Cells that the model judged; None where none closed."""

    @property
    def failed(self) -> list[str]:
        """The detectors that could not judge."""
        return [name for name, said in self.judgements.items() if said.error is not None]


@dataclass
class Stream:
    """Windows one after another on one connection; what the last ones wrote is held in memory."""

    lake: Lake
    connection: DuckDBPyConnection
    standing: Standing = field(default_factory=Standing)
    in_order: int = 0
    """How many of the last windows came behind all others."""
    recent: Recent | None = None
    """None: nothing is held, or it is not what the lake holds."""


@contextmanager
def connected(lake: Lake) -> Iterator[Stream]:
    """A stream of windows with a connection of its own."""
    in_memory = [model for model in models(lake.settings.root) if model.database == "memory"]
    with lake.connect(read_only=False) as connection:
        # what the system takes back between two windows it gives again page by page
        connection.execute(f"set block_allocator_memory = '{KEPT_MEMORY}'")
        prepare(connection, in_memory)
        for model in in_memory:
            # the others depend on the window
            if model.materialized == "seed":
                replace(connection, model)
        yield Stream(lake, connection)


def run_window(
    stream: Stream, window: Window, objects: Sequence[str], commit_info: dict[str, str]
) -> MicroBatch:
    """Normalise, measure and judge a window of landed objects.

    Parameters
    ----------
    objects
        Keys of the objects that may hold trades of the window; those that the ledger knows of are
        added. Running a window again, with the same objects or more, replaces what it said.
    """
    lake, connection = stream.lake, stream.connection
    with lake.lock():
        if is_small(window):
            one_thread(connection)
        else:
            connection.execute(f"set threads = {lake.settings.threads}")
        recent, writer = _place(stream, window)
        # until the window has ended well, what is held may be half of it
        stream.recent = None
        read = sorted({*objects, *known_objects(connection, window, writer)})
        touched, row_counts = _state_facts(stream, window, read, commit_info, writer, recent)
        judgements, changes, scored = judge_batch(
            lake, connection, touched, commit_info, writer, recent
        )
        stream.in_order = stream.in_order + 1 if writer is APPEND else 0
        if recent is not None:
            forget_trades(connection)
            stream.recent = trimmed(
                connection,
                dataclasses.replace(
                    recent,
                    snapshot_id=lake.snapshot_id(connection),
                    end_at=window.end_at,
                    objects={**recent.objects, **objects_of_window(connection)},
                ),
            )
    return MicroBatch(window, touched, read, row_counts, judgements, changes, scored)


def is_small(window: Window) -> bool:
    """Whether a window is one of a stream that keeps up: few rows, and another soon."""
    return window.end_at - window.start_at < SMALL


def _place(stream: Stream, window: Window) -> tuple[Recent | None, Writer]:
    """What is held of the windows before, and the writer: behind them all this one is appended.

    Then no run has begun to write of this window or a later one: there is nothing to replace.
    Only then is anything held, and only of small windows: a process that runs one alone, a feed out
    of order or a platform that catches up would read and keep more than it spares.
    """
    lake, connection, recent = stream.lake, stream.connection, stream.recent
    if recent is not None:
        if (
            is_small(window)
            and recent.end_at == window.start_at
            and is_current(lake, connection, recent)
        ):
            return recent, APPEND
        let_go(connection)
    latest = latest_end(connection)
    # behind a gap it is new, but what is held must be what came right before
    if latest != window.start_at or not is_small(window) or stream.in_order < IN_ORDER:
        return None, APPEND if latest is None or latest <= window.start_at else REPLACE
    written = [model.table for model in models(lake.settings.root) if model.window_column]
    tables = [*written, HITS, ALERTS]
    objects = open_objects(connection, window.start_at)
    recent = hold(connection, tables, lake.snapshot_id(connection), window.start_at, objects)
    return recent, APPEND


def _state_facts(
    stream: Stream,
    window: Window,
    objects: Sequence[str],
    commit_info: dict[str, str],
    writer: Writer,
    recent: Recent | None,
) -> tuple[Window, dict[str, int]]:
    """Write trades and features in one commit; give the window that they reach to."""
    lake, connection = stream.lake, stream.connection
    due = [model for model in models(lake.settings.root) if model.folder != BY_DAY]
    paths = [lake.objects.path(key) for key in (COLUMNS_KEY, *objects)]
    set_window(connection, window, paths)
    # DuckDB writes one database a transaction: the intermediate tables come before
    stand(connection, due, stream.standing, objects)
    windowed = [model for model in due if model.materialized == "window"]
    held = [] if recent is None else [model for model in windowed if is_held(model.table.name)]
    _compute_held(connection, window, held)
    statements = hooks(lake.settings.root)

    def work(connection: DuckDBPyConnection, writer: Writer) -> tuple[Window, dict[str, int]]:
        # variables outlive a commit that was lost
        set_window(connection, window, paths)
        is_timeless = has_timeless_rows(connection)
        # such rows lie in no window: any window of their object replaces them
        of_timeless = REPLACE if is_timeless else writer
        of_timeless.clear(connection, statements["forget_timeless_rows"])

        def write(model: Model) -> int:
            clear_window(connection, model, writer)
            if stream.standing.is_empty(*model.rows_come_of):
                return 0
            return insert_window(connection, model, HELD if model in held else None)

        counts = {
            model.table.name: write(model) for model in windowed if model.folder != "features"
        }
        known = None if recent is None or is_timeless else recent.objects
        record(connection, statements, known, writer)
        note(connection, window, writer)
        touched = Window(window.start_at, closed_until(connection, window, writer=writer))
        if touched != window:
            set_window(connection, touched, paths)
        for model in windowed:
            is_due = model.begins_a_row_in if model in held else model.closes_a_cell_in
            if model.folder == "features" and is_due(touched):
                counts[model.table.name] = write(model)
        return touched, counts

    return lake.commit(
        connection,
        replacing_on_replay(writer, work),
        message=tags.WINDOW_COMMIT,
        commit_info=commit_info,
    )


def _compute_held(connection: DuckDBPyConnection, window: Window, held: Sequence[Model]) -> None:
    """Compute what is held of the window in memory, from what is held of the ones before."""
    if not held:
        return
    # one look at the catalog for all: they are bound to the lake's tables too
    connection.begin()
    try:
        for model in held:
            if model.begins_a_row_in(window):
                table = f"{HELD}.{model.table.name}"
                connection.execute(f"insert into {table} {over_recent(model.sql)}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
