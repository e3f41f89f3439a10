"""What a mute hides, and what it would have hidden: said before it is saved."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from assets.cases.decision import Decision
from assets.cases.reading import WorkedIncident
from assets.cases.state import Mute, counting_decisions

LOOKED_BACK = timedelta(days=30)
SCOPE = ("detector", "venue", "symbol", "subject_id")
"""The fields that say what is muted."""


class WouldMute(NamedTuple):
    """Of the incidents of the last 30 days with data: all, those of a mute, those judged true."""

    total: int
    hidden: int
    judged_true: int

    @property
    def sentence(self) -> str:
        """As a form says it before it is saved."""
        return (
            f"It would have muted {self.hidden:,} of the last 30 days' {self.total:,}, "
            f"{self.judged_true:,} of them judged true."
        )


class MadeMute(NamedTuple):
    """A mute that counts, the decision that made it, and what it has hidden since."""

    mute: Mute
    number: int
    hidden: int


def would_mute(mute: Mute, incidents: Sequence[WorkedIncident]) -> WouldMute:
    """What a mute would have hidden, whatever was decided of it; up to the newest incident."""
    newest = max((one.incident["window_end_at"] for one in incidents), default=None)
    recent = [
        one
        for one in incidents
        if newest is not None and one.incident["window_end_at"] > newest - LOOKED_BACK
    ]
    hidden = [one for one in recent if mute.hides(one.incident)]
    return WouldMute(len(recent), len(hidden), sum(one.state.verdict == "true" for one in hidden))


def made_mutes(
    decisions: Sequence[Decision], mutes: Sequence[Mute], incidents: Sequence[WorkedIncident]
) -> list[MadeMute]:
    """Every mute that was not taken back, in order."""
    numbers: dict[str, int] = {
        one.about_id: one.number
        for one in counting_decisions(decisions)
        if one.about == "mute" and one.mute_until is not None
    }
    return [
        MadeMute(
            one,
            numbers[one.mute_id],
            sum(each.is_muted and one.hides(each.incident) for each in incidents),
        )
        for one in mutes
    ]


def scope_of(values: Mapping[str, str]) -> str:
    """What a mute is of, so that a form can tell whether it was counted for this."""
    return "|".join(values.get(name, "").strip() for name in SCOPE)
