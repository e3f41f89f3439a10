"""When a stream's cells have closed: from the objects of its partitions to the windows to run.

Pure, so that a restart, a repeat or another process decides the same. A cursor says what is known
of the stream; a plan is the next window with the objects that may hold its trades, and stays in
the cursor until its run has succeeded.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from assets.landing.kafka.objects import LandedObject
from assets.market.window import EPOCH, floor
from sensors.run_keys import run_key

GRAIN = timedelta(seconds=1)
# how far trades may arrive out of order before they count as late
OUT_OF_ORDER = timedelta(seconds=2)
# no cell waits for a partition this far behind the others' broker time; when the newest message
# of all is this old, the stream is idle, and all that it brought is closed
IDLE_AFTER = timedelta(seconds=10)
# later than that, the day is run again instead of a window
LATE_REACH = timedelta(minutes=15)
# what one run takes on at most; the rest waits for the next
ROWS_A_WINDOW = 2_000_000


class Partition(BaseModel):
    """How far a partition has come."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Its last object that was seen: what `kafka_objects` goes on behind."""
    traded_at: datetime | None
    broker_at: datetime

    @property
    def reached_at(self) -> datetime:
        """Until when its trades have come. One dated after the broker took it proves nothing."""
        return min(self.traded_at or EPOCH, self.broker_at)


class Plan(BaseModel):
    """A window that has closed, and the objects that may hold its trades."""

    model_config = ConfigDict(frozen=True)

    start_at: datetime
    end_at: datetime
    keys: tuple[str, ...]
    attempt: int = 1

    @property
    def run_key(self) -> str:
        """The same for a repeat of the same attempt, so that Dagster starts it once."""
        what = f"{self.start_at.isoformat()}/{self.end_at.isoformat()}"
        return f"{run_key(what, self.keys)}/{self.attempt}"

    def __str__(self) -> str:
        return f"window {self.start_at} to {self.end_at}"


class Cursor(BaseModel):
    """What is known of a stream: how far it came, what is closed, what still waits."""

    model_config = ConfigDict(frozen=True)

    partitions: dict[int, Partition] = {}
    closed_until: datetime | None = None
    waiting: tuple[LandedObject, ...] = ()
    plan: Plan | None = None
    late_days: tuple[str, ...] = ()


def watermark(partitions: Sequence[Partition], now: datetime) -> datetime | None:
    """The time before which a stream's trades are taken to be complete; None while unknown.

    The least, over its active partitions, of the greatest time of a trade, minus the time that
    trades may be out of order. `now` is naive and in UTC.
    """
    last = slowest(partitions)
    if last is None:
        return None
    if is_idle(partitions, now):
        latest = max(min(p.traded_at, now) for p in partitions if p.traded_at)
        return floor(latest, GRAIN) + GRAIN
    return floor(last.reached_at - OUT_OF_ORDER, GRAIN)


def is_idle(partitions: Sequence[Partition], now: datetime) -> bool:
    """Whether the newest of all known messages is so old that no cell waits for another."""
    newest = max((one.broker_at for one in partitions if one.traded_at), default=now)
    return now - newest >= IDLE_AFTER


def slowest(partitions: Sequence[Partition]) -> Partition | None:
    """The active partition that has come least far, for which all others wait."""
    known = [one for one in partitions if one.traded_at]
    newest = max((one.broker_at for one in known), default=EPOCH)
    active = [one for one in known if newest - one.broker_at < IDLE_AFTER]
    return min(active, key=lambda one: one.reached_at, default=None)


def with_objects(cursor: Cursor, new: Sequence[LandedObject]) -> Cursor:
    """The cursor after some new objects, each partition's in the order of its offsets."""
    partitions = dict(cursor.partitions)
    for one in new:
        before = partitions.get(one.partition)
        times = [t for t in (before and before.traded_at, one.greatest_traded_at) if t is not None]
        partitions[one.partition] = Partition(
            key=one.key,
            traded_at=max(times, default=None),
            broker_at=max(one.greatest_broker_at, before.broker_at if before else EPOCH),
        )
    return cursor.model_copy(update={"partitions": partitions, "waiting": (*cursor.waiting, *new)})


