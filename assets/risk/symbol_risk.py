"""Risk of a symbol and day in parts of 0 to 1 (higher is riskier), and their weighted mean.

A part that cannot be computed is null and has a reason; it is never silently zero. Market,
liquidity and integrity are percentiles (`comparison`). Each part has a certainty `c`, 0 to 1: of
the percentiles that of their basis times the share of the day that was seen, of alerts one, of the
absence of alerts the share of the detectors that could judge times that of the day. Of parts `v`
with weights `w`, which make one,

    total = sum(w c v) / sum(w c),  certainty = sum(w c),  seen_risk = sum(w c v)

so there is a total from the first day on, and its certainty says how much it rests on. Symbols rank
by `seen_risk`, total times certainty: what was not seen moves no symbol up. Poor data has a part of
its own, which has no weight: it lowers the certainty of the others. The weights are our own choice:
no authority publishes any.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import prod
from typing import Any

from duckdb import DuckDBPyConnection

from assets.lake.insert import insert_rows
from assets.market.subject import Subject
from assets.market.window import Window
from assets.risk.comparison import HISTORY_DAYS, Part, compared
from assets.risk.inputs import (
    MEASURES,
    Key,
    Row,
    coverage_of,
    current_alerts,
    measured_days,
    quality_of,
)
from assets.risk.reference_days import scales
from assets.risk.tables import RISK_PARTS, SYMBOL_RISK

# integrity and abuse matter most to a surveillance desk
WEIGHTS = {"market": 0.25, "liquidity": 0.20, "integrity": 0.25, "abuse": 0.30}
SEVERITY_WEIGHTS = {"low": 0.25, "medium": 0.5, "high": 0.75, "critical": 1.0}
DIGITS = 9


def risk_of(connection: DuckDBPyConnection, window: Window) -> list[Row]:
    """The rows of `scores.symbol_risk` for the window's closed days, by venue, symbol and day.

    `connection` has the lake attached as `lake`. A symbol has a row for each day with a trade.
    """
    first, last = window.days[0], window.days[-1]
    days = measured_days(connection, first - timedelta(days=HISTORY_DAYS), last)
    histories = _grouped(days, "venue", "symbol")
    universes = _grouped(days, "trade_day")
    alerts = current_alerts(connection, first, last)
    coverage = coverage_of(connection, first, last)
    quality = quality_of(connection, first, last)
    rows: list[Row] = []
    for day in days:
        if day["trade_day"] < first:
            continue
        key: Key = (day["venue"], day["symbol"], day["trade_day"])
        past, peers = histories[key[:2]], universes[key[2:]]
        found = alerts.get(key, [])
        judged = coverage.get(key, {"judging": 0, "detectors": 0, "expected": {}})
        seen = seen_share(day, quality.get(key))
        parts = {
            part: weakened(compared(day, past, peers, names, scales()), seen)
            for part, names in MEASURES.items()
        }
        parts["abuse"] = abuse(found, **judged, seen=seen)
        parts["data_quality"] = data_quality(day, quality.get(key))
        rows.append(_row(key, parts, len(found), sum(judged["expected"].values())))
    return rows


def save_risk(connection: DuckDBPyConnection, window: Window, rows: Sequence[Row]) -> None:
    """Replace the rows of the window's days."""
    connection.execute(
        f"delete from lake.{SYMBOL_RISK.name} where trade_day between ? and ?",
        [window.days[0], window.days[-1]],
    )
    insert_rows(connection, SYMBOL_RISK.name, rows)


def seen_share(day: Row, quality: Row | None) -> float:
    """The share of the day that was seen, 0 to 1.

    The lesser of the time that returns cover and of the hours that are complete, times the share of
    the landed rows that could be used.
    """
    if quality is None or not quality["landed_count"]:
        return day["seen_share"]
    complete = 1 - (quality["uncovered_hour_count"] or 0) / 24
    unusable = quality["quarantined_count"] + quality["page_edge_count"]
    return min(day["seen_share"], complete) * (1 - unusable / quality["landed_count"])


