"""Keys of the service: whose they are, and what they allow. Only digests of them are at rest.

A key is 256 random bits, so its SHA-256 needs no salt. The file lies in the home, readable by its
owner alone; a process sees a change of it with its next request.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from assets.lake.lock import file_lock
from assets.lake.settings import Settings, SettingsError

Scope = Literal["read", "decide", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each allows what those before it allow."""
FILE = "keys.json"
PREFIX = "tw_"
ID_DIGITS = 8
LONGEST_OWNER = 100


@dataclass(frozen=True)
class Key:
    """One key, without its secret; `key_id` begins its digest."""

    key_id: str
    owner: str
    scope: Scope
    digest: str
    created_at: str
    revoked_at: str | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether it is valid and reaches that far."""
        return self.revoked_at is None and SCOPES.index(self.scope) >= SCOPES.index(scope)


def keys_of(settings: Settings) -> Sequence[Key]:
    """Every key that was created, revoked ones too, in that order."""
    path = settings.root / FILE
    try:
        changed = path.stat()
    except FileNotFoundError:
        return ()
    return _read(path, changed.st_mtime_ns, changed.st_ino)


def create_key(settings: Settings, owner: str, scope: Scope, now: datetime) -> str:
    """Create a key and return its secret, which nobody can read again."""
    owner = owner.strip()
    if not owner or len(owner) > LONGEST_OWNER or not owner.isprintable():
        raise SettingsError(f"a key's owner has 1 to {LONGEST_OWNER} printable letters")
    secret = PREFIX + secrets.token_urlsafe(32)
    digest = _digest(secret)
    key = Key(digest[:ID_DIGITS], owner, scope, digest, now.isoformat(" ", "seconds"))
    with _changing(settings):
        _write(settings, [*keys_of(settings), key])
    return secret


def revoke_key(settings: Settings, key_id: str, now: datetime) -> Key:
    """Revoke the key whose id begins so; SettingsError where that is not one valid key."""
    with _changing(settings):
        keys = list(keys_of(settings))
        found = [
            place
            for place, key in enumerate(keys)
            if key_id and key.key_id.startswith(key_id) and key.revoked_at is None
        ]
        if len(found) != 1:
            raise SettingsError(
                f"{len(found)} valid keys begin with {key_id!r}: see `tapewatch keys`"
            )
        (place,) = found
        keys[place] = replace(keys[place], revoked_at=now.isoformat(" ", "seconds"))
        _write(settings, keys)
    return keys[place]


def key_of(keys: Sequence[Key], secret: str) -> Key | None:
    """The valid key of a secret."""
    digest = _digest(secret)
    same = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return same[0] if same and same[0].revoked_at is None else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int, inode: int) -> tuple[Key, ...]:
    """The keys in the file; its time and inode tell versions apart."""
    try:
        return tuple(Key(**one) for one in json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{path} has been damaged ({error}): restore it, or delete it and "
                            "create the keys again") from error  # fmt: skip


def _changing(settings: Settings) -> AbstractContextManager[None]:
    return file_lock(settings.root / f"{FILE}.lock", settings.lock_timeout_seconds)


def _write(settings: Settings, keys: Sequence[Key]) -> None:
    unfinished = settings.root / f".{FILE}.unfinished"
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump([asdict(key) for key in keys], file, indent=1)
    unfinished.replace(settings.root / FILE)