def with_plan(cursor: Cursor, now: datetime) -> Cursor:
    """The cursor with the next window as its plan, unchanged where there is nothing to run."""
    if cursor.plan is not None:
        return cursor
    after = _closed(cursor, now)
    return after if after.plan is not None else _rejected_alone(cursor, now)


def _closed(cursor: Cursor, now: datetime) -> Cursor:
    """The cursor with the window of the cells that have closed, unchanged where none with a trade.

    Rows of more than a window's worth close in steps. What comes late moves the window's start
    back; what comes too late for that names its day.
    """
    closing = watermark(list(cursor.partitions.values()), now)
    if closing is None:
        return cursor
    # a partition that joins late may be behind: what has closed stays closed
    closing = max(closing, cursor.closed_until or closing)
    # an object without a valid trade is read with the first window that runs: it has rejected rows
    dated = [one for one in cursor.waiting if one.least_traded_at and one.greatest_traded_at]
    blank = [one for one in cursor.waiting if not one.least_traded_at]
    starts = [floor(one.least_traded_at, GRAIN) for one in dated if one.least_traded_at]
    late_days: set[str] = set()
    if cursor.closed_until is not None:
        too_late = cursor.closed_until - LATE_REACH
        late_days = {str(at.date()) for at in starts if at < too_late}
        starts = [cursor.closed_until, *(max(at, too_late) for at in starts)]
    if not starts:
        return cursor
    start_at = min(starts)
    end_at = min(closing, _end_within(dated, start_at) or closing)
    read = [one for one in dated if one.least_traded_at and one.least_traded_at < end_at]
    if not read or end_at <= start_at:
        return cursor
    # what is left of an object lies after the window; it is read again for that alone
    left = [
        replace(one, least_traded_at=max(one.least_traded_at, end_at))
        for one in dated
        if one.least_traded_at and one.greatest_traded_at and one.greatest_traded_at >= end_at
    ]
    return cursor.model_copy(
        update={
            "plan": Plan(
                start_at=start_at, end_at=end_at, keys=tuple(one.key for one in (*read, *blank))
            ),
            "waiting": tuple(left),
            "closed_until": max(end_at, cursor.closed_until or end_at),
            "late_days": tuple(sorted({*cursor.late_days, *late_days})),
        }
    )


def _rejected_alone(cursor: Cursor, now: datetime) -> Cursor:
    """The cursor with the objects in which no trade is valid as its plan, if one waits for long.

    Their rows have no time, so any window serves that closes nothing: the last one that has closed,
    or one before any trade.
    """
    blank = [one for one in cursor.waiting if not one.least_traded_at]
    oldest = min((one.greatest_broker_at for one in blank), default=now)
    if now - oldest < IDLE_AFTER:
        return cursor
    end_at = cursor.closed_until or EPOCH + GRAIN
    plan = Plan(start_at=end_at - GRAIN, end_at=end_at, keys=tuple(one.key for one in blank))
    dated = tuple(one for one in cursor.waiting if one.least_traded_at)
    return cursor.model_copy(update={"plan": plan, "waiting": dated})


def after_success(cursor: Cursor) -> Cursor:
    """The cursor after its plan's window is in the lake."""
    return cursor.model_copy(update={"plan": None})


def with_retry(cursor: Cursor) -> Cursor:
    """The cursor with the next attempt of its plan."""
    if cursor.plan is None:
        return cursor
    again = cursor.plan.model_copy(update={"attempt": cursor.plan.attempt + 1})
    return cursor.model_copy(update={"plan": again})


def _end_within(dated: Sequence[LandedObject], start_at: datetime) -> datetime | None:
    """Where a window must end so as to take on no more rows than one run may; None: anywhere."""
    rows = 0
    for one in sorted(dated, key=lambda one: one.greatest_traded_at or EPOCH):
        rows += one.rows
        if rows > ROWS_A_WINDOW and one.greatest_traded_at:
            return max(floor(one.greatest_traded_at, GRAIN), start_at + GRAIN)
    return None
