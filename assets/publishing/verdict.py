"""The one verdict on the detectors: which judged some days, which did not, and why.

The console, the exit code of a run and the report are given it; none of them decides again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time

from duckdb import DuckDBPyConnection

from assets.detection.detector import Detector
from assets.detection.query import table_of
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.market.window import ONE_DAY
from reports.detectors import DetectorState, State, Verdict
from reports.numbers import plural
from reports.queries import Row, Symbol, present_tables, rows

# a sentence names so many symbols or days, and counts the others
NAMED = 4
WRONG: Mapping[State, tuple[str, str]] = {
    "failed": ("failed", "failed"),
    "not run": ("did not run", "did not run"),
    "stale": ("has stale hits", "have stale hits"),
}


def verdict_of(
    connection: DuckDBPyConnection, days: Collection[date], expected: Sequence[Detector]
) -> Verdict:
    """Decide what each detector did over some days: the expected ones, and any with rows of them.

    The worst day of a detector is its state. It did not run if it left no row at all, or none of a
    day that has cells to judge.
    """
    known = {detector.name: detector for detector in expected}
    runs = _runs(connection, days)
    stale = _stale_hits(connection, days)
    silent = _silent_days(connection, days, expected, runs)
    states = tuple(
        _state(name, runs.get(name, []), stale.get(name, 0), name in silent, known.get(name))
        for name in sorted({*known, *runs, *stale})
    )
    ran = sum(one.state not in {"failed", "not run"} for one in states)
    counted = f"{ran} of {len(states)} detectors ran"
    if _nothing_to_judge(connection, days, states):
        return Verdict("unjudged", f"{counted}: there was no trade to judge.", states)
    wrong = _wrong(states)
    return Verdict(
        tone="poor" if wrong else "good",
        sentence=f"{counted}: {wrong}." if wrong else f"{counted}.",
        detectors=states,
        reasons=(*_failures(states), *_silences(silent), *_stale(states)),
        insufficiency=_insufficiency(states),
    )


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
        select detector, venue, symbol, trade_day, outcome, cells_judged, cells_insufficient,
            hit_count, expected_false_alerts, error
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
    unjudged = [row for row in runs if row["outcome"] == "insufficient_history"]
    state: State
    if failed:
        state = "failed"
    elif is_silent or not runs:
        state = "not run"
    elif stale_hit_count:
        state = "stale"
    elif len(unjudged) == len(runs):
        state = "insufficient history"
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
        insufficient=tuple(symbol for symbol in _symbols(unjudged) if symbol not in judged),
        failed_on=_symbols(failed),
        error=errors[0] if errors else None,
        described=detector,
    )


def _wrong(states: Sequence[DetectorState]) -> str:
    parts: list[str] = []
    for state, (one, several) in WRONG.items():
        names = [detector.name for detector in states if detector.state == state]
        if names:
            parts.append(f"{', '.join(names)} {one if len(names) == 1 else several}")
    return "; ".join(parts)


def _failures(states: Sequence[DetectorState]) -> list[str]:
    """The last line of each traceback, and on which symbols the detector failed."""
    reasons: list[str] = []
    for one in states:
        if one.state == "failed":
            where = f" on {_listed(_named(one.failed_on))}" if one.failed_on else ""
            lines = (one.error or "").strip().splitlines()
            reason = lines[-1].strip() if lines else "no reason is recorded"
            reasons.append(f"{one.name}{where}: {reason}")
    return reasons


def _silences(silent: Mapping[str, tuple[date, ...]]) -> list[str]:
    names: dict[tuple[date, ...], list[str]] = {}
    for name, days in sorted(silent.items()):
        names.setdefault(days, []).append(name)
    return [
        f"{', '.join(of_days)}: no cell of {_listed([str(day) for day in days])} was judged; run "
        f"{'the day' if len(days) == 1 else 'the days'} again from the stage detect"
        for days, of_days in names.items()
    ]


def _stale(states: Sequence[DetectorState]) -> list[str]:
    return [
        f"{one.name}: {plural(one.stale_hit_count, 'hit')} "
        f"{'is' if one.stale_hit_count == 1 else 'are'} of an earlier run, marked stale"
        for one in states
        if one.stale_hit_count
    ]


def _insufficiency(states: Sequence[DetectorState]) -> tuple[str, ...]:
    """Which detectors could not judge which symbols, for want of history."""
    unable = [one.name for one in states if one.state == "insufficient history"]
    names: dict[tuple[Symbol, ...], list[str]] = {}
    for one in states:
        if one.insufficient and one.name not in unable:
            names.setdefault(one.insufficient, []).append(one.name)
    sentences = [f"{name} could judge no symbol" for name in unable]
    for symbols, of_symbols in names.items():
        all_of_them = len(of_symbols) == len(states)
        who = "no detector could" if all_of_them else f"{', '.join(of_symbols)} could not"
        sentences.append(f"{who} judge {_listed(_named(symbols))}")
    return tuple(sentences)


def _symbols(found: Iterable[Row]) -> tuple[Symbol, ...]:
    return tuple(dict.fromkeys((row["venue"], row["symbol"]) for row in found if row["symbol"]))


def _named(symbols: Iterable[Symbol]) -> list[str]:
    return [f"{symbol} on {venue}" for venue, symbol in symbols]


def _listed(names: Sequence[str]) -> str:
    """The first few by name, the others as a number."""
    named = ", ".join(names[:NAMED])
    rest = len(names) - NAMED
    return f"{named} and {plural(rest, 'other')}" if rest > 0 else named
