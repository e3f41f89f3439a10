"""The verdict on the detectors, as passed to a report, and its presentation.

`assets/publishing/verdict.py` decides which detectors ran, failed or are stale.
"""

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from reports.numbers import plain, plural
from reports.queries import Symbol

SYMBOLS_NAMED = 2
State = Literal["failed", "not run", "stale", "insufficient", "ran"]


class DescribedDetector(Protocol):
    """A detector as a report shows it; its docstring explains it."""

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


class DescribedPattern(Protocol):
    """A pattern that no detector looks for, with its state and the reason in words."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str: ...


def paragraphs(described: DescribedDetector) -> list[str]:
    """The paragraphs of a detector's docstring, each in one line."""
    text = inspect.getdoc(described) or ""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


@dataclass(frozen=True)
class DetectorState:
    """The outcome of one detector over one day or several.

    `insufficient` has the symbols of which it could judge no cell, with the reason, `failed_on`
    those on which it failed (none where it failed as a whole).
    """

    name: str
    state: State
    cells_judged: int = 0
    cells_insufficient: int = 0
    hit_count: int = 0
    stale_hit_count: int = 0
    expected_false_alerts: float | None = None
    insufficient: Mapping[Symbol, str] = field(default_factory=dict)
    failed_on: tuple[Symbol, ...] = ()
    error: str | None = None
    described: DescribedDetector | None = None
    measured: tuple[str, ...] = ()
    """Sentences on how good it was measured to be."""

    @property
    def meaning(self) -> list[str]:
        """The paragraphs of the detector's docstring."""
        return paragraphs(self.described) if self.described else []


@dataclass(frozen=True)
class Verdict:
    """Whether the detectors judged some days: the first line of a report.

    Attributes
    ----------
    tone
        `good`; `partial` if a detector could judge nothing; `poor` if one failed, did not run or
        has stale hits; `unjudged` if there was nothing to judge.
    reasons
        The fault of each detector that is not good.
    insufficiency
        The detectors that could not judge a symbol, and why: too little history, or a source that
        does not tell what they need. It is listed, and no fault.
    """

    tone: Literal["good", "partial", "poor", "unjudged"]
    sentence: str
    detectors: tuple[DetectorState, ...] = ()
    reasons: tuple[str, ...] = ()
    insufficiency: tuple[str, ...] = ()

    @property
    def expected_by_chance(self) -> float | None:
        """Alerts expected from the null rates alone; None if no rate was measured."""
        rates = [d.expected_false_alerts for d in self.detectors]
        measured = [rate for rate in rates if rate is not None]
        return sum(measured) if measured else None

    @property
    def unjudged(self) -> str:
        """In one line: which symbols how many detectors could not judge; empty if all could."""
        counted = Counter(symbol for one in self.detectors for symbol in one.insufficient)
        if not counted:
            return "; ".join(f"{sentence}." for sentence in self.insufficiency)
        worst = counted.most_common(SYMBOLS_NAMED)
        named = [f"{symbol} on {venue} by {count}" for (venue, symbol), count in worst]
        named[0] += f" of {plural(len(self.detectors), 'detector')}"
        if rest := counted.most_common()[SYMBOLS_NAMED:]:
            named.append(f"{plural(len(rest), 'other symbol')} by up to {rest[0][1]}")
        return f"{', '.join(named)}. No alert there is no all-clear."

    def not_judged(self, symbol: Symbol) -> list[str]:
        """The detectors that did not judge a symbol, by reason: no alert does not clear it."""
        names: dict[str, list[str]] = {}
        for detector in self.detectors:
            if detector.state == "failed" and symbol in (detector.failed_on or (symbol,)):
                names.setdefault("failed", []).append(plain(detector.name))
            elif detector.state == "not run":
                names.setdefault("did not run", []).append(plain(detector.name))
            elif symbol in detector.insufficient:
                names.setdefault(detector.insufficient[symbol], []).append(plain(detector.name))
        return [f"{', '.join(of_reason)} ({reason})" for reason, of_reason in names.items()]
