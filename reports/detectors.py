"""Which detectors judged the day, which did not, and how many alerts chance alone would give."""

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from duckdb import DuckDBPyConnection

from reports.numbers import plural
from reports.queries import Row, Symbol, rows

# The worst of its rows speaks for a detector.
INSUFFICIENT = "insufficient history"
STATES = ("failed", "not run", "stale", INSUFFICIENT, "ran")
BROKEN = {"failed", "not run", "stale"}
SYMBOLS_NAMED = 4


class DescribedDetector(Protocol):
    """What a report wants to know of a detector; its docstring is its meaning."""

    @property
    def name(self) -> str: ...
    @property
    def typology(self) -> str: ...
    @property
    def data_tier(self) -> str: ...
    @property
    def code_version(self) -> str: ...
    @property
    def references(self) -> Sequence[str]: ...
    @property
    def null_rate_per_symbol_day(self) -> float: ...


@dataclass(frozen=True)
class DetectorDay:
    """One detector over one day, or several.

    `state` is one of `STATES`; `insufficient` names the symbols of which not one cell could be
    judged, `broken` those on which the detector failed (empty where it failed as a whole).
    """

    name: str
    state: str
    symbol_count: int = 0
    cells_judged: int = 0
    cells_insufficient: int = 0
    hit_count: int = 0
    stale_hit_count: int = 0
    expected_false_alerts: float | None = None
    insufficient: tuple[Symbol, ...] = ()
    broken: tuple[Symbol, ...] = ()
    error: str | None = None
    described: DescribedDetector | None = None

    @property
    def reason(self) -> str:
        """The last line of the traceback: what went wrong."""
        lines = (self.error or "").strip().splitlines()
        return lines[-1].strip() if lines else "no reason was kept"

    @property
    def meaning(self) -> list[str]:
        """The paragraphs of the detector's docstring."""
        text = inspect.getdoc(self.described) if self.described else None
        return [" ".join(part.split()) for part in (text or "").split("\n\n") if part.strip()]


@dataclass(frozen=True)
class Verdict:
    """The line that a reader sees first. `tone` is `good`, `poor` or `unjudged`."""

    tone: str
    sentence: str
    reasons: list[str] = field(default_factory=list)


def detector_days(
    connection: DuckDBPyConnection,
    first: date,
    last: date,
    described: Iterable[DescribedDetector],
) -> list[DetectorDay]:
    """Every detector that is described or left a trace from the first to the last day, by name."""
    known = {detector.name: detector for detector in described}
    runs: dict[str, list[Row]] = {name: [] for name in known}
    stale: dict[str, int] = {}
    for row in rows(
        connection,
        """
        select detector, venue, symbol, outcome, cells_judged, cells_insufficient, hit_count,
            expected_false_alerts, error
        from lake.ops.detector_runs
        where trade_day between ? and ?
        order by detector, venue, symbol, outcome, error
        """,
        [first, last],
    ):
        runs.setdefault(row["detector"], []).append(row)
    for row in rows(
        connection,
        """
        select detector, count(*) filter (where is_stale) as stale_hit_count
        from lake.alerts.hits
        where trade_day between ? and ?
        group by detector
        order by detector
        """,
        [first, last],
    ):
        runs.setdefault(row["detector"], [])
        stale[row["detector"]] = row["stale_hit_count"]
    return [
        _detector_day(name, runs[name], stale.get(name, 0), known.get(name))
        for name in sorted(runs)
    ]


def ever_run(connection: DuckDBPyConnection) -> list[str]:
    """Detectors that ran on any day: a report must not forget one because it left no row."""
    found = connection.execute("select distinct detector from lake.ops.detector_runs order by 1")
    return [name for (name,) in found.fetchall()]


