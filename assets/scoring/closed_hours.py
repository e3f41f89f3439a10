"""A stream's closed hours, scored while it goes on: the same scores as the day's run gives.

They wait until no trade of theirs is merely late, and are prepared beside the stream's windows,
which wait for the commit alone. What comes later than that, the day's run scores.
"""

from datetime import timedelta

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.prepared_commit import prepare_and_commit
from assets.lake.writers import REPLACE
from assets.market.window import ONE_DAY, ONE_HOUR, Window, floor
from assets.scoring.reporting import reporting_of
from assets.scoring.tables import TRADE_RISK
from assets.scoring.trade_risk import clear_scores, insert_scores, scored_window
from assets.transform.build import clear_window, insert_window, set_window
from assets.transform.compiled_models import models
from assets.transform.late_data import latest_end

# by hour, and no window of a stream writes them
MARTS = ("marts.account_activity_1h", "marts.trade_notionals_1h")
MESSAGE = "trade risk"
PREPARED = "temp.prepared_scores"


def closed_hour(connection: DuckDBPyConnection, late: timedelta) -> Window | None:
    """The last hour that is closed, trades up to `late` behind included; None without one."""
    latest = latest_end(connection)
    if latest is None:
        return None
    end_at = floor(latest - late, ONE_HOUR)
    return Window(end_at - ONE_HOUR, end_at)


def unscored_hours(connection: DuckDBPyConnection, closed: Window) -> Window | None:
    """The hours up to a closed one that have trades and no scores, of at most a day."""
    bounds = [closed.end_at - ONE_DAY, closed.end_at]
    between = "traded_at >= $1 and traded_at < $2 and trade_day between $1::date and $2::date"
    ((scored,),) = connection.execute(
        f"select max(traded_at) from lake.{TRADE_RISK.name} where {between}", bounds
    ).fetchall()
    if scored is not None:
        bounds[0] = floor(scored, ONE_HOUR) + ONE_HOUR
    ((first,),) = connection.execute(
        f"select min(traded_at) from lake.core.trades where {between}", bounds
    ).fetchall()
    return None if first is None else Window(floor(first, ONE_HOUR), closed.end_at)


def score_hours(lake: Lake, hours: Window, commit_info: dict[str, str]) -> int:
    """Replace the scores of whole hours, and of earlier trades that their hits select.

    Gives the number of rows.
    """
    _write_marts(lake, hours, commit_info)
    reporting = reporting_of(lake.settings.root)
    columns = ", ".join(TRADE_RISK.column_names)
    times: list[Window] = []

    def prepare(connection: DuckDBPyConnection) -> None:
        connection.execute(
            f"create or replace temp table {PREPARED.split('.')[1]} as "
            f"select {columns} from lake.{TRADE_RISK.name} limit 0"
        )
        scored = scored_window(connection, hours)
        times[:] = [] if scored is None else [scored]
        for time in times:
            insert_scores(connection, time, reporting, PREPARED)

    def save(connection: DuckDBPyConnection) -> int:
        for time in times:
            clear_scores(connection, time)
        inserted = connection.execute(
            f"insert into lake.{TRADE_RISK.name} ({columns}) select {columns} from {PREPARED}"
        )
        return int(inserted.fetchall()[0][0])

    return prepare_and_commit(
        lake, prepare, save, tables=(TRADE_RISK,), message=MESSAGE, commit_info=commit_info
    )


def _write_marts(lake: Lake, hours: Window, commit_info: dict[str, str]) -> None:
    chosen = [model for model in models(lake.settings.root) if model.table.name in MARTS]

    def write(connection: DuckDBPyConnection) -> None:
        set_window(connection, hours)
        for model in chosen:
            clear_window(connection, model, REPLACE)
            insert_window(connection, model)

    lake.write(
        write,
        tables=[model.table for model in chosen],
        message="activity of closed hours",
        commit_info=commit_info,
    )
