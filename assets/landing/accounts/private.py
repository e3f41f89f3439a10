"""What identifies a person: one SQLite file in the home, readable by its owner alone.

Nothing else holds these values, so an erasure is complete: landed objects and the lake have
pseudonyms, which stay, and what was derived from them can be derived again.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assets.landing.formats.accounts import DEVICE

PSEUDONYM_DIGITS = 16
TABLES = """
create table if not exists secret (key blob not null);
create table if not exists identities (
    venue text, account_id text, field text, value text, landed_at text,
    primary key (venue, account_id, field, value)
)
"""


@dataclass(frozen=True)
class Identity:
    """One value that identifies the person behind an account: field `name`, `device`, …"""

    venue: str
    account_id: str
    field: str
    value: str


@dataclass(frozen=True)
class PrivateData:
    """The file; it is made, with a new key, when something is to be kept."""

    path: Path

    def pseudonyms(self, devices: Iterable[str]) -> dict[str, str]:
        """The pseudonym of each device: the same in every file that lands in this home."""
        with self._opened() as connection:
            ((key,),) = connection.execute("select key from secret").fetchall()
        return {device: f"{DEVICE}-{_digest(key, device)}" for device in devices}

    def keep(self, identities: Iterable[Identity], now: datetime) -> None:
        """Add values; one that is there is kept as if it had landed now."""
        rows = [
            (one.venue, one.account_id, one.field, one.value, now.isoformat(" "))
            for one in identities
        ]
        with self._opened() as connection, connection:
            connection.executemany("insert or replace into identities values (?, ?, ?, ?, ?)", rows)

    def of_account(self, account_id: str, venue: str | None = None) -> list[Identity]:
        """What is known of an account, on one venue or on all."""
        if not self.path.exists():
            return []
        with self._opened() as connection:
            found = connection.execute(
                "select venue, account_id, field, value from identities "
                "where account_id = ? and coalesce(venue = ?, true) order by 1, 3, 4",
                (account_id, venue),
            ).fetchall()
        return [Identity(*row) for row in found]

    def erase(self, account_id: str, venue: str | None = None) -> int:
        """Delete what is known of an account; how many values there were."""
        return self._delete("account_id = ? and coalesce(venue = ?, true)", (account_id, venue))

    def expire(self, before: datetime) -> int:
        """Delete what landed before an instant (UTC) and has not landed again; how many values."""
        return self._delete("landed_at < ?", (before.isoformat(" "),))

    def _delete(self, condition: str, values: tuple[str | None, ...]) -> int:
        if not self.path.exists():
            return 0
        with self._opened() as connection, connection:
            return connection.execute(f"delete from identities where {condition}", values).rowcount

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            # deleted values are overwritten, not left on free pages
            connection.execute("pragma secure_delete = on")
            connection.executescript(TABLES)
            with connection:
                connection.execute(
                    "insert into secret select ? where not exists (select * from secret)",
                    (secrets.token_bytes(32),),
                )
            yield connection


def _digest(key: bytes, device: str) -> str:
    return hmac.new(key, device.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]
