"""Who is signed in at the desk: a cookie names a session, the session a key that still holds."""

import secrets
from collections import OrderedDict
from threading import Lock

from fastapi import Request

from assets.lake.settings import Settings
from orchestration.api.access import Caller, caller_of, refuse_other_origin
from orchestration.api.keys import Key, key_of, keys_of

COOKIE = "desk"
PATH = "/desk"
MOST = 1_000


class Sessions:
    """Sessions of this process, the oldest forgotten; a revoked key ends its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def open(self, secret: str) -> str | None:
        """A new session for a valid key's secret; None for any other."""
        key = key_of(keys_of(self._settings), secret)
        if key is None:
            return None
        with self._lock:
            name = secrets.token_urlsafe(32)
            self._keys[name] = key.key_id
            if len(self._keys) > MOST:
                self._keys.popitem(last=False)
        return name

    def close(self, name: str) -> None:
        """End a session."""
        with self._lock:
            self._keys.pop(name, None)

    def caller(self, request: Request) -> Caller | None:
        """Who looks at the page; None must sign in. A Refusal for a page of another origin."""
        # a link of a message may lead to a page; only a form of our own may post
        if request.method == "POST":
            refuse_other_origin(request)
        if not keys_of(self._settings):
            return caller_of(self._settings, request, "read")
        key = self._key(request.cookies.get(COOKIE, ""))
        return None if key is None else Caller(key.owner, key.scope, is_signed_in=True)

    def _key(self, name: str) -> Key | None:
        with self._lock:
            key_id = self._keys.get(name)
        valid = (one for one in keys_of(self._settings) if one.revoked_at is None)
        return next((one for one in valid if one.key_id == key_id), None)
