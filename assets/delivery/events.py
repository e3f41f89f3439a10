"""What is worth a message, and the key by which a receiver recognises a repeat."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from assets.alerts.severity import Severity

Kind = Literal["report", "incident", "breach", "failed_run", "silent_feed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEY_DIGITS = 32


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that people hear of once; `subject` and `revision` tell it from all others."""

    kind: Kind
    subject: str
    revision: str
    title: str
    text: str
    link: str
    severity: Severity | None = None
    """Of an incident or a breach; other events have none."""
    venues: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same whenever the event is found or sent again."""
        identity = "|".join((self.kind, self.subject, self.revision))
        return hashlib.sha256(identity.encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True)
class Found:
    """What a source has found behind a cursor, and the cursor behind that."""

    events: Sequence[Event]
    cursor: str


@dataclass(frozen=True)
class Source:
    """Where events come from; `look` goes on behind a cursor, None at the first look."""

    name: str
    look: Callable[[str | None], Found]