def weakened(part: Part, seen: float) -> Part:
    """The part with the certainty that is left where only a share of the day was seen."""
    return part._replace(certainty=part.certainty * seen)


def abuse(
    alerts: Sequence[Row],
    judging: int,
    detectors: int,
    expected: Mapping[str, float],
    seen: float = 1.0,
) -> Part:
    """Chance that any alert is right, each by its score and severity, less what chance explains.

    Each alert is reduced by the share of its own detector's `expected` false alerts: one detector's
    usual rate does not count against another. Without an alert the certainty is the share of the
    detectors that could judge, times the share of the day that was `seen`.
    """
    silent = f"{judging} of {detectors} detectors could judge" if judging < detectors else None
    if not alerts:
        if not judging:
            return Part(None, silent or "no detector ran", 0.0)
        return Part(0.0, silent, judging / detectors * seen)
    raised = Counter(alert["detector"] for alert in alerts)
    any_right = 1 - prod(
        1
        - SEVERITY_WEIGHTS[alert["severity"]]
        * alert["score"]
        * max(0.0, 1 - expected.get(alert["detector"], 0.0) / raised[alert["detector"]])
        for alert in alerts
    )
    return Part(any_right, silent)


def data_quality(day: Row, quality: Row | None) -> Part:
    """How bad the data is: silences, rejected rows, page edges, five minutes without a trade.

    Each is a share of 0 to 1; one alone suffices. Repeated rows (a file that landed twice, or a
    second feed) do not count: nothing is lost by them.
    """
    if quality is None or not quality["landed_count"]:
        return Part(None, "landed rows are not counted", 0.0)
    landed = quality["landed_count"]
    shares = (
        (quality["longest_gap_seconds"] or 0) / 86_400,
        (quality["uncovered_hour_count"] or 0) / 24,
        quality["quarantined_count"] / landed,
        quality["page_edge_count"] / landed,
        1 - day["covered_5m_bars"] / 288 if day["is_sparse"] else 0.0,
    )
    return Part(1 - prod(1 - share for share in shares), day["sparse_reason"])


def total(parts: Mapping[str, Part]) -> Part:
    """Mean of the known parts, weighed by weight and certainty; its certainty is their sum.

    The reason names the parts without a number, so that nobody takes the total for a complete one.
    Of parts without any certainty there is no total.
    """
    weights = {name: weight * parts[name].certainty for name, weight in WEIGHTS.items()}
    unknown = [f"{name} ({parts[name].reason})" for name in WEIGHTS if parts[name].value is None]
    reason = f"without {', '.join(unknown)}" if unknown else None
    certainty = sum(weights.values())
    if not certainty:
        unseen = "nothing of the day was seen for long enough"
        return Part(None, f"{unseen}; {reason}" if reason else unseen, 0.0)
    value = sum(weight * (parts[name].value or 0.0) for name, weight in weights.items())
    return Part(value / certainty, reason, certainty)


def _row(key: Key, parts: Mapping[str, Part], alert_count: int, expected: float) -> Row:
    venue, symbol, trade_day = key
    subject = Subject.market(venue, symbol)
    row: Row = {
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "venue": venue,
        "symbol": symbol,
        "trade_day": trade_day,
    }
    whole = total(parts)
    for name, part in [*((name, parts[name]) for name in RISK_PARTS), ("total", whole)]:
        row[name] = None if part.value is None else _rounded(part.value)
        row[f"{name}_certainty"] = _rounded(part.certainty)
        row[f"{name}_reason"] = part.reason
    return row | {
        "seen_risk": _rounded((whole.value or 0.0) * whole.certainty),
        "alert_count": alert_count,
        "expected_false_alerts": _rounded(expected),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _grouped(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups
