"""Run one detector over a window: its hits with score and stamps, and what it could judge."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from duckdb import DuckDBPyConnection

from assets.detection.detector import DataTier, Detector
from assets.detection.query import Row, run_query
from assets.lake.source import Source, in_lake
from assets.market.subject import SubjectKind
from assets.market.window import Window

Day = tuple[str, str, date]

# The days before a hit's own whose median notional is the yardstick for the money at stake.
YARDSTICK_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Stamps:
    """What a run writes on its rows; outside the identity of any of them."""

    input_snapshot_id: int | None
    code_version: str
    run_id: str
    detected_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One row of `alerts.hits`, in the order of its columns."""

    detector: str
    """Which detector found it."""
    detector_version: Annotated[int, "integer"]
    """The version of the detector's code."""
    params_digest: str
    """A digest of the detector's thresholds."""
    typology: str
    """Kind of abuse or disorder, as in `seeds/typologies.csv`."""
    data_tier: DataTier
    """What the detector needs to see: trades, accounts, orders, transfers or a model."""
    kind: str
    """hit, or confirmation of an earlier one."""
    subject_kind: SubjectKind
    """Whom it is about: market, account, owner, wallet or venue."""
    subject_id: str
    """Of a market venue and symbol, of an account its id at the venue."""
    venue: str
    """Market with its own id space; empty where the subject has none."""
    symbol: str
    """Base-quote, upper case; empty where the subject has none."""
    further_subjects: str
    """Others that took part, with role, kind and id, as a list in JSON."""
    statistic: float
    """What the detector measured; it fires above the threshold."""
    threshold: float
    """The value beyond which it fires."""
    p_value: float | None
    """How likely such a value is by chance; null where the detector states none."""
    score: float
    """0 to 1, higher is more suspicious."""
    notional: float | None
    """The money at stake, quote currency."""
    notional_usd: float | None
    """The same in US dollars; null where the quote is no dollar coin."""
    evidence: str
    """The measured numbers, and which trades are behind them (`trades`), as JSON."""
    is_stale: bool
    """Whether the facts under it changed, and its detector has not judged them again."""
    input_snapshot_id: int | None
    """The lake's snapshot that it was derived from."""
    code_version: str
    """A digest of the code that derived it."""
    run_id: str
    """The run that wrote it."""
    detected_at: datetime
    """When that run wrote it, UTC."""
    cell_start_at: datetime
    """Start of the cell, UTC."""
    cell_end_at: datetime
    """End of the cell, UTC; not part of it."""
    trade_day: date
    """UTC day of the start."""


def find_hits(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    stamps: Stamps,
    source: Source = in_lake,
) -> list[Hit]:
    """Every hit whose cell ends inside the window, by subject and time, with its score and stamps.

    `connection` holds the features where `source` says; the evidence gains
    `usual_notional_per_day`, the median of the symbol's earlier days in quote currency.
    """
    rows = run_query(connection, detector, window, source)
    usual = _usual_notional_per_day(connection, rows, source)
    return [_hit(row, detector, usual, stamps) for row in rows]


def _hit(row: Row, detector: Detector, usual: Mapping[Day, float], stamps: Stamps) -> Hit:
    measured = {
        name: value for name, value in json.loads(row["evidence"]).items() if value is not None
    }
    day: date = row["cell_start_at"].date()
    measured["usual_notional_per_day"] = usual.get((row["venue"], row["symbol"], day))
    return Hit(
        **row
        | {
            "detector": detector.name,
            "detector_version": detector.version,
            "params_digest": detector.params_digest,
            "typology": detector.typology,
            "data_tier": detector.data_tier,
            "score": detector.score(row["statistic"], row["threshold"]),
            "evidence": json.dumps(measured, allow_nan=False),
            "is_stale": False,
            "trade_day": day,
        }
        | vars(stamps)
    )


def _usual_notional_per_day(
    connection: DuckDBPyConnection, rows: Iterable[Row], source: Source
) -> dict[Day, float]:
    """Median notional of the 28 days before each symbol and day with a hit, quote currency."""
    wanted = {(row["venue"], row["symbol"], row["cell_start_at"].date()) for row in rows}
    if not wanted:
        return {}
    days = [day for _, _, day in wanted]
    since, until = (datetime(day.year, day.month, day.day) for day in (min(days), max(days)))
    since -= timedelta(days=YARDSTICK_DAYS)
    medians = connection.execute(
        f"""
        with wanted as (
            select unnest(?) as venue, unnest(?) as symbol, unnest(?) as hit_day
        ),

        days as (
            select wanted.*, sum(bars.notional)::double as notional
            from wanted
            inner join {source("features.bars_1h", since)} as bars
                on wanted.venue = bars.venue and wanted.symbol = bars.symbol
            where
                bars.cell_start_at >= wanted.hit_day - interval {YARDSTICK_DAYS} day
                and bars.cell_start_at < wanted.hit_day
                and bars.cell_start_at >= ? and bars.cell_start_at < ?
            group by wanted.venue, wanted.symbol, wanted.hit_day, bars.trade_day
        )

        select venue, symbol, hit_day, median(notional)
        from days
        group by venue, symbol, hit_day
        """,
        [
            *map(list, zip(*wanted, strict=True)),
            # said once more, without a join: which of the lake's files to open
            since,
            until,
        ],
    ).fetchall()
    return {(venue, symbol, day): median for venue, symbol, day, median in medians}
