"""Do the stream's windows and the day's run give the same rows? Compared after each day.

Both run the same SQL and detectors, but windows by a path without dbt, its tests and hooks, and in
pieces. What a day's run replaces is compared with the rows before it, one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.detection.tables import HITS
from assets.lake.partitions import daily
from assets.lake.resource import LakeResource, Run, run_of
from assets.market.window import Window, joined
from assets.stream import tags
from assets.transform.compiled_models import Model, models
from assets.transform.tables import LANDED_OBJECTS, NORMALISED_WINDOWS

CHECK = "stream_parity"
STAMPS = ("input_snapshot_id", "run_id", "detected_at", "code_version")


@dataclass(frozen=True)
class Compared:
    """A table's rows in the windows of a stream: how many are in one of both alone."""

    table: str
    windows: int
    rows: int
    only_stream: int
    only_day: int


def snapshot_before(connection: DuckDBPyConnection, run_id: str) -> int | None:
    """The last snapshot before a run's first commit; None if no window of a stream came before."""
    found = connection.execute(
        """
        with snapshots as (
            select snapshot_id, commit_message, commit_extra_info ->> 'run_id' as run_id
            from ducklake_snapshots('lake')
        ),

        first as (select min(snapshot_id) as snapshot_id from snapshots where run_id = $run_id)

        select first.snapshot_id - 1
        from first
        where exists (
            select 1 from snapshots
            where commit_message = $message and snapshots.snapshot_id < first.snapshot_id
        )
        """,
        {"run_id": run_id, "message": tags.WINDOW_COMMIT},
    ).fetchall()
    return found[0][0] if found else None


def compare(
    connection: DuckDBPyConnection, window: Window, snapshot: int, chosen: Sequence[Model]
) -> list[Compared]:
    """Rows of core, features and hits in the windows of `snapshot`, against those of now."""
    stretches = _stretches(connection, window, snapshot)
    compared = []
    for model in chosen:
        if model.folder in {"core", "features"} and model.window_column:
            time = model.window_column
            end = "cell_end_at" if model.folder == "features" else time
            compared.append(_compared(connection, model.table.name, time, end, snapshot, stretches))
    compared.append(
        _compared(connection, HITS.name, "cell_start_at", "cell_end_at", snapshot, stretches)
    )
    return compared


def late_objects(connection: DuckDBPyConnection, window: Window, snapshot: int) -> int:
    """Objects with trades of the window's days that no run had read at the snapshot."""
    days = [window.days[0], window.days[-1]]
    return connection.execute(
        f"""
        select count(*) from (
            select object, trade_day from lake.{LANDED_OBJECTS.name}
            where trade_day between $1 and $2
            except
            select object, trade_day from lake.{LANDED_OBJECTS.name} at (version => {snapshot:d})
        )
        """,
        days,
    ).fetchall()[0][0]


@dg.asset_check(
    asset=["alerts", "alerts"],
    name=CHECK,
    partitions_def=daily,
    description="The stream's windows had written of the day what the day's run writes.",
)
def stream_parity(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Compare the run's days with what the stream's windows wrote of them before the run."""
    return compare_days(run_of(context.op_execution_context, lake))


def compare_days(run: Run) -> dg.AssetCheckResult:
    """What `stream_parity` finds of a run's days."""
    with run.lake.connect() as connection:
        return parity(connection, run.window, run.run_id, models(run.lake.settings.root))


def parity(
    connection: DuckDBPyConnection, window: Window, run_id: str, chosen: Sequence[Model]
) -> dg.AssetCheckResult:
    """The check's result; a difference warns, for the day's run has put it right."""
    snapshot = snapshot_before(connection, run_id)
    if snapshot is None:
        return _result(True, "no window of a stream came before this run")
    late = late_objects(connection, window, snapshot)
    if late:
        return _result(True, f"not comparable: {late} objects landed after the stream's windows")
    compared = compare(connection, window, snapshot, chosen)
    differing = [one for one in compared if one.only_stream or one.only_day]
    rows = sum(one.rows for one in compared)
    differences = ", ".join(
        f"{one.table}: {one.only_stream} rows of the stream alone, {one.only_day} of the day alone"
        for one in differing
    )
    return _result(
        not differing,
        differences or f"{rows:,} rows of {len(compared)} tables are the same",
        rows=rows,
        stream_snapshot_id=snapshot,
    )


def _result(passed: bool, description: str, **metadata: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=metadata,
    )


def _stretches(connection: DuckDBPyConnection, window: Window, snapshot: int) -> list[Window]:
    """What of the window had been normalised at the snapshot."""
    rows = connection.execute(
        f"""
        select greatest(window_start_at, $1), least(window_end_at, $2)
        from lake.{NORMALISED_WINDOWS.name} at (version => {snapshot:d})
        where window_end_at > $1 and window_start_at < $2
        """,
        [window.start_at, window.end_at],
    ).fetchall()
    return joined(Window(*row) for row in rows)


def _compared(
    connection: DuckDBPyConnection,
    table: str,
    start: str,
    end: str,
    snapshot: int,
    stretches: Sequence[Window],
) -> Compared:
    inside = " or ".join(
        f"({start} >= timestamp '{one.start_at}' and {start} < timestamp '{one.end_at}'"
        f" and {end} <= timestamp '{one.end_at}')"
        for one in stretches
    )
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'lake' "
            "and schema_name || '.' || table_name = ? order by column_index",
            [table],
        ).fetchall()
        if name not in STAMPS
    ]
    listed, where = ", ".join(columns), inside or "false"
    now = f"select {listed} from lake.{table} where {where}"
    then = f"select {listed} from lake.{table} at (version => {snapshot:d}) where {where}"
    rows, only_stream, only_day = connection.execute(
        f"""
        select
            (select count(*) from ({now})),
            (select count(*) from ({then} except all {now})),
            (select count(*) from ({now} except all {then}))
        """
    ).fetchall()[0]
    return Compared(table, len(stretches), rows, only_stream, only_day)
