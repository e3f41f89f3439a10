"""The current alerts: read around a window, joined again from its hits, and replaced."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.episodes import Alert
from assets.alerts.revisions import (
    Changes,
    Revisable,
    Row,
    first_loaded,
    load_settled,
    rejoin,
)
from assets.alerts.tables import ALERT_ROWS, ALERTS, REVISIONS, Revised
from assets.detection.detector import Detector
from assets.detection.hits import Hit
from assets.detection.judging import stamps_of
from assets.detection.tables import HITS
from assets.lake.connection import ALIAS, one_thread
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.source import Source, in_lake
from assets.lake.writers import REPLACE, Writer
from assets.market.window import Window

Market = tuple[str, str]
"""Venue and symbol."""

# where each lies, and when it begins
STORED = {Hit: (HITS, "cell_start_at"), Alert: (ALERTS, "first_hit_start_at")}


def join_again(
    lake: Lake, chosen: Sequence[Detector], window: Window, info: dict[str, str]
) -> list[Changes[Alert]]:
    """Join the hits around a changed window into alerts; write what changed, in one commit."""

    def read(connection: DuckDBPyConnection) -> list[Changes[Alert]]:
        one_thread(connection)
        snapshot_id = lake.snapshot_id(connection)
        present = _present(connection, chosen, window)
        return [
            changes_of(connection, detector, window, info, snapshot_id)
            for detector in chosen
            if detector.name in present
        ]

    return lake.revise(
        read,
        lambda connection, changes: save_changes(connection, ALERT_ROWS, changes),
        tables=(ALERTS, REVISIONS),
        message="alerts",
        commit_info=info,
    )


def _present(
    connection: DuckDBPyConnection, chosen: Sequence[Detector], window: Window
) -> set[str]:
    """The detectors with hits or alerts around a window: of the others nothing can change."""
    around = first_loaded(window, max(detector.reach for detector in chosen))
    found = connection.execute(
        " union ".join(
            f"select detector from lake.{table.name} where {begins} >= $start and {begins} < $end"
            for table, begins in STORED.values()
        ),
        {"start": around.start_at, "end": around.end_at},
    ).fetchall()
    return {name for (name,) in found}


def changes_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    info: dict[str, str],
    snapshot_id: int,
    source: Source = in_lake,
    *,
    markets: Collection[Market] | None = None,
) -> Changes[Alert]:
    """What one detector's hits around a window change in its alerts.

    Alerts of one market depend on its hits alone: only the `markets` whose hits in the window have
    changed need be looked at. None: any may have.
    """

    def load(stretch: Window) -> list[Hit]:
        return _rows_of(connection, Hit, detector, stretch, source, markets)

    stretch, found = load_settled(load, window, detector.reach)
    # what the newest of the hits was judged on, so that the alert can be derived from it
    newest = max((hit.input_snapshot_id or 0 for hit in found), default=snapshot_id)
    stamps = stamps_of(newest, info)
    current = _rows_of(connection, Alert, detector, stretch, source, markets)
    return rejoin(found, current, window, detector, stamps)


def save_changes(
    connection: DuckDBPyConnection,
    revised: Revised,
    changes: Sequence[Changes[Revisable]],
    writer: Writer = REPLACE,
) -> None:
    """Replace the current rows that have changed, and add the new ones to the revisions.

    A writer that replaces may find rows of its own, where only the answer to a commit was lost.
    """
    rows = [row for change in changes for row in change.rows]
    if not rows:
        return
    replace_current(connection, revised, changes, writer)
    # readers go by the order of the revisions' rows: one that is there stays where it is
    found = writer.existing(
        connection,
        f"select {revised.id}, revision from lake.{revised.revisions.name} "
        f"where {revised.id} in (select unnest(?))",
        [[row.identity for row in rows]],
    )
    known = set(found)
    new = [row for row in rows if (row.identity, row.revision) not in known]
    insert_rows(connection, revised.revisions.name, new)


def replace_current(
    connection: DuckDBPyConnection,
    revised: Revised,
    changes: Sequence[Changes[Revisable]],
    writer: Writer,
    database: str = ALIAS,
) -> None:
    """Replace the current rows that have changed."""
    replaced = [row for change in changes for row in change.replaced]
    rows = [row for change in changes for row in change.rows]
    # by id alone the lake would open every file
    deletion = (
        f"delete from {database}.{revised.current.name} "
        f"where {revised.id} in (select unnest(?)) and "
    )
    if replaced:
        connection.execute(
            f"{deletion} detected_at between ? and ?", _found_by(replaced, "detected_at")
        )
    if rows:
        # rows of its own, detected later than what they replaced
        writer.clear(
            connection,
            f"{deletion} {revised.begins} between ? and ?",
            _found_by(rows, revised.begins),
        )
    insert_rows(connection, revised.current.name, rows, database)


def _found_by(rows: Sequence[Revisable], time: str) -> list[Any]:
    """The ids of some rows, and the first and the last of one of their times."""
    times = [getattr(row, time) for row in rows]
    return [[row.identity for row in rows], min(times), max(times)]


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


def describe_changes(changes: Sequence[Changes[Revisable]]) -> str:
    """How many alerts, or incidents, were opened, revised and superseded."""
    opened, revised, superseded = (
        sum(len(getattr(change, name)) for change in changes)
        for name in ("opened", "revised", "superseded")
    )
    return f"{opened} opened, {revised} revised, {superseded} superseded"
