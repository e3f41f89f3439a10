"""The inputs of the risk of a symbol and day, read from the lake in a fixed order."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import DETECTOR_RUNS

Row = dict[str, Any]
Key = tuple[str, str, date]
"""Venue, symbol and day."""

# The measures of a day that a part is the mean percentile of; for each, more is riskier.
MEASURES = {
    "market": ("annualised_volatility", "max_drawdown", "jump_share"),
    "liquidity": ("amihud_hourly", "abdi_ranaldo_spread", "thinness"),
    "integrity": ("matched_share",),
}
MEASURE_WORDS = {
    "annualised_volatility": "volatility",
    "max_drawdown": "drawdown",
    "jump_share": "jumps",
    "amihud_hourly": "price move per volume",
    "abdi_ranaldo_spread": "spread",
    "thinness": "volume",
    "matched_share": "matched pairs",
}
"""What a report calls them."""


def measured_days(connection: DuckDBPyConnection, first: date, last: date) -> list[Row]:
    """The measures of each day; `<measure>_across` compares symbols, so money is in US dollars.

    `thinness` is the notional of five minutes of the time that was seen, negative; `seen_share` the
    part of the day that the returns of five minutes cover, 0 to 1.
    """
    return _rows(
        connection,
        """
        select
            venue, symbol, trade_day, annualised_volatility, max_drawdown,
            -- missing bars also remove neighbouring returns: every return then looks like a jump
            case when not is_sparse then jump_share end as jump_share,
            amihud_hourly, abdi_ranaldo_spread,
            -notional::double / nullif(return_count, 0) as thinness,
            matched_share,
            annualised_volatility as annualised_volatility_across,
            max_drawdown as max_drawdown_across,
            case when not is_sparse then jump_share end as jump_share_across,
            amihud_hourly * notional::double / nullif(notional_usd::double, 0)
                as amihud_hourly_across,
            abdi_ranaldo_spread as abdi_ranaldo_spread_across,
            -notional_usd::double / nullif(return_count, 0) as thinness_across,
            matched_share as matched_share_across,
            least(coalesce(return_count, 0) / 288, 1) as seen_share,
            covered_5m_bars, is_sparse, sparse_reason
        from lake.marts.symbol_days
        left join lake.marts.market_risk_days using (venue, symbol, trade_day)
        left join lake.marts.liquidity_days using (venue, symbol, trade_day)
        where trade_day between ? and ?
        order by venue, symbol, trade_day
        """,
        first,
        last,
    )


def current_alerts(connection: DuckDBPyConnection, first: date, last: date) -> dict[Key, list[Row]]:
    """The alerts of each symbol and day that later data have not superseded."""
    return _by_key(
        _rows(
            connection,
            f"""
            select venue, symbol, trade_day, detector, severity, score from lake.{ALERTS.name}
            where status <> 'superseded' and trade_day between ? and ?
            order by venue, symbol, trade_day, alert_id
            """,
            first,
            last,
        )
    )


def coverage_of(connection: DuckDBPyConnection, first: date, last: date) -> dict[Key, Row]:
    """How many detectors judged a symbol and day, of how many, with their expected false alerts.

    `expected` maps a detector to its expected false alerts.
    """
    found = _rows(
        connection,
        f"""
        select
            venue, symbol, trade_day,
            count(distinct detector) filter (where outcome = 'ran') as judging,
            (
                select count(distinct detector) from lake.{DETECTOR_RUNS.name}
                where trade_day = runs.trade_day
            ) as detectors,
            list({{'detector': detector, 'expected': expected_false_alerts}} order by detector)
                as expected
        from lake.{DETECTOR_RUNS.name} as runs
        where symbol is not null and trade_day between ? and ?
        group by venue, symbol, trade_day
        order by venue, symbol, trade_day
        """,
        first,
        last,
    )
    coverage: dict[Key, Row] = {}
    for key, rows in _by_key(found).items():
        expected = {rate["detector"]: rate["expected"] or 0.0 for rate in rows[0]["expected"]}
        counts = {name: rows[0][name] for name in ("judging", "detectors")}
        coverage[key] = counts | {"expected": expected}
    return coverage


def quality_of(connection: DuckDBPyConnection, first: date, last: date) -> dict[Key, Row]:
    """The landed rows of each symbol and day, by outcome."""
    found = _rows(
        connection,
        """
        from lake.marts.data_quality_days
        where symbol is not null and trade_day between ? and ?
        order by venue, symbol, trade_day
        """,
        first,
        last,
    )
    return {key: rows[0] for key, rows in _by_key(found).items()}


def _by_key(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    """Ordered rows by venue, symbol and day."""

    def key(row: Row) -> Key:
        return row["venue"], row["symbol"], row["trade_day"]

    return {found: list(group) for found, group in groupby(rows, key)}


def _rows(connection: DuckDBPyConnection, sql: str, first: date, last: date) -> list[Row]:
    result = connection.execute(sql, [first, last])
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