def verdict(days: Sequence[DetectorDay], *, trade_count: int) -> Verdict:
    """Say how many of the detectors ran and which did not, with the reason."""
    if not days:
        return Verdict("unjudged", "No detector is known to this report: nothing was judged.")
    broken = [day for day in days if day.state in BROKEN]
    counted = f"{len(days) - sum(d.state in {'failed', 'not run'} for d in days)} of {len(days)}"
    if trade_count == 0 and all(day.state == "not run" for day in days):
        return Verdict("unjudged", f"{counted} detectors ran: there was no trade to judge.")
    told = "; ".join(
        f"{', '.join(day.name for day in broken if day.state == state)} {said}"
        for state, said in (("failed", "failed"), ("not run", "did not run"), ("stale", "is stale"))
        if any(day.state == state for day in broken)
    )
    if broken:
        return Verdict("poor", f"{counted} detectors ran: {told}.", _reasons(broken))
    return Verdict("good", f"{counted} detectors ran.")


def insufficiency(days: Sequence[DetectorDay]) -> list[str]:
    """Say which detectors could not judge which symbols, for want of history."""
    told = [f"{day.name} could judge no symbol" for day in days if day.state == INSUFFICIENT]
    names: dict[tuple[Symbol, ...], list[str]] = {}
    for day in days:
        if day.insufficient and day.state != INSUFFICIENT:
            names.setdefault(day.insufficient, []).append(day.name)
    for symbols, unable in names.items():
        who = "no detector could" if len(unable) == len(days) else f"{', '.join(unable)} could not"
        told.append(f"{who} judge {_named(symbols)}")
    return told


def expected_by_chance(days: Sequence[DetectorDay]) -> float | None:
    """Alerts that the detectors' null rates alone would give; None where none was measured."""
    measured = [d.expected_false_alerts for d in days if d.expected_false_alerts is not None]
    return sum(measured) if measured else None


def _detector_day(
    name: str, runs: Sequence[Row], stale_hit_count: int, described: DescribedDetector | None
) -> DetectorDay:
    failed = [row for row in runs if row["outcome"] == "failed"]
    unjudged = [row for row in runs if row["outcome"] == "insufficient_history"]
    if failed:
        state = "failed"
    elif not runs:
        state = "not run"
    elif stale_hit_count:
        state = "stale"
    elif len(unjudged) == len(runs):
        state = INSUFFICIENT
    else:
        state = "ran"
    able = set(_symbols([row for row in runs if row["outcome"] == "ran"]))
    measured = [r["expected_false_alerts"] for r in runs if r["expected_false_alerts"] is not None]
    errors = sorted({row["error"] for row in failed if row["error"]})
    return DetectorDay(
        name=name,
        state=state,
        symbol_count=len(_symbols(runs)),
        cells_judged=sum(row["cells_judged"] or 0 for row in runs),
        cells_insufficient=sum(row["cells_insufficient"] or 0 for row in runs),
        hit_count=sum(row["hit_count"] or 0 for row in runs),
        stale_hit_count=stale_hit_count,
        expected_false_alerts=sum(measured) if measured and not failed else None,
        insufficient=tuple(symbol for symbol in _symbols(unjudged) if symbol not in able),
        broken=_symbols(failed),
        error=errors[0] if errors else None,
        described=described,
    )


def _reasons(broken: Sequence[DetectorDay]) -> list[str]:
    told: list[str] = []
    for day in broken:
        if day.state == "failed":
            where = f" on {_named(day.broken)}" if day.broken else ""
            told.append(f"{day.name}{where}: {day.reason}")
        if day.stale_hit_count:
            hits = plural(day.stale_hit_count, "hit")
            are = "is" if day.stale_hit_count == 1 else "are"
            told.append(
                f"{day.name}: {hits} of this day {are} of an earlier run, marked stale below"
            )
    return told


def _symbols(found: Sequence[Row]) -> tuple[Symbol, ...]:
    return tuple(dict.fromkeys((row["venue"], row["symbol"]) for row in found if row["symbol"]))


def _named(symbols: Sequence[Symbol]) -> str:
    """The first few by name, the others as a number."""
    named = ", ".join(f"{symbol} on {venue}" for venue, symbol in symbols[:SYMBOLS_NAMED])
    rest = len(symbols) - SYMBOLS_NAMED
    return f"{named} and {plural(rest, 'other')}" if rest > 0 else named
