"""The alerts that stand: read around a window, joined again from its hits, and replaced."""

from collections.abc import Collection, Sequence
from dataclasses import fields

from duckdb import DuckDBPyConnection

from assets.alerts.episodes import Alert
from assets.alerts.revisions import Changes, Row, load_settled, rejoin
from assets.alerts.tables import ALERTS, REVISIONS
from assets.detection.detector import Detector
from assets.detection.hits import Hit
from assets.detection.judging import stamps_of
from assets.detection.tables import HITS
from assets.lake.insert import insert_rows
from assets.lake.lake import ALIAS, Lake, one_thread
from assets.lake.source import Source, in_lake
from assets.market.window import Window

Market = tuple[str, str]
"""Venue and symbol."""

# where each lies, and when it begins
STORED = {Hit: (HITS, "cell_start_at"), Alert: (ALERTS, "first_hit_start_at")}


def join_again(
    lake: Lake, chosen: Sequence[Detector], window: Window, info: dict[str, str]
) -> list[Changes]:
    """Join the hits around a changed window into alerts; write what changed, in one commit."""

    def read(connection: DuckDBPyConnection) -> list[Changes]:
        one_thread(connection)
        snapshot_id = lake.snapshot_id(connection)
        return [changes_of(connection, detector, window, info, snapshot_id) for detector in chosen]

    return lake.revise(read, keep, tables=(ALERTS, REVISIONS), message="alerts", commit_info=info)


def changes_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    info: dict[str, str],
    snapshot_id: int,
    source: Source = in_lake,
    *,
    markets: Collection[Market] | None = None,
) -> Changes:
    """What one detector's hits around a window change in its alerts.

    Alerts of one market depend on its hits alone: where none of a window's hits has been replaced,
    only the `markets` that have new ones need be looked at.
    """

    def load(stretch: Window) -> list[Hit]:
        return _rows_of(connection, Hit, detector, stretch, source, markets)

    stretch, found = load_settled(load, window, detector.reach)
    # what the newest of the hits was judged on, so that the alert can be derived from it
    newest = max((hit.input_snapshot_id or 0 for hit in found), default=snapshot_id)
    stamps = stamps_of(newest, info)
    current = _rows_of(connection, Alert, detector, stretch, source, markets)
    return rejoin(found, current, window, detector, stamps)


def keep(
    connection: DuckDBPyConnection, changes: Sequence[Changes], *, is_new: bool = False
) -> None:
    """Replace the current rows of the changed alerts, and add them to the revisions.

    It may be the replay of a commit of which only the answer was lost, unless it `is_new`.
    """
    replace_current(connection, changes, is_new=is_new)
    rows = [alert for change in changes for alert in change.rows]
    if rows and not is_new:
        found = connection.execute(
            f"select alert_id, revision from lake.{REVISIONS.name} "
            "where alert_id in (select unnest(?))",
            [[row.alert_id for row in rows]],
        ).fetchall()
        said = set(found)
        rows = [row for row in rows if (row.alert_id, row.revision) not in said]
    insert_rows(connection, REVISIONS.name, rows)


def replace_current(
    connection: DuckDBPyConnection,
    changes: Sequence[Changes],
    database: str = ALIAS,
    *,
    is_new: bool = False,
) -> None:
    """Replace the current rows of the changed alerts; one that was opened has none if it is new."""
    alerts = [alert for change in changes for alert in change.rows]
    # a replay may find its own rows, where the time of detection is another
    stood, known_by = alerts, "first_hit_start_at"
    if is_new:
        stood, known_by = [alert for change in changes for alert in change.replaced], "detected_at"
    if stood:
        # by id alone the lake would open every file
        times = [getattr(alert, known_by) for alert in stood]
        connection.execute(
            f"delete from {database}.{ALERTS.name} where alert_id in (select unnest(?)) "
            f"and {known_by} between ? and ?",
            [[alert.alert_id for alert in stood], min(times), max(times)],
        )
    insert_rows(connection, ALERTS.name, alerts, database)


def _rows_of(
    connection: DuckDBPyConnection,
    kind: type[Row],
    detector: Detector,
    window: Window,
    source: Source,
    markets: Collection[Market] | None,
) -> list[Row]:
    """A detector's hits whose cell starts in a window, or its alerts whose first hit's cell does.

    Hits are of its present version and thresholds, alerts in their current revision.
    """
    table, begins = STORED[kind]
    names = [field.name for field in fields(kind)]
    rows = connection.execute(
        f"select {', '.join(names)} from {source(table.name, window.start_at)} "
        f"where detector = ? and {begins} >= ? and {begins} < ? and {_among(markets)}",
        [detector.name, window.start_at, window.end_at, *_flat(markets)],
    ).fetchall()
    return [kind(**dict(zip(names, row, strict=True))) for row in rows]


def _among(markets: Collection[Market] | None) -> str:
    if markets is None:
        return "true"
    return f"(venue, symbol) in ({', '.join(['(?, ?)'] * len(markets))})" if markets else "false"


def _flat(markets: Collection[Market] | None) -> list[str]:
    return [name for market in markets or () for name in market]


def describe_changes(changes: Sequence[Changes]) -> str:
    """How many alerts were opened, revised and superseded."""
    opened, revised, superseded = (
        sum(len(getattr(change, name)) for change in changes)
        for name in ("opened", "revised", "superseded")
    )
    return f"{opened} opened, {revised} revised, {superseded} superseded"
