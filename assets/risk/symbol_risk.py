"""Risk of a symbol and day in five parts of 0 to 1 (higher is riskier), and their weighted mean.

A part that cannot be computed is null and has a reason; it is never silently zero. Market,
liquidity and integrity are percentiles: of the day among the symbol's own earlier days, or, if
those are too few, among the other symbols of the day. The weights are our own choice: no authority
publishes any.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import prod
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from assets.lake.insert import insert_rows
from assets.market.subject import Subject
from assets.market.window import Window
from assets.risk.inputs import Key, Row, coverage_of, current_alerts, measured_days, quality_of
from assets.risk.tables import RISK_PARTS, SYMBOL_RISK

HISTORY_DAYS = 365
LEAST_HISTORY_DAYS = 10
LEAST_SYMBOLS = 5
# integrity and abuse matter most to a surveillance desk; poor data only moderates the others
WEIGHTS = {
    "market": 0.20,
    "liquidity": 0.20,
    "integrity": 0.25,
    "abuse": 0.25,
    "data_quality": 0.10,
}
LEAST_WEIGHT = 0.5
SEVERITY_WEIGHTS = {"low": 0.25, "medium": 0.5, "high": 0.75, "critical": 1.0}
# The measures of a day that a part is the mean percentile of; for each, more is riskier.
MEASURES = {
    "market": ("annualised_volatility", "max_drawdown", "jump_share"),
    "liquidity": ("amihud", "thinness"),
    "integrity": ("matched_share",),
}
DIGITS = 9


class Part(NamedTuple):
    """One part of the risk: 0 to 1 or None; the reason explains the None, or names the basis.

    `certainty` is the share of its weight in the total that it has earned, 0 to 1.
    """

    value: float | None
    reason: str | None = None
    certainty: float = 1.0


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
        parts = {part: ranked(day, past, peers, names) for part, names in MEASURES.items()}
        parts["abuse"] = abuse(found, **judged)
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


def ranked(day: Row, past: Sequence[Row], peers: Sequence[Row], names: Iterable[str]) -> Part:
    """Mean percentile of a day's measures in its own past, else among the symbols of the day.

    `past` may contain later days too; only those up to `HISTORY_DAYS` before the day count. A
    measure that the day lacks is left out.
    """
    known = [name for name in names if day[name] is not None]
    if not known:
        return Part(None, f"not measured: {', '.join(names)}")
    since = day["trade_day"] - timedelta(days=HISTORY_DAYS)
    before = [row for row in past if since <= row["trade_day"] < day["trade_day"]]
    counts = {name: _values(before, name) for name in known}
    usable = [name for name in known if len(counts[name]) >= LEAST_HISTORY_DAYS]
    if usable:
        return Part(_mean([percentile(day[name], counts[name]) for name in usable]))
    most = max(len(values) for values in counts.values())
    history = f"history: {most} of {LEAST_HISTORY_DAYS} days"
    across = {name: _values(peers, f"{name}_across") for name in known}
    usable = [
        name
        for name in known
        if day[f"{name}_across"] is not None and len(across[name]) >= LEAST_SYMBOLS
    ]
    if usable:
        value = _mean([percentile(day[f"{name}_across"], across[name]) for name in usable])
        return Part(value, f"among {len(across[usable[0]])} symbols of the day, {history}")
    most = max(len(values) for values in across.values())
    return Part(None, f"{history}, universe: {most} of {LEAST_SYMBOLS} symbols")


def percentile(value: float, values: Sequence[float]) -> float:
    """Share of the sorted values below this one, equal ones counted half."""
    return (bisect_left(values, value) + bisect_right(values, value)) / (2 * len(values))


def abuse(
    alerts: Sequence[Row], judging: int, detectors: int, expected: Mapping[str, float]
) -> Part:
    """Chance that any alert is right, each by its score and severity, less what chance explains.

    Each alert is reduced by the share of its own detector's `expected` false alerts: one detector's
    usual rate does not count against another. Without an alert the certainty is the share of the
    detectors that could judge.
    """
    silent = f"{judging} of {detectors} detectors could judge" if judging < detectors else None
    if not alerts:
        if not judging:
            return Part(None, silent or "no detector ran")
        return Part(0.0, silent, judging / detectors)
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
        return Part(None, "landed rows are not counted")
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
    """Weighted mean of the known parts, if they have at least half of the weight.

    The reason names the unknown and the partly known parts, so that nobody takes the total for a
    complete one.
    """
    known = {name: part.value for name, part in parts.items() if part.value is not None}
    unsure = [
        f"{name} ({part.reason})"
        for name, part in parts.items()
        if part.value is None or part.certainty < 1
    ]
    reason = f"without all of {', '.join(unsure)}" if unsure else None
    weights = {name: WEIGHTS[name] * parts[name].certainty for name in known}
    weight = sum(weights.values())
    if weight < LEAST_WEIGHT:
        return Part(None, reason)
    return Part(sum(weights[name] * value for name, value in known.items()) / weight, reason)


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
    ordered = {name: parts[name] for name in RISK_PARTS}
    for name, part in [*ordered.items(), ("total", total(ordered))]:
        row[name] = None if part.value is None else float(f"{part.value:.{DIGITS}g}")
        row[f"{name}_reason"] = part.reason
    return row | {
        "alert_count": alert_count,
        "expected_false_alerts": float(f"{expected:.{DIGITS}g}"),
    }


def _values(rows: Iterable[Row], name: str) -> list[float]:
    return sorted(row[name] for row in rows if row[name] is not None)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _grouped(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups
