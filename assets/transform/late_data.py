"""How far a change reaches: late data re-opens its window and the later ones that look back."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.writers import REPLACE, Writer
from assets.market.window import ONE_HOUR, Window, floor, joined
from assets.transform.tables import NORMALISED_WINDOWS

# the longest chain of look-backs: 14 days that a model learns from, of a thin symbol each judged
# against 29 days of bars, and the day before that a verification judges too
REACH = timedelta(days=45)
# of the shortest cell
GRAIN = timedelta(seconds=1)


def record(lake: Lake, window: Window, commit_info: dict[str, str]) -> None:
    """Note that a window is normalised."""
    lake.write(
        lambda connection: note(connection, window),
        tables=(NORMALISED_WINDOWS,),
        message="close window",
        commit_info=commit_info,
    )


def latest_end(connection: DuckDBPyConnection) -> datetime | None:
    """The end of the last normalised window of all, if there is any."""
    ((latest,),) = connection.execute(
        f"select max(window_end_at) from lake.{NORMALISED_WINDOWS.name}"
    ).fetchall()
    return latest


def note(connection: DuckDBPyConnection, window: Window, writer: Writer = REPLACE) -> None:
    """Note a normalised window; those that touch in its hours become one.

    An appended one joins the others at its hour's end: each of a stream's windows would else
    replace the row of the one before.
    """
    if floor(window.start_at, ONE_HOUR) < floor(window.end_at, ONE_HOUR):
        writer = REPLACE
    near = f"from lake.{NORMALISED_WINDOWS.name} where window_start_at <= ? and window_end_at >= ?"
    bounds = [window.end_at, floor(window.start_at, ONE_HOUR)]
    rows = writer.existing(connection, f"select window_start_at, window_end_at {near}", bounds)
    writer.clear(connection, f"delete {near}", bounds)
    for stretch in joined([*(Window(*row) for row in rows), window]):
        connection.execute(
            f"insert into lake.{NORMALISED_WINDOWS.name} values (?, ?)",
            [stretch.start_at, stretch.end_at],
        )


@lru_cache(maxsize=8)
def reopened(lake: Lake, window: Window, run_id: str) -> Window:
    """The window itself, extended to the end of all later data that may look back on it.

    Looked up once a run, after its trades are in: every later stage answers for the same window.
    Of a day that is not over it ends now, for no later cell has closed.
    """
    with lake.connect() as connection:
        come = _as_far_as_it_has_come(connection, window)
        return Window(window.start_at, closed_until(connection, come))


def _as_far_as_it_has_come(connection: DuckDBPyConnection, window: Window) -> Window:
    """The window up to the clock, or to its last trade where that is dated later."""
    if not window.start_at < _now() < window.end_at:
        return window
    return Window(window.start_at, min(window.end_at, _come_until(connection, window.end_at)))


def _now() -> datetime:
    return floor(datetime.now(UTC).replace(tzinfo=None), GRAIN)


def closed_until(
    connection: DuckDBPyConnection,
    window: Window,
    reach: timedelta = REACH,
    writer: Writer = REPLACE,
) -> datetime:
    """The latest end of a normalised window that starts within reach of this one's end.

    Behind an appended window there is none.
    """
    rows = writer.existing(
        connection,
        f"select max(window_end_at) from lake.{NORMALISED_WINDOWS.name} where window_start_at < ?",
        [window.end_at + reach],
    )
    latest = rows[0][0] if rows else None
    if latest is None:
        return window.end_at
    end_at = min(latest, window.end_at + reach)
    # a day that ran before its end is noted as a whole; no cell has closed in what is to come
    return max(window.end_at, min(end_at, _come_until(connection, end_at)))


def _come_until(connection: DuckDBPyConnection, end_at: datetime) -> datetime:
    """The clock, or the last trade's second before `end_at`, where the clock was set back."""
    now = _now()
    if now >= end_at:
        return now
    ((latest,),) = connection.execute(
        "select max(traded_at) from lake.core.trades where traded_at >= ? and traded_at < ?",
        [now, end_at],
    ).fetchall()
    return max(now, floor(latest, GRAIN) + GRAIN) if latest else now
