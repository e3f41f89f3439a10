"""List landed objects: those that are new since a cursor, and those of given days."""

import base64
import hashlib
from collections.abc import Collection, Iterable
from datetime import date

from assets.lake.objects.object_store import ObjectStore

CURSOR_VERSION = "1:"
HASH_BYTES = 8
UNKNOWN_DATE = "unknown"


def new_objects(
    store: ObjectStore, dataset: str, cursor: str | None = None
) -> tuple[list[str], str]:
    """The keys that landed since the cursor (None: ever), in order, and the cursor after them.

    Keys are not in order of time: a file of an old day lands late, under a key before others. So a
    cursor is not a high-water mark but the set of all keys seen, 8 bytes of hash each (among a
    million keys two collide with a probability of 3e-8).
    """
    seen = _unpacked(cursor)
    new = [key for key in landed_objects(store, dataset) if _hash(key) not in seen]
    return new, cursor_with(cursor, new)


def cursor_with(cursor: str | None, keys: Iterable[str]) -> str:
    """The cursor extended by keys that `new_objects` returned."""
    return _packed(_unpacked(cursor) | {_hash(key) for key in keys})


def objects_for_days(store: ObjectStore, dataset: str, days: Collection[date]) -> list[str]:
    """The keys of the objects of files with rows of the given days, of all venues.

    Objects of a stream have no day in their key: see `stream_objects_for_days`.
    """
    wanted = {day.isoformat() for day in days}
    return [key for key in landed_objects(store, dataset) if date_of_key(key) in wanted]


def objects_without_day(store: ObjectStore, dataset: str) -> list[str]:
    """The keys of the objects of rejected rows, whose day is unknown."""
    return [key for key in landed_objects(store, dataset) if date_of_key(key) == UNKNOWN_DATE]


def landed_objects(store: ObjectStore, dataset: str) -> list[str]:
    """The keys of all landed objects with rows, in order."""
    folder = f"landing/{dataset}/"
    keys = store.list(folder)
    # an object outside of every partition folder has columns but no rows
    return sorted(
        key for key in keys if key.endswith(".parquet") and "/" in key.removeprefix(folder)
    )


def landed_dates(store: ObjectStore, dataset: str) -> list[date]:
    """The days with landed rows, in order."""
    found = {date_of_key(key) for key in landed_objects(store, dataset)}
    return sorted(date.fromisoformat(day) for day in found if day and day != UNKNOWN_DATE)


def date_of_key(key: str) -> str | None:
    """`2024-08-09` or `unknown`; None for a key without a date."""
    for part in key.split("/"):
        if part.startswith("date="):
            return part.removeprefix("date=")
    return None


def _hash(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=HASH_BYTES).digest()


def _packed(hashes: Iterable[bytes]) -> str:
    return CURSOR_VERSION + base64.b64encode(b"".join(sorted(hashes))).decode()


def _unpacked(cursor: str | None) -> set[bytes]:
    if not cursor:
        return set()
    if not cursor.startswith(CURSOR_VERSION):
        raise ValueError(f"the landing cursor is of an unknown kind: {cursor[:20]!r}")
    data = base64.b64decode(cursor.removeprefix(CURSOR_VERSION))
    return {data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)}
