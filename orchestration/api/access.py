"""Who may ask for what: keys and scopes, the rate of a key, requests of other origins.

While no key exists the service is open, to this machine alone: it then answers under the names of
this machine and binds nowhere else.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from assets.cases.deciding import decider
from assets.lake.settings import Settings, SettingsError
from orchestration.api.keys import Scope, key_of, keys_of
from orchestration.api.problems import Refusal

HERE = ("localhost", "127.0.0.1", "::1")
RATE_PER_SECOND, BURST = 50.0, 200.0
"""Requests of one caller: on average, and at once."""
CALLERS_REMEMBERED = 10_000
NO_KEY = {"WWW-Authenticate": "Bearer"}
bearer = HTTPBearer(auto_error=False, description="A key of `tapewatch keys create`.")


@dataclass(frozen=True)
class Caller:
    """Who asks: the key's owner, or without keys the user of this machine."""

    name: str
    scope: Scope
    is_signed_in: bool = False
    """By a session of the desk."""


Needs = Callable[[Scope], Callable[..., Awaitable[Caller]]]
"""Of a scope the dependency that admits callers with it."""


class Rates:
    """Token buckets by caller, the least recent forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait_of(self, caller: str) -> float:
        """Take one request of the caller's; seconds to wait if none is left, else 0."""
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(caller, (BURST, now))
            left = min(BURST, left + (now - since) * RATE_PER_SECOND)
            wait = max(0.0, (1 - left) / RATE_PER_SECOND)
            self._left[caller] = (left if wait else left - 1, now)
            if len(self._left) > CALLERS_REMEMBERED:
                self._left.popitem(last=False)
            return wait


def refuse_open_service(settings: Settings, host: str) -> None:
    """SettingsError if the service would be open to other machines."""
    if is_here(host) or any(key.revoked_at is None for key in keys_of(settings)):
        return
    raise SettingsError(
        f"without a key the service answers this machine alone, not {host}: create one with "
        "`tapewatch keys create --owner NAME --scope read`"
    )


def is_here(host: str) -> bool:
    """Whether a host is this machine's loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def admitting(settings: Settings, rates: Rates) -> Needs:
    """A maker of dependencies, each of which admits callers with a scope and names them."""

    def needs(scope: Scope) -> Callable[..., Awaitable[Caller]]:
        # no thread of its own: it reads a file that has not changed
        async def admit(request: Request, _: Annotated[object, Depends(bearer)] = None) -> Caller:
            caller = caller_of(settings, request, scope)
            if wait := rates.wait_of(caller.name):
                raise Refusal(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    f"{caller.name} may ask {RATE_PER_SECOND:g} times a second",
                    {"Retry-After": str(math.ceil(wait))},
                )
            request.state.caller = caller
            return caller

        return admit

    return needs


def admitted(request: Request) -> Caller:
    """Whom a dependency of `admitting` has admitted."""
    return request.state.caller


def caller_of(settings: Settings, request: Request, scope: Scope) -> Caller:
    """Who asks, or a Refusal: of another origin, without a key, or with one too small."""
    refuse_other_origin(request)
    keys = keys_of(settings)
    if not keys:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if not is_here(host):
            raise Refusal(
                HTTPStatus.FORBIDDEN, f"without a key the service is not open under {host!r}"
            )
        return Caller(decider(settings), "admin")
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    key = key_of(keys, secret.strip()) if kind.lower() == "bearer" else None
    if key is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "this needs a valid key", NO_KEY)
    if not key.allows(scope):
        raise Refusal(
            HTTPStatus.FORBIDDEN, f"this needs a key of the scope {scope}; yours is {key.scope}"
        )
    return Caller(key.owner, key.scope)


def refuse_other_origin(request: Request) -> None:
    """A page of another site must not make a browser ask on its behalf.

    A browser says itself whether the page that asks is of this origin, whatever a proxy made of
    the Host; one that says nothing, as over plain HTTP to another machine, sends the page's origin,
    which is the Host that it asks. Neither can be set by a page. A name that an attacker points
    to this machine has no cookie of ours, and without keys `caller_of` refuses it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Refusal(HTTPStatus.FORBIDDEN, "requests of pages of other sites are refused")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refusal(HTTPStatus.FORBIDDEN, f"requests of pages at {origin} are refused")
