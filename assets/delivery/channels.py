"""One message to one receiver, through apprise: mail, webhooks, Slack, Teams and many more."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from assets.delivery.outbox import Delivery
from assets.delivery.routes import FILE, Route
from assets.lake.settings import SettingsError

if TYPE_CHECKING:
    from apprise import Apprise

HEADER = "X-Tapewatch-Key"
LEAST_SECRET = 4


class DeliveryError(Exception):
    """A receiver did not take a message; says why, and shows no secret."""


def send(route: Route, message: Delivery) -> None:
    """Send a message on a route, or raise DeliveryError.

    Mail and webhooks get the message's key as a header, webhooks also as a field of their JSON, and
    whatever else there is reads it in the last line.
    """
    address = route.address()
    result = _opened(route, _with_key(address, message)).notify(
        title=message.title, body=body_of(message), body_format="text"
    )
    if result:
        return
    reasons = [entry.message for entry in result.logs()] or ["the receiver did not take it"]
    raise DeliveryError(_without_secrets(reasons[-1], address))


def check(route: Route) -> None:
    """SettingsError where a route's address is none that apprise knows, or lacks a variable."""
    _opened(route, route.address().get_secret_value())


def body_of(message: Delivery) -> str:
    """The text of a message: what happened, where to read on, and its key."""
    return f"{message.text}\n\n{message.link}\nmessage {message.key}"


def _opened(route: Route, address: str) -> "Apprise":
    import apprise

    opened = apprise.Apprise(asset=apprise.AppriseAsset(app_id="tapewatch"))
    with _unlogged():
        is_read = opened.add(address)
    if is_read:
        return opened
    scheme = urlsplit(address).scheme or "none"
    raise SettingsError(
        f"{FILE}: route {route.name}: url: apprise cannot read it (its scheme is {scheme}); it is "
        "like mailto://…, slack://…, msteams://… or jsons://…"
    )


@contextmanager
def _unlogged() -> Iterator[None]:
    """Whoever knows a webhook's path may post: none reaches a log.

    apprise writes an address that it cannot read, urllib3 at DEBUG the path of each request.
    """
    logging.getLogger("urllib3").setLevel(logging.INFO)
    own = logging.getLogger("apprise")
    own.disabled = True
    try:
        yield
    finally:
        own.disabled = False


def _with_key(address: SecretStr, message: Delivery) -> str:
    """The address with apprise's own marks for a header (+) and a field of the payload (:)."""
    added = {
        f"+{HEADER}": message.key,
        ":key": message.key,
        ":kind": message.kind,
        ":severity": message.severity or "",
        ":link": message.link,
    }
    text = address.get_secret_value()
    joint = "&" if "?" in text else ("?" if urlsplit(text).path else "/?")
    return f"{text}{joint}{urlencode(added)}"


def _without_secrets(reason: str, address: SecretStr) -> str:
    """The reason without the parts of the address that may be secret; its host may be named."""
    parts = urlsplit(address.get_secret_value())
    secrets = {address.get_secret_value(), parts.username, parts.password, parts.query}
    secrets |= {*parts.path.split("/"), parts.path}
    for secret in sorted((one for one in secrets if one), key=len, reverse=True):
        if len(secret) >= LEAST_SECRET:
            reason = reason.replace(secret, "***")
    return reason
