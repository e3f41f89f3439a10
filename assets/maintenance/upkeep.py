"""Maintain the lake: merge files, expire snapshots, delete unreferenced files, count its rows.

Values that identify persons are erased when their time is over.

Rows in the catalog are never flushed into files: in this build of DuckLake a flush under a replaced
table applies its deletions twice (its issues 1364 and 1406).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.cases.recording import every_decision
from assets.cases.retention import cited_by_cases
from assets.lake.connection import ALIAS
from assets.lake.lake import Lake
from assets.lake.tables import columns_of
from assets.landing.accounts.private import PrivateData
from assets.maintenance.row_counts import disagreeing

SNAPSHOT_RETENTION = timedelta(days=7)
LONGEST_READ = timedelta(days=1)
"""For how long a transaction may read: its snapshot and its files stay."""


@dataclass(frozen=True)
class Maintenance:
    """The figures of one maintenance run."""

    merged_tables: int
    expired_snapshots: int
    spared_snapshots: int
    deleted_files: int
    erased_identities: int = 0
    """Values that identify persons and were kept for their time."""
    disagreeing: Sequence[str] = ()
    """Tables whose rows are lost or doubled, with their counts; nothing was deleted then."""


def maintain(
    lake: Lake, retention: timedelta = SNAPSHOT_RETENTION, *, now: datetime | None = None
) -> Maintenance:
    """Merge each table by name, expire snapshots older than `retention`, delete unread files.

    A snapshot that an open alert cites is spared: without it the alert could not be re-derived.
    So is one that a case cites, unless it was closed longer ago than the setting `case_days`.
    So is what somebody may still be reading (see `LONGEST_READ`): snapshots, and merged files.
    Runs under the exclusive lock, so no writer's unfinished file can be mistaken for an orphan.
    Where a table's counts disagree, before or after the merge, every snapshot and file stays: an
    earlier snapshot may have the rows.
    """
    lake.require()
    now = now or datetime.now(UTC).replace(tzinfo=None)
    kept = timedelta(days=lake.settings.private_days)
    erased = PrivateData(lake.settings.private_file).expire(now - kept)
    with lake.lock(), lake.connect(read_only=False, must_exist=True) as connection:
        names = sorted(columns_of(connection))
        if found := disagreeing(connection, names):
            return Maintenance(0, 0, 0, 0, erased, [str(one) for one in found])
        for name in names:
            schema, table = name.split(".")
            connection.execute(
                f"call ducklake_merge_adjacent_files('{ALIAS}', '{table}', schema => '{schema}')"
            )
        if found := disagreeing(connection, names):
            return Maintenance(len(names), 0, 0, 0, erased, [str(one) for one in found])
        decisions = every_decision(lake, connection)
        closed_for = timedelta(days=lake.settings.case_days)
        cited = _cited_snapshots(connection)
        cited |= cited_by_cases(connection, decisions, closed_for, now)
        old = _snapshots_before(connection, now - max(retention, LONGEST_READ))
        current = lake.snapshot_id(connection)
        expired = sorted(old - cited - {current})
        if expired:
            connection.execute(f"call ducklake_expire_snapshots('{ALIAS}', versions => {expired})")
        # one day more: on SQLite DuckLake compares this time as text, which is right by days alone
        unread_since = f"timestamptz '{now - LONGEST_READ - timedelta(days=1)}+00'"
        deleted = sum(
            len(connection.execute(f"call ducklake_{call}('{ALIAS}', {which})").fetchall())
            for call, which in (
                ("cleanup_old_files", f"older_than => {unread_since}"),
                # what no snapshot ever had nobody reads
                ("delete_orphaned_files", "cleanup_all => true"),
            )
        )
    return Maintenance(len(names), len(expired), len(old & cited), deleted, erased)


def _cited_snapshots(connection: DuckDBPyConnection) -> set[int]:
    rows = connection.execute(
        f"select distinct input_snapshot_id from {ALIAS}.{ALERTS.name} where status = 'open'"
    ).fetchall()
    return {row[0] for row in rows}


def _snapshots_before(connection: DuckDBPyConnection, moment: datetime) -> set[int]:
    rows = connection.execute(
        f"select snapshot_id from ducklake_snapshots('{ALIAS}') "
        "where snapshot_time at time zone 'UTC' < ?",
        [moment],
    ).fetchall()
    return {row[0] for row in rows}


def unread_files(lake: Lake, connection: DuckDBPyConnection) -> set[str]:
    """Data files of the store that the current snapshot does not read: older ones, and orphans."""
    read: set[str] = set()
    for name in columns_of(connection):
        schema, table = name.split(".")
        rows = connection.execute(
            "select data_file, delete_file from "
            f"ducklake_list_files('{ALIAS}', '{table}', schema => '{schema}')"
        ).fetchall()
        read |= {path.rpartition("/lake/")[2] for row in rows for path in row if path}
    return {key for key in lake.objects.list("lake/") if key.removeprefix("lake/") not in read}
