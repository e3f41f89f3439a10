"""What has been delivered on each channel, and what waits to be sent again.

Pure but for the sending. A position is a number that a source gives each of its notifications, in
the order in which they came to be. The cursor is saved after the sending: a tick that dies in
between sends again.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from sensors.notifications import AwayError, DeliveryError, Notification, Send

# of new ones, and again of those that wait
AT_ONCE = 20
# a tick has a minute, for all channels together
CHANNEL_SECONDS = 15.0

Placed = Sequence[tuple[int, Notification]]


class Progress(BaseModel):
    """How far a channel has come."""

    model_config = ConfigDict(frozen=True)

    seen: int
    """The position of the last one that was sent, or failed and waits."""
    waiting: dict[int, int] = {}
    """Position -> how often it was not taken."""


class Outbox(BaseModel):
    """The progress of each channel, and of which source: one made anew begins anew."""

    model_config = ConfigDict(frozen=True)

    source: str = ""
    channels: dict[str, Progress] = {}


def deliver(
    outbox: Outbox,
    channels: Mapping[str, Send],
    start: Callable[[], int],
    new_after: Callable[[int, int], Placed],
    at: Callable[[Sequence[int]], Placed],
) -> tuple[Outbox, int, list[str]]:
    """Send what is new on each channel, then what waits; the outbox, how many sent, what failed.

    Parameters
    ----------
    start
        The position behind which a channel begins that has sent nothing yet.
    new_after
        So many notifications behind a position, in order.
    at
        The notifications at some positions; one that no longer exists is left out, and forgotten.
    """
    progresses: dict[str, Progress] = {}
    sent, problems = 0, []
    for name, send in channels.items():
        progress = outbox.channels.get(name) or Progress(seen=start())
        progresses[name], count, failed = _send(
            progress, send, new_after(progress.seen, AT_ONCE), at(_again(progress))
        )
        sent += count
        problems += [f"{name}: {problem}" for problem in failed]
    return Outbox(source=outbox.source, channels=progresses), sent, problems


def _again(progress: Progress) -> list[int]:
    # those that failed least often first, so that one that always fails blocks no other
    return sorted(progress.waiting, key=lambda at: (progress.waiting[at], at))[:AT_ONCE]


def _send(
    progress: Progress, send: Send, new: Placed, again: Placed
) -> tuple[Progress, int, list[str]]:
    seen, waiting = progress.seen, dict(progress.waiting)
    for gone in set(_again(progress)) - {at for at, _ in again}:
        del waiting[gone]
    sent, problems = 0, []
    ends_at = time.monotonic() + CHANNEL_SECONDS
    for at, notification in (*new, *again):
        if time.monotonic() > ends_at:
            break
        seen = max(seen, at)
        try:
            send(notification)
        except DeliveryError as error:
            waiting[at] = waiting.get(at, 0) + 1
            problems.append(f"{notification.title}: {error}")
            if isinstance(error, AwayError):
                break
        else:
            waiting.pop(at, None)
            sent += 1
    return Progress(seen=seen, waiting=waiting), sent, problems


def summary(outbox: Outbox, sent: int, problems: Sequence[str]) -> str:
    """What a tick did, in a sentence."""
    waits = sum(len(progress.waiting) for progress in outbox.channels.values())
    done = f"{sent} sent" if sent else "nothing new to send"
    if not waits:
        return done
    why = f" ({'; '.join(problems[:3])})" if problems else ""
    return f"{done}; {waits} wait for the next look{why}"
