"""The one verdict on the detectors: which judged some days, which did not, and why.

The console, the exit code of a run and the report are given it; none of them decides again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time

from duckdb import DuckDBPyConnection

from assets.detection.detector import Detector
from assets.detection.measured import measured
from assets.detection.query import table_of
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.market.window import ONE_DAY
from assets.publishing.verdict_words import (
    WRONG,
    failures,
    insufficiency,
    named_states,
    silences,
    stale_hits,
)
from reports.detectors import DetectorState, State, Verdict
from reports.queries import Row, Symbol, present_tables, rows


def verdict_of(
    connection: DuckDBPyConnection, days: Collection[date], expected: Sequence[Detector]
) -> Verdict:
    """Decide what each detector did over some days: the expected ones, and any with rows of them.

    The worst day of a detector is its state. It did not run if it left no row at all, or none of a
    day that has cells to judge; it is insufficient if it could judge no symbol on any day.
    """
    known = {detector.name: detector for detector in expected}
    runs = _runs(connection, days)
    stale = _stale_hits(connection, days)
    silent = _silent_days(connection, days, expected, runs)
    states = tuple(
        _state(name, runs.get(name, []), stale.get(name, 0), name in silent, known.get(name))
        for name in sorted({*known, *runs, *stale})
    )
    ran = sum(one.state not in {"failed", "not run", "insufficient"} for one in states)
    counted = f"{ran} of {len(states)} detectors ran"
    if _nothing_to_judge(connection, days, states):
        return Verdict("unjudged", f"{counted}: there was no trade to judge.", states)
    is_wrong = any(one.state in WRONG for one in states)
    not_run = named_states(states)
    # green would say that every detector judged
    tone = "poor" if is_wrong else "good" if ran == len(states) else "partial"
    return Verdict(
        tone=tone,
        sentence=f"{counted}: {not_run}." if not_run else f"{counted}.",
        detectors=states,
        reasons=(*failures(states), *silences(silent), *stale_hits(states)),
        insufficiency=insufficiency(states),
    )


def last_verdict(
    connection: DuckDBPyConnection, expected: Sequence[Detector]
) -> tuple[Verdict, datetime | None] | None:
    """The verdict on the last day that was judged, and its newest trade; None before any was."""
    ((day,),) = connection.execute(
        f"select max(trade_day) from lake.{DETECTOR_RUNS.name}"
    ).fetchall()
    if day is None:
        return None
    newest = rows(
        connection,
        "select max(last_traded_at) as newest from lake.marts.data_quality_days "
        "where trade_day = ?",
        [day],
    )
    return verdict_of(connection, [day], expected), newest[0]["newest"]


def fails_run(verdict: Verdict, chosen: Collection[str]) -> bool:
    """Whether a run fails by the verdict on its days.

    A run does not answer for a detector that did not run because others alone were `chosen`.
    """
    return verdict.tone == "poor" and any(
        one.state in WRONG and (one.state != "not run" or one.name in chosen)
        for one in verdict.detectors
    )


def _runs(connection: DuckDBPyConnection, days: Collection[date]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows(
        connection,
        f"""
        select detector, venue, symbol, trade_day, outcome, reason, cells_judged,
            cells_insufficient, hit_count, expected_false_alerts, error
        from lake.{DETECTOR_RUNS.name}
        where list_contains(?, trade_day)
        order by detector, venue, symbol, outcome, error
        """,
        [list(days)],
    ):
        found.setdefault(row["detector"], []).append(row)
    return found


def _stale_hits(connection: DuckDBPyConnection, days: Collection[date]) -> dict[str, int]:
    """By detector that has hits of the days: how many of them are stale."""
    counted = rows(
        connection,
        f"""
        select detector, count(*) filter (where is_stale) as stale_hit_count
        from lake.{HITS.name}
        where trade_day between ? and ? and list_contains(?, trade_day)
        group by detector
        """,
        # the bounds say which of the lake's files to open
        [min(days), max(days), list(days)],
    )
    return {row["detector"]: row["stale_hit_count"] for row in counted}


def _silent_days(
    connection: DuckDBPyConnection,
    days: Collection[date],
    expected: Iterable[Detector],
    runs: Mapping[str, Sequence[Row]],
) -> dict[str, tuple[date, ...]]:
    """By detector that left no row of a day although there are cells to judge: those days."""
    found: dict[str, tuple[date, ...]] = {}
    for detector in expected:
        without_row = set(days) - {row["trade_day"] for row in runs.get(detector.name, [])}
        silent = without_row and without_row & _days_with_cells(connection, detector, without_row)
        if silent:
            found[detector.name] = tuple(sorted(silent))
    return found


def _days_with_cells(
    connection: DuckDBPyConnection, detector: Detector, days: Collection[date]
) -> set[date]:
    table = table_of(detector.inputs[0])
    if table not in present_tables(connection):
        return set()
    start_at, last_at = (datetime.combine(day, time.min) for day in (min(days), max(days)))
    found = connection.execute(
        f"""
        select distinct (cell_end_at - interval 1 microsecond)::date
        from lake.{table}
        where cell_end_at > ? and cell_end_at <= ?
        """,
        [start_at, last_at + ONE_DAY],
    ).fetchall()
    return {day for (day,) in found}


def _nothing_to_judge(
    connection: DuckDBPyConnection, days: Collection[date], states: Sequence[DetectorState]
) -> bool:
    if any(one.state != "not run" or one.stale_hit_count for one in states):
        return False
    if "core.trades" not in present_tables(connection):
        return False
    traded = connection.execute(
        "select 1 from lake.core.trades where list_contains(?, trade_day) limit 1", [list(days)]
    )
    return not traded.fetchall()


def _state(
    name: str, runs: Sequence[Row], stale_hit_count: int, is_silent: bool, detector: Detector | None
) -> DetectorState:
    failed = [row for row in runs if row["outcome"] == "failed"]
    unjudged = [row for row in runs if row["outcome"] == "insufficient"]
    state: State
    if failed:
        state = "failed"
    elif is_silent or not runs:
        state = "not run"
    elif stale_hit_count:
        state = "stale"
    elif len(unjudged) == len(runs):
        state = "insufficient"
    else:
        state = "ran"
    judged = set(_symbols(row for row in runs if row["outcome"] == "ran"))
    rates = [r["expected_false_alerts"] for r in runs if r["expected_false_alerts"] is not None]
    errors = sorted({row["error"] for row in failed if row["error"]})
    return DetectorState(
        name=name,
        state=state,
        cells_judged=sum(row["cells_judged"] or 0 for row in runs),
        cells_insufficient=sum(row["cells_insufficient"] or 0 for row in runs),
        hit_count=sum(row["hit_count"] or 0 for row in runs),
        stale_hit_count=stale_hit_count,
        expected_false_alerts=sum(rates) if rates and not failed else None,
        insufficient={
            (row["venue"], row["symbol"]): row["reason"] or "no reason is recorded"
            for row in unjudged
            if (row["venue"], row["symbol"]) not in judged
        },
        failed_on=_symbols(failed),
        error=errors[0] if errors else None,
        described=detector,
        measured=measured(name),
    )


def _symbols(found: Iterable[Row]) -> tuple[Symbol, ...]:
    return tuple(dict.fromkeys((row["venue"], row["symbol"]) for row in found if row["symbol"]))
