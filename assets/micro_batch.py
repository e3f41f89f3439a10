"""A micro-batch: the path of a day over a narrow window, on one connection, in two commits.

The same SQL, detectors and joins as the daily assets. dbt stays out of it: its compiled models run
in their order, and those of a grain that closes no cell in the window are left out, for they would
write nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.alerts import changes_of, keep
from assets.detector import detectors, duration
from assets.judging import Judgement, judgement_of, stamps_of
from assets.judging import keep as keep_judgement
from assets.landing.schema import COLUMNS_KEY
from assets.models import score_window
from assets.reopening import closed_until, note
from assets.revisions import Changes
from assets.transform import (
    hooks,
    models,
    prepare,
    replace,
    replace_window,
    set_window,
)
from orchestration import tags
from orchestration.lake import Lake
from orchestration.tables import WINDOWS
from orchestration.window import Window

# a day's coverage is read from all of its cells so far: not in every window
COVERAGE_GRID = timedelta(minutes=5)
SCORES_GRID = timedelta(minutes=5)
SMALL = timedelta(seconds=30)
# what a day's report reads, and no detector
BY_DAY = "marts"
# the objects themselves, which every format's staging view reads
LANDED = "base_trades"


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


@contextmanager
def connected(lake: Lake) -> Iterator[DuckDBPyConnection]:
    """A connection that micro-batches can share, one after another."""
    in_memory = [model for model in models(lake.settings.root) if model.database == "memory"]
    with lake.connect(read_only=False) as connection:
        prepare(connection, in_memory)
        for model in in_memory:
            # the others depend on the window
            if model.materialized == "seed":
                replace(connection, model)
        yield connection


def run_window(
    lake: Lake,
    connection: DuckDBPyConnection,
    window: Window,
    objects: Sequence[str],
    commit_info: dict[str, str],
) -> MicroBatch:
    """Normalise, measure and judge a window of landed objects.

    Parameters
    ----------
    objects
        Keys of the objects that may hold trades of the window; those that the ledger knows of are
        added. Running a window again, with the same objects or more, replaces what it said.
    """
    with lake.lock():
        # two threads spend much of a small batch's time on waiting for each other
        threads = 1 if window.end_at - window.start_at < SMALL else lake.settings.threads
        connection.execute(f"set threads = {threads}")
        is_new = begins_after_all(connection, window)
        known = [] if is_new else known_objects(connection, window)
        read = sorted({*objects, *known})
        touched, row_counts = _state_facts(
            lake, connection, window, read, commit_info, is_new=is_new
        )
        judgements, changes, scored = _judge(lake, connection, touched, commit_info, is_new=is_new)
    return MicroBatch(window, touched, read, row_counts, judgements, changes, scored)


def begins_after_all(connection: DuckDBPyConnection, window: Window) -> bool:
    """Whether no run has begun to write of this window or a later one: nothing to replace."""
    latest = connection.execute(f"select max(window_end_at) from lake.{WINDOWS.name}").fetchall()
    return latest[0][0] is None or latest[0][0] <= window.start_at


def known_objects(connection: DuckDBPyConnection, window: Window) -> list[str]:
    """The objects of the ledger that hold trades of the window."""
    rows = connection.execute(
        "select distinct object from lake.ops.landed_objects "
        "where dataset = 'trades' and least_traded_at < ? and greatest_traded_at >= ?",
        [window.end_at, window.start_at],
    ).fetchall()
    return [key for (key,) in rows]


def _state_facts(
    lake: Lake,
    connection: DuckDBPyConnection,
    window: Window,
    objects: Sequence[str],
    commit_info: dict[str, str],
    *,
    is_new: bool,
) -> tuple[Window, dict[str, int]]:
    """Replace trades and features in one commit; give the window that they reach to."""
    due = [model for model in models(lake.settings.root) if model.folder != BY_DAY]
    paths = [lake.objects.path(key) for key in (COLUMNS_KEY, *objects)]
    set_window(connection, window, paths)
    # DuckDB writes one database a transaction: the intermediate tables come before
    for model in due:
        if model.database == "memory" and model.materialized != "seed":
            # a view is read several times: a small batch is cheaper stored
            stored = model.folder == "intermediate" or model.name == LANDED
            replace(connection, model, stored=stored)
    windowed = [model for model in due if model.materialized == "window"]
    statements = hooks(lake.settings.root)

    def work(connection: DuckDBPyConnection) -> tuple[Window, dict[str, int]]:
        nonlocal is_new
        # variables outlive a commit that was lost, of which this is the replay
        set_window(connection, window, paths)
        connection.execute(statements["forget_timeless_rows"])
        counts = {
            model.table.name: replace_window(connection, model, is_new=is_new)
            for model in windowed
            if model.folder != "features"
        }
        connection.execute(statements["record_landed_objects"])
        note(connection, window)
        # behind the last window of all there is none that looks back on it
        touched = window if is_new else Window(window.start_at, closed_until(connection, window))
        set_window(connection, touched, paths)
        for model in windowed:
            if model.folder == "features" and touched.closes_a_cell(duration(model.grain or "")):
                counts[model.table.name] = replace_window(connection, model, is_new=is_new)
        # only the answer to the commit may be lost: a replay has something to replace
        is_new = False
        return touched, counts

    return lake.commit(connection, work, message=tags.WINDOW_COMMIT, commit_info=commit_info)


def _judge(
    lake: Lake,
    connection: DuckDBPyConnection,
    window: Window,
    commit_info: dict[str, str],
    *,
    is_new: bool,
) -> tuple[dict[str, Judgement], list[Changes], int | None]:
    """Let the detectors that have a cell to judge judge it, and join alerts again."""
    scored = None
    if window.closes_a_cell(SCORES_GRID):
        scored = lake.commit(
            connection,
            lambda connection: score_window(connection, window, lake.objects),
            message="anomaly scores",
            commit_info=commit_info,
        )
    stamps = stamps_of(lake.snapshot_id(connection), commit_info)
    day_so_far = Window(Window.of_day(window.days[0]).start_at, window.end_at)
    covering = day_so_far if window.closes_a_cell(COVERAGE_GRID) else None
    # outside of a transaction, which a detector's error would end; the lock keeps the snapshot
    judgements = {
        detector: judgement_of(connection, detector, window, stamps, covering=covering)
        for detector in detectors()
        if window.closes_a_cell(detector.grid)
    }
    stood = Counter[str]() if is_new else _hit_counts(connection, window)

    def work(connection: DuckDBPyConnection) -> list[Changes]:
        changes: list[Changes] = []
        for detector, said in judgements.items():
            keep_judgement(connection, detector, window, said)
            if said.hits or stood[detector.name]:
                snapshot_id = stamps.input_snapshot_id or 0
                changes.append(changes_of(connection, detector, window, commit_info, snapshot_id))
        if any(change.rows for change in changes):
            keep(connection, changes)
        return changes

    changes: list[Changes] = []
    if any(said.hits or said.runs is not None or stood[d.name] for d, said in judgements.items()):
        changes = lake.commit(
            connection, work, message="judge micro-batch", commit_info=commit_info
        )
    return {detector.name: said for detector, said in judgements.items()}, changes, scored


def _hit_counts(connection: DuckDBPyConnection, window: Window) -> Counter[str]:
    """How many hits of each detector stood in the window before."""
    rows = connection.execute(
        "select detector, count(*) from lake.alerts.hits "
        "where cell_end_at > ? and cell_end_at <= ? group by detector",
        [window.start_at, window.end_at],
    ).fetchall()
    return Counter(dict(rows))
