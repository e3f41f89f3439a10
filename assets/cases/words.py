"""A decision in words, the same on a page, in a terminal and in a case's pack."""

from collections.abc import Iterator

from assets.cases.decision import Decision
from assets.cases.reasons import words_of

STATES = {"open": "reopened it"}


def what_was_decided(one: Decision) -> str:
    """What somebody decided, without who: `judged false: a feed gap, closed it`."""
    return ", ".join(_parts(one)) or "commented"


def _parts(one: Decision) -> Iterator[str]:
    if one.takes_back is not None:
        yield f"took decision {one.takes_back} back"
    if one.about == "case" and one.title is not None:
        yield f"titled the case {one.title!r}"
    if one.about == "mute" and one.mute_until is not None:
        yield f"muted {muted_words(one)} until {one.mute_until:%Y-%m-%d %H:%M} UTC"
    if one.verdict is not None:
        yield f"judged {one.verdict}: {words_of(one.reason or '', one.verdict)}"
    if one.state is not None and (one.about, one.state, bool(one.title)) == ("case", "open", True):
        yield "opened it"
    elif one.state is not None:
        yield STATES.get(one.state, f"{one.state} it")
    if one.assignee is not None:
        yield f"gave it to {one.assignee}" if one.assignee else "gave it back"
    if one.case_id is not None:
        yield f"put it into case {one.case_id}" if one.case_id else "took it out of its case"


def muted_words(one: Decision) -> str:
    """What a mute is of: its detector, venue, symbol and subject."""
    parts = (one.mute_detector, one.mute_venue, one.mute_symbol, one.mute_subject_id)
    return " ".join(part for part in parts if part)
