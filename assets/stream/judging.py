"""The judging half of a micro-batch: closed cells are scored and judged, alerts joined again."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.current import Market, changes_of, replace_current, save_changes
from assets.alerts.current_incidents import incident_changes, span_of
from assets.alerts.episodes import Alert
from assets.alerts.incidents import Incident
from assets.alerts.revisions import Changes
from assets.alerts.tables import ALERT_ROWS, INCIDENT_ROWS
from assets.anomaly.scoring import score_window
from assets.clusters.finding import cluster_window
from assets.detection.detector import Detector, detectors
from assets.detection.judging import Judgement, judgement_of, save_judgements, stamps_of
from assets.detection.tables import HITS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.source import Source, in_lake
from assets.lake.writers import APPEND, Writer, replacing_on_replay
from assets.market.window import ONE_DAY, Window
from assets.stream.in_memory import IN_MEMORY
from assets.stream.recent_rows import RecentRows

# a day's coverage is read from all of its cells so far: not in every window
COVERAGE_GRID = timedelta(minutes=5)
SCORES_GRID = timedelta(minutes=5)


@dataclass(frozen=True)
class Judged:
    """Each detector's judgement by name, and how alerts and incidents changed."""

    judgements: dict[str, Judgement]
    alerts: list[Changes[Alert]]
    incidents: Changes[Incident]
    scored: int | None
    """Cells that the model judged; None where none closed."""


def judge_batch(
    lake: Lake,
    connection: DuckDBPyConnection,
    window: Window,
    commit_info: dict[str, str],
    writer: Writer,
    recent: RecentRows | None,
) -> Judged:
    """Let the detectors that have a cell to judge judge it, and join alerts and incidents again."""
    scored = None
    if window.closes_a_cell(SCORES_GRID):
        scored = lake.commit(
            connection,
            lambda connection: score_window(connection, window, lake.objects),
            message="anomaly scores",
            commit_info=commit_info,
        )
    if window.closes_a_cell(ONE_DAY):
        lake.commit(
            connection,
            lambda connection: cluster_window(connection, window),
            message="closed clusters",
            commit_info=commit_info,
        )
    snapshot_id = lake.snapshot_id(connection)
    judgements = _judgements(connection, window, snapshot_id, commit_info, source=recent or in_lake)
    changed = _changed_markets(connection, window, judgements, writer)

    stamps = stamps_of(snapshot_id, commit_info)

    def changes_by(connection: DuckDBPyConnection, source: Source) -> list[Changes[Alert]]:
        return [
            changes_of(
                connection, detector, window, commit_info, snapshot_id, source, markets=markets
            )
            for detector, markets in changed.items()
        ]

    def incidents_by(
        connection: DuckDBPyConnection, changes: list[Changes[Alert]], source: Source
    ) -> Changes[Incident]:
        span = span_of(changes)
        return Changes() if span is None else incident_changes(connection, span, stamps, source)

    found: tuple[list[Changes[Alert]], Changes[Incident]] | None = None
    if recent is not None:
        hits = [hit for judgement in judgements.values() for hit in judgement.hits]
        insert_rows(connection, HITS.name, hits, IN_MEMORY)
        changes = changes_by(connection, recent)
        replace_current(connection, ALERT_ROWS, changes, APPEND, IN_MEMORY)
        found = changes, incidents_by(connection, changes, recent)

    def work(
        connection: DuckDBPyConnection, writer: Writer
    ) -> tuple[list[Changes[Alert]], Changes[Incident]]:
        save_judgements(connection, judgements, window, writer)
        changes = changes_by(connection, in_lake) if found is None else found[0]
        save_changes(connection, ALERT_ROWS, changes, writer)
        incidents = incidents_by(connection, changes, in_lake) if found is None else found[1]
        save_changes(connection, INCIDENT_ROWS, [incidents], writer)
        return changes, incidents

    alerts, incidents = list[Changes[Alert]](), Changes[Incident]()
    if changed or any(judgement.runs is not None for judgement in judgements.values()):
        alerts, incidents = lake.commit(
            connection,
            replacing_on_replay(writer, work),
            message="judge micro-batch",
            commit_info=commit_info,
        )
    by_name = {detector.name: judgement for detector, judgement in judgements.items()}
    return Judged(by_name, alerts, incidents, scored)


def _judgements(
    connection: DuckDBPyConnection,
    window: Window,
    snapshot_id: int,
    commit_info: dict[str, str],
    *,
    source: Source,
) -> dict[Detector, Judgement]:
    """The judgement of each detector that has a cell to judge.

    Outside of a transaction, which a detector's error would end; the lock keeps the snapshot.
    """
    stamps = stamps_of(snapshot_id, commit_info)
    day_so_far = Window(Window.of_day(window.days[0]).start_at, window.end_at)
    covering = day_so_far if window.closes_a_cell(COVERAGE_GRID) else None
    return {
        detector: judgement_of(
            connection, detector, window, stamps, covering=covering, source=source
        )
        for detector in detectors()
        if window.closes_a_cell(detector.grid)
    }


def _changed_markets(
    connection: DuckDBPyConnection,
    window: Window,
    judgements: dict[Detector, Judgement],
    writer: Writer,
) -> dict[Detector, set[Market]]:
    """The markets that have hits in the window, now or before, of each detector that has any."""
    before: dict[str, set[Market]] = defaultdict(set)
    rows = writer.existing(
        connection,
        f"select distinct detector, venue, symbol from lake.{HITS.name} "
        "where cell_end_at > ? and cell_end_at <= ?",
        [window.start_at, window.end_at],
    )
    for detector, venue, symbol in rows:
        before[detector].add((venue, symbol))
    markets = {
        detector: before[detector.name] | {(hit.venue, hit.symbol) for hit in judgement.hits}
        for detector, judgement in judgements.items()
    }
    return {detector: found for detector, found in markets.items() if found}
