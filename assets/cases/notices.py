"""Who is told that somebody else decided otherwise: later than they did, or while they read."""

from collections.abc import Sequence
from typing import NamedTuple

from assets.cases.decision import Decision
from assets.cases.state import counting_decisions
from assets.cases.words import what_was_decided


class Overruled(NamedTuple):
    """A verdict of a person, and another's later one of the same incident."""

    mine: Decision
    later: Decision

    @property
    def sentence(self) -> str:
        """What happened, for the person whose verdict was first."""
        return (
            f"{self.later.decided_by} {_decided(self.later)} at "
            f"{self.later.decided_at:%H:%M:%S}. Yours, {self.mine.verdict}, of "
            f"{self.mine.decided_at:%H:%M:%S} is earlier and does not count. Both are below."
        )


def overruled(decisions: Sequence[Decision], person: str, after: int = 0) -> list[Overruled]:
    """The person's last verdicts that others contradicted by decisions after a number, in order."""
    verdicts: dict[str, list[Decision]] = {}
    for one in counting_decisions(decisions):
        if one.about == "incident" and one.verdict is not None:
            verdicts.setdefault(one.alert_id, []).append(one)
    found = list[Overruled]()
    for each in verdicts.values():
        own = [place for place, one in enumerate(each) if one.decided_by == person]
        if own and (later := each[own[-1] + 1 :]):
            mine, last = each[own[-1]], later[-1]
            if last.number > after and last.verdict != mine.verdict:
                found.append(Overruled(mine, last))
    return sorted(found, key=lambda one: one.later.number)


def meanwhile_sentence(mine: Decision, other: Decision) -> str:
    """What another decided after the person had opened the page, and that both are there."""
    yours = f", {mine.verdict}," if mine.verdict else ""
    return (
        f"{other.decided_by} {_decided(other)} at {other.decided_at:%H:%M:%S}, after you had "
        f"opened it. Yours{yours} of {mine.decided_at:%H:%M:%S} is later and stands. "
        "Both are below."
    )


def _decided(one: Decision) -> str:
    if one.verdict is not None and one.state == "closed":
        return f"closed this as {one.verdict}"
    if one.verdict is not None:
        return f"judged this {one.verdict}"
    said = what_was_decided(one)
    return f"commented “{one.note}”" if said == "commented" else said
