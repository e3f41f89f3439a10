"""The chain of decisions in the object store: one object each, which names the one before.

Nothing is edited: a change of an object breaks the digest that its successor names, and a missing
one leaves a hole in the numbers. The last object has no successor: `cases.decisions` has its
digest.
"""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from assets.cases.decision import Decision, DecisionError, Draft, landed, parsed
from assets.lake.objects.object_store import ObjectStore

PREFIX = "decisions/"
NUMBER_DIGITS = 12
FIRST_DIGEST = "0" * 64
ATTEMPTS = 100
"""Other writers may be faster; each attempt loses to another decision that has landed."""


class ChainError(DecisionError):
    """The chain is broken: an object was changed, or is missing."""


class Link(NamedTuple):
    """Where the chain ends: the number and the digest of a decision; the start has number 0."""

    number: int
    digest: str


START = Link(0, FIRST_DIGEST)


def key_of(number: int) -> str:
    """The key of a decision's object."""
    return f"{PREFIX}{number:0{NUMBER_DIGITS}d}.json"


def append(
    store: ObjectStore,
    draft: Draft,
    *,
    request_id: str,
    by: str,
    at: datetime,
    channel: str,
    after: Link | None = None,
) -> Decision:
    """Land a draft as the next decision; a request that has landed already gives that decision.

    `after` is where the chain ended when the caller has just read it; else it is read. Of two
    writers at once the store lets one create the number; the other reads that decision and takes
    the next.
    """
    if not by.strip():
        raise DecisionError("who decides is not known: set TAPEWATCH_USER")
    link, is_read = after or START, after is not None
    for _ in range(ATTEMPTS):
        if not is_read:
            for other in read_chain(store, link):
                if other.request_id == request_id:
                    return other
                link = Link(other.number, other.digest)
        decision, data = landed(
            draft, number=link.number + 1, previous_digest=link.digest,
            request_id=request_id, decided_at=at, decided_by=by, channel=channel,
        )  # fmt: skip
        if _put(store, key_of(decision.number), data):
            return decision
        is_read = False
    raise DecisionError(f"{ATTEMPTS} other decisions landed meanwhile: try again")


def read_chain(store: ObjectStore, after: Link = START) -> Iterator[Decision]:
    """The decisions after a link, in order; ChainError at the first that does not follow."""
    link = after
    for key in store.list(PREFIX, after=key_of(link.number) if link.number else ""):
        if key != (expected := key_of(link.number + 1)):
            raise ChainError(
                f"{expected} is missing: decisions after number {link.number} cannot be proved; "
                "restore the object from a backup"
            )
        try:
            decision = parsed(store.read(key))
        except DecisionError as error:
            raise ChainError(f"{key} was damaged ({error}): restore it from a backup") from error
        if decision.number != link.number + 1 or decision.previous_digest != link.digest:
            before = key_of(link.number) if link.number else "the start"
            raise ChainError(
                f"{key} does not follow {before}: one of the two was changed; restore them from a "
                "backup"
            )
        yield decision
        link = Link(decision.number, decision.digest)


def verify_chain(store: ObjectStore, digests: Mapping[int, str]) -> int:
    """Check every object against its successor, and against digests noted before, by number.

    Returns how many decisions there are; ChainError names the first object that is wrong.
    """
    count = 0
    for decision in read_chain(store):
        count = decision.number
        if digests.get(count, decision.digest) != decision.digest:
            raise ChainError(
                f"{key_of(count)} was changed after the lake had read it: restore it from a backup"
            )
    if missing := [number for number in digests if number > count]:
        raise ChainError(f"{key_of(min(missing))} is missing: restore it from a backup")
    return count


def _put(store: ObjectStore, key: str, data: bytes) -> bool:
    """Create a decision's object; False if another decision has its number."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "decision.json"
        source.write_bytes(data)
        # a lost answer to a first attempt leaves our own object there
        return store.put_new(key, source) or store.read(key) == data
