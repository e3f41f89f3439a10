"""The verdict in words: which detectors did not run, could not judge or failed, and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from reports.detectors import DetectorState, State
from reports.numbers import plural
from reports.queries import Symbol

# a sentence names so many symbols or days, and counts the others
NAMED = 4
WRONG: Mapping[State, tuple[str, str]] = {
    "failed": ("failed", "failed"),
    "not run": ("did not run", "did not run"),
    "stale": ("has stale hits", "have stale hits"),
}
# said of a detector, and no fault
INSUFFICIENT: Mapping[State, tuple[str, str]] = {
    "insufficient": ("is insufficient", "are insufficient"),
}


def named_states(states: Sequence[DetectorState]) -> str:
    """The detectors that did not simply run, by name."""
    parts: list[str] = []
    for state, (one, several) in {**WRONG, **INSUFFICIENT}.items():
        names = [detector.name for detector in states if detector.state == state]
        if names:
            parts.append(f"{', '.join(names)} {one if len(names) == 1 else several}")
    return "; ".join(parts)


def failures(states: Sequence[DetectorState]) -> list[str]:
    """The last line of each traceback, and on which symbols the detector failed."""
    reasons: list[str] = []
    for one in states:
        if one.state == "failed":
            where = f" on {_listed(_named(one.failed_on))}" if one.failed_on else ""
            lines = (one.error or "").strip().splitlines()
            reason = lines[-1].strip() if lines else "no reason is recorded"
            reasons.append(f"{one.name}{where}: {reason}")
    return reasons


def silences(silent: Mapping[str, tuple[date, ...]]) -> list[str]:
    names: dict[tuple[date, ...], list[str]] = {}
    for name, days in sorted(silent.items()):
        names.setdefault(days, []).append(name)
    return [
        f"{', '.join(of_days)}: no cell of {_listed([str(day) for day in days])} was judged; run "
        f"{'the day' if len(days) == 1 else 'the days'} again from the stage detect"
        for days, of_days in names.items()
    ]


def stale_hits(states: Sequence[DetectorState]) -> list[str]:
    return [
        f"{one.name}: {plural(one.stale_hit_count, 'hit')} "
        f"{'is' if one.stale_hit_count == 1 else 'are'} of an earlier run, marked stale"
        for one in states
        if one.stale_hit_count
    ]


def insufficiency(states: Sequence[DetectorState]) -> tuple[str, ...]:
    """Which detectors could not judge which symbols, and why."""
    names: dict[tuple[str, tuple[Symbol, ...] | None], list[str]] = {}
    for one in states:
        symbols: dict[str, list[Symbol]] = {}
        for symbol, reason in one.insufficient.items():
            symbols.setdefault(reason, []).append(symbol)
        for reason, unjudged in symbols.items():
            is_every = one.state == "insufficient" and len(symbols) == 1
            names.setdefault((reason, None if is_every else tuple(unjudged)), []).append(one.name)
    sentences: list[str] = []
    for (reason, unjudged), of_symbols in names.items():
        who = ", ".join(of_symbols)
        if len(of_symbols) == len(states):
            what = "no detector could judge " + (
                "any symbol" if unjudged is None else _listed(_named(unjudged))
            )
        elif unjudged is None:
            what = f"{who} could judge no symbol"
        else:
            what = f"{who} could not judge {_listed(_named(unjudged))}"
        sentences.append(f"{what}: {reason}")
    return tuple(sentences)


def _named(symbols: Iterable[Symbol]) -> list[str]:
    return [f"{symbol} on {venue}" for venue, symbol in symbols]


def _listed(names: Sequence[str]) -> str:
    """The first few by name, the others as a number."""
    named = ", ".join(names[:NAMED])
    rest = len(names) - NAMED
    return f"{named} and {plural(rest, 'other')}" if rest > 0 else named
