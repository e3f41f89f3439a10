"""What a detector could judge of each symbol and day, and what it could not: `ops.detector_runs`.

Whether a hit is right is not decided here; hits are found in `hits.py`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from duckdb import DuckDBPyConnection

from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps
from assets.detection.needs import unmet_needs
from assets.detection.null_rate import null_rate_on
from assets.detection.query import cells_of
from assets.lake.source import Source, in_lake
from assets.market.window import ONE_DAY, Window


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectorRun:
    """One row of `ops.detector_runs`, in the order of its columns."""

    detector: str
    venue: str | None
    """Null, as symbol, where the detector failed as a whole."""
    symbol: str | None
    """Base-quote, upper case."""
    trade_day: date
    outcome: Literal["ran", "insufficient", "failed"]
    """ran, insufficient or failed."""
    reason: str | None
    """Why nothing could be judged, where the outcome is insufficient; null otherwise."""
    cells_judged: int
    """Cells with enough history, or enough for the fallback, and no missing trades."""
    cells_insufficient: int
    """The other cells."""
    hit_count: int
    """Hits among the cells."""
    expected_false_alerts: float
    """Alerts that chance gives over the judged cells, each at the rate of its way."""
    error: str | None
    """Why it failed; null otherwise."""
    run_id: str
    detected_at: datetime


def judge_coverage(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    hits: Sequence[Hit],
    stamps: Stamps,
    source: Source = in_lake,
) -> list[DetectorRun]:
    """What the detector could judge of the window, a symbol and day: never silent."""
    # an hour in which trades are known to be missing was not judged, whatever was found in it
    counts = sorted(
        connection.execute(
            f"""
            with gaps as (
                select venue, symbol, cell_start_at
                from lake.ops.completeness
                where not is_covered and trade_day between ? and ?
            ),

            cells as (
                select
                    *,
                    (venue, symbol, date_trunc('hour', cell_end_at - interval 1 microsecond)) in (
                        select (venue, symbol, cell_start_at) from gaps
                    ) as has_gap,
                from ({cells_of(connection, detector, window, source)})
            )

            select
                venue,
                symbol,
                (cell_end_at - interval 1 microsecond)::date as trade_day,
                count(*) filter (where ({detector.judgeable_predicate}) and not has_gap),
                count(*) filter (where {detector.fallback_predicate} and not has_gap),
                count(*) filter (
                    where ({detector.judgeable_predicate}) or {detector.fallback_predicate}
                ),
                count(*),
            from cells
            group by all
            """,
            [window.days[0], window.days[-1]],
        ).fetchall()
    )
    unmet = unmet_needs(connection, detector.needs, window.days[0], window.days[-1], source)
    found = Counter((hit.venue, hit.symbol, hit.trade_day) for hit in hits if hit.kind == "hit")
    runs: list[DetectorRun] = []
    for venue, symbol, day, judged, by_fallback, with_history, cells_counted in counts:
        lacking = unmet.get((venue, symbol, day))
        cells_judged = 0 if lacking else judged + by_fallback
        expected = null_rate_on(detector, venue) * (judged / cells_counted)
        if detector.fallback:
            expected += null_rate_on(detector.fallback, venue) * (by_fallback / cells_counted)
        runs.append(
            DetectorRun(
                detector=detector.name,
                venue=venue,
                symbol=symbol,
                trade_day=day,
                outcome="ran" if cells_judged else "insufficient",
                reason=None if cells_judged else lacking or _want(with_history, detector),
                cells_judged=cells_judged,
                cells_insufficient=cells_counted - cells_judged,
                hit_count=found[venue, symbol, day],
                expected_false_alerts=(0.0 if lacking else expected * _share(day, window)),
                error=None,
                run_id=stamps.run_id,
                detected_at=stamps.detected_at,
            )
        )
    return runs


def _want(with_history: int, detector: Detector) -> str:
    """Why no cell was judged of a source that has what the detector needs."""
    return "trades are missing in each hour" if with_history else detector.unjudged_because


def _share(day: date, window: Window) -> float:
    """How much of the day the window covers."""
    whole = Window.of_day(day)
    start_at, end_at = max(whole.start_at, window.start_at), min(whole.end_at, window.end_at)
    return (end_at - start_at) / ONE_DAY
