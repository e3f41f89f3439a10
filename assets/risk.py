"""The risk of a symbol and day in five parts, each 0 to 1, or unknown with the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from assets.rows import insert_rows
from orchestration.tables import ALERTS, DETECTOR_RUNS, RISK_PARTS, SYMBOL_RISK
from orchestration.window import Window

Row = dict[str, Any]

# Our own choice, as every such weighting is: what people did weighs most, how the market moved and
# how well it was recorded less. Weights of unknown parts are left out, the others scaled up.
WEIGHTS = {"market": 0.15, "liquidity": 0.15, "integrity": 0.2, "abuse": 0.4, "data_quality": 0.1}
SEVERITY_WEIGHTS = {"low": 0.25, "medium": 0.5, "high": 0.8, "critical": 1.0}
LOOK_BACK_DAYS = 365
MIN_DAYS = 10
MIN_SYMBOLS = 5
DIGITS = 9

# the measures behind each part that is told by rank; higher is worse
RANKED = {
    "market": ("annualised_volatility", "max_drawdown", "jump_share"),
    "liquidity": ("amihud", "-notional::double"),
    "integrity": ("matched_share",),
}


def risk_of(connection: DuckDBPyConnection, window: Window) -> list[Row]:
    """Rows of `scores.symbol_risk` for each symbol and day of the window that has trades.

    Market, liquidity and integrity are mid-ranks of the day's measures among the symbol's own days
    of the year before, or among the day's symbols where the past is shorter than ten days and
    there are at least five. Abuse is the chance that not every alert is noise: one less the product
    of (1 - severity weight x score), after as many alerts as chance explains are taken out in
    proportion. Data quality is the share of what is missing, rejected or repeated.
    """
    ranks = {part: _ranks(connection, window, part) for part in RANKED}
    abuse = _abuse(connection, window)
    rows: list[Row] = []
    for key, quality in sorted(_data_quality(connection, window).items()):
        venue, symbol, day = key
        alerts = abuse.get(key, {"abuse": None, "reason": "no detector ran", "alerts": 0,
                                 "expected": 0.0})  # fmt: skip
        known: Row = {part: ranks[part].get(key, (None, "no measure"))[0] for part in RANKED}
        reasons: Row = {part: ranks[part].get(key, (None, "no measure"))[1] for part in RANKED}
        known |= {"abuse": alerts["abuse"], "data_quality": quality}
        reasons |= {"abuse": alerts["reason"], "data_quality": None}
        row: Row = {"venue": venue, "symbol": symbol, "trade_day": day}
        for part in RISK_PARTS:
            row |= {part: known[part], f"{part}_reason": reasons[part]}
        total, total_reason = _total(known)
        row |= {
            "total": total,
            "total_reason": total_reason,
            "alert_count": alerts["alerts"],
            "expected_false_alerts": alerts["expected"],
        }
        rows.append(row)
    return rows


def keep_risk(
    connection: DuckDBPyConnection, window: Window, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Replace the risk of the window's days."""
    connection.execute(
        f"delete from lake.{SYMBOL_RISK.name} where trade_day between ? and ?",
        [window.days[0], window.days[-1]],
    )
    insert_rows(connection, SYMBOL_RISK.name, rows)


def _total(parts: Mapping[str, float | None]) -> tuple[float | None, str | None]:
    known = {part: value for part, value in parts.items() if value is not None}
    unknown = [part.replace("_", " ") for part in RISK_PARTS if part not in known]
    reason = f"without {', '.join(unknown)}" if unknown else None
    if not known:
        return None, reason
    weight = sum(WEIGHTS[part] for part in known)
    return round(
        sum(WEIGHTS[part] * value for part, value in known.items()) / weight, DIGITS
    ), reason


