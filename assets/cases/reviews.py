"""What reviews say of each detector: how often its pattern was there, and how often abuse was.

A verdict is on what an incident says happened, so it counts for the detector of its lead alert.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import parsed
from assets.alerts.tables import INCIDENTS
from assets.cases.decision import Decision
from assets.cases.reasons import kind_of
from assets.cases.state import decisions_by_alert, state_of
from assets.lake.tables import refuse_other_versions
from reports.numbers import percent
from reports.queries import rows

NOT_REVIEWED = "Not reviewed yet."
LEVEL = 0.95
"""How probable an interval has the share that it is of, at least."""


@dataclass(frozen=True)
class Reviews:
    """How many incidents that a detector leads were judged how; unclear ones decide nothing."""

    true: int = 0
    """It was abuse."""
    innocent: int = 0
    """The pattern was there, with a fair cause."""
    wrong: int = 0
    """There was no pattern: the data or a threshold."""
    unclear: int = 0
    """This data cannot tell."""

    @property
    def decided(self) -> int:
        """Those that were judged true or false."""
        return self.true + self.innocent + self.wrong

    @property
    def pattern_precision(self) -> float | None:
        """Share of the decided ones where the pattern was there; None where none was decided."""
        return (self.true + self.innocent) / self.decided if self.decided else None

    @property
    def abuse_precision(self) -> float | None:
        """Share of the decided ones that were abuse; None where none was decided."""
        return self.true / self.decided if self.decided else None

    @property
    def sentence(self) -> str:
        """Counts, and both precisions with their exact intervals."""
        unclear = f" {self.unclear:,} could not be told from this data." if self.unclear else ""
        if not self.decided:
            return NOT_REVIEWED + unclear
        return (
            f"Reviewed: {self.true:,} true, {self.innocent:,} innocent, {self.wrong:,} wrong. "
            f"The pattern was there in {_share(self.true + self.innocent, self.decided)}, abuse in "
            f"{_share(self.true, self.decided)}.{unclear}"
        )


def reviews_of(connection: DuckDBPyConnection, decisions: Sequence[Decision]) -> dict[str, Reviews]:
    """The reviews by detector; one that nobody has reviewed is absent."""
    if INCIDENTS.name not in refuse_other_versions(connection, [INCIDENTS]):
        return {}
    current = rows(connection, f"from lake.{INCIDENTS.name} where status <> 'superseded'")
    return count_reviews([parsed(row) for row in current], decisions)


def count_reviews(
    incidents: Sequence[dict[str, Any]], decisions: Sequence[Decision]
) -> dict[str, Reviews]:
    """The same of incidents whose lists are lists."""
    by_alert = decisions_by_alert(decisions)
    counted: dict[str, Counter[str]] = {}
    for one in incidents:
        state = state_of(one, by_alert)
        if state.verdict is not None:
            kind = kind_of(state.reason or "", state.verdict)
            counted.setdefault(one["detector"], Counter())[kind] += 1
    return {
        name: Reviews(of["abuse"], of["innocent"], of["wrong"], of["open"])
        for name, of in counted.items()
    }


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share from a count out of another."""
    # costs a third of a CPU second, and every command imports this module
    from scipy.special import betaincinv

    outside = (1 - LEVEL) / 2
    least = betaincinv(part, whole - part + 1, outside) if part else 0.0
    most = betaincinv(part + 1, whole - part, 1 - outside) if part < whole else 1.0
    return float(least), float(most)


def _share(part: int, whole: int) -> str:
    least, most = share_interval(part, whole)
    return f"{percent(part / whole, 2)} ({percent(least, 2)} to {percent(most, 2)})"
