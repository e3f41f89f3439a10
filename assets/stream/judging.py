"""The judging half of a micro-batch: closed cells are scored and judged, alerts joined again."""

from collections import Counter
from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.current import Market, changes_of, keep, replace_current
from assets.alerts.revisions import Changes
from assets.anomaly.scoring import score_window
from assets.detection.detector import detectors
from assets.detection.judging import Judgement, judgement_of, stamps_of
from assets.detection.judging import keep as keep_judgement
from assets.detection.tables import HITS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.source import Source, in_lake
from assets.market.window import Window
from assets.stream.recent_rows import HELD, Recent

# a day's coverage is read from all of its cells so far: not in every window
COVERAGE_GRID = timedelta(minutes=5)
SCORES_GRID = timedelta(minutes=5)


def judge_batch(
    lake: Lake,
    connection: DuckDBPyConnection,
    window: Window,
    commit_info: dict[str, str],
    *,
    recent: Recent | None,
    is_new: bool,
) -> tuple[dict[str, Judgement], list[Changes], int | None]:
    """Let the detectors that have a cell to judge judge it, and join alerts again.

    Gives what each detector said, how alerts changed, and how many cells the model judged.
    """
    scored = None
    if window.closes_a_cell(SCORES_GRID):
        scored = lake.commit(
            connection,
            lambda connection: score_window(connection, window, lake.objects),
            message="anomaly scores",
            commit_info=commit_info,
        )
    snapshot_id = lake.snapshot_id(connection)
    stamps = stamps_of(snapshot_id, commit_info)
    day_so_far = Window(Window.of_day(window.days[0]).start_at, window.end_at)
    covering = day_so_far if window.closes_a_cell(COVERAGE_GRID) else None
    # outside of a transaction, which a detector's error would end; the lock keeps the snapshot
    judgements = {
        detector: judgement_of(
            connection, detector, window, stamps, covering=covering, source=recent or in_lake
        )
        for detector in detectors()
        if window.closes_a_cell(detector.grid)
    }
    stood = Counter[str]() if is_new else _hit_counts(connection, window)
    hitting = [
        detector for detector, said in judgements.items() if said.hits or stood[detector.name]
    ]

    def changes_by(connection: DuckDBPyConnection, source: Source) -> list[Changes]:
        return [
            changes_of(
                connection,
                detector,
                window,
                commit_info,
                snapshot_id,
                source,
                markets=_markets(judgements[detector]) if is_new else None,
            )
            for detector in hitting
        ]

    held_changes: list[Changes] | None = None
    if recent is not None:
        hits = [hit for said in judgements.values() for hit in said.hits]
        insert_rows(connection, HITS.name, hits, HELD)
        held_changes = changes_by(connection, recent)
        replace_current(connection, held_changes, HELD, is_new=True)

    def work(connection: DuckDBPyConnection) -> list[Changes]:
        nonlocal held_changes, is_new
        for detector, said in judgements.items():
            keep_judgement(connection, detector, window, said, is_new=is_new)
        changes = changes_by(connection, in_lake) if held_changes is None else held_changes
        keep(connection, changes, is_new=is_new)
        # a replay may find its own rows
        held_changes, is_new = None, False
        return changes

    changes: list[Changes] = []
    if hitting or any(said.runs is not None for said in judgements.values()):
        changes = lake.commit(
            connection, work, message="judge micro-batch", commit_info=commit_info
        )
    return {detector.name: said for detector, said in judgements.items()}, changes, scored


def _markets(said: Judgement) -> set[Market]:
    return {(hit.venue, hit.symbol) for hit in said.hits}


def _hit_counts(connection: DuckDBPyConnection, window: Window) -> Counter[str]:
    """How many hits of each detector stood in the window before."""
    rows = connection.execute(
        "select detector, count(*) from lake.alerts.hits "
        "where cell_end_at > ? and cell_end_at <= ? group by detector",
        [window.start_at, window.end_at],
    ).fetchall()
    return Counter(dict(rows))