def _ranks(
    connection: DuckDBPyConnection, window: Window, part: str
) -> dict[tuple[Any, ...], tuple[float | None, str | None]]:
    """By venue, symbol and day: the mean rank of the part's measures, or why there is none."""
    days = [window.days[0], window.days[-1]]
    ranks: dict[tuple[Any, ...], list[float]] = {}
    reasons: dict[tuple[Any, ...], str] = {}
    for measure in RANKED[part]:
        found = connection.execute(
            f"""
            with days as (
                select venue, symbol, trade_day, {measure} as measure
                from lake.marts.symbol_days
                where trade_day between $first::date - {LOOK_BACK_DAYS} and $last
            ),

            today as (select * from days where trade_day >= $first),

            past as (
                select
                    today.venue, today.symbol, today.trade_day,
                    count(days.measure) as day_count,
                    count(*) filter (where days.measure < today.measure) as below,
                    count(*) filter (where days.measure = today.measure) as equal,
                from today
                left join days
                    on
                        days.venue = today.venue
                        and days.symbol = today.symbol
                        and days.trade_day < today.trade_day
                        and days.trade_day >= today.trade_day - {LOOK_BACK_DAYS}
                group by all
            ),

            peers as (
                select
                    today.venue, today.symbol, today.trade_day,
                    count(others.measure) as symbol_count,
                    count(*) filter (where others.measure < today.measure) as below,
                    count(*) filter (where others.measure = today.measure) as equal,
                from today
                left join today as others on others.trade_day = today.trade_day
                group by all
            )

            select
                today.venue, today.symbol, today.trade_day,
                case
                    when today.measure is null then null
                    when past.day_count >= {MIN_DAYS}
                        then (past.below + past.equal / 2) / past.day_count
                    when peers.symbol_count >= {MIN_SYMBOLS}
                        then (peers.below + peers.equal / 2) / peers.symbol_count
                end as rank,
                if(
                    today.measure is null,
                    'the day is too sparse to measure it',
                    'history: ' || past.day_count || ' of {MIN_DAYS} days'
                ) as reason,
            from today
            inner join past using (venue, symbol, trade_day)
            inner join peers using (venue, symbol, trade_day)
            """,
            {"first": days[0], "last": days[1]},
        ).fetchall()
        for venue, symbol, day, rank, reason in found:
            key = (venue, symbol, day)
            reasons.setdefault(key, reason)
            ranks.setdefault(key, [])
            if rank is not None:
                ranks[key].append(rank)
    return {
        key: (round(sum(values) / len(values), DIGITS), None) if values else (None, reasons[key])
        for key, values in ranks.items()
    }


def _abuse(connection: DuckDBPyConnection, window: Window) -> dict[tuple[Any, ...], Row]:
    days = [window.days[0], window.days[-1]]
    runs = connection.execute(
        f"""
        select
            venue, symbol, trade_day,
            sum(expected_false_alerts order by detector) as expected,
            bool_or(outcome = 'ran') as has_run,
        from lake.{DETECTOR_RUNS.name}
        where trade_day between ? and ? and symbol is not null
        group by venue, symbol, trade_day
        """,
        days,
    ).fetchall()
    alerts = connection.execute(
        f"""
        select venue, symbol, trade_day, severity, score from lake.{ALERTS.name}
        where trade_day between ? and ? and status <> 'superseded'
        order by venue, symbol, trade_day, alert_id
        """,
        days,
    ).fetchall()
    by_day: dict[tuple[Any, ...], list[float]] = {}
    for venue, symbol, day, severity, score in alerts:
        weighed = SEVERITY_WEIGHTS[severity] * score
        by_day.setdefault((venue, symbol, day), []).append(weighed)
    found: dict[tuple[Any, ...], Row] = {}
    for venue, symbol, day, expected, has_run in runs:
        weighed = by_day.get((venue, symbol, day), [])
        chance = min(expected / len(weighed), 1) if weighed else 0
        clear = 1.0
        for value in weighed:
            clear *= 1 - value * (1 - chance)
        judged = has_run or bool(weighed)
        found[venue, symbol, day] = {
            "abuse": round(1 - clear, DIGITS) if judged else None,
            "reason": None if judged else "no detector had history enough",
            "alerts": len(weighed),
            "expected": round(expected, DIGITS),
        }
    return found


def _data_quality(connection: DuckDBPyConnection, window: Window) -> dict[tuple[Any, ...], float]:
    """By venue, symbol and day: the greater of rejected or repeated rows and of uncovered hours."""
    found = connection.execute(
        """
        select
            venue, symbol, trade_day,
            greatest(
                (landed_count - accepted_count - superseded_count) / landed_count,
                coalesce(uncovered_hour_count, 0) / 24
            ) as quality,
        from lake.marts.data_quality_days
        where trade_day between ? and ? and symbol is not null and accepted_count > 0
        """,
        [window.days[0], window.days[-1]],
    ).fetchall()
    return {(venue, symbol, day): round(share, DIGITS) for venue, symbol, day, share in found}
