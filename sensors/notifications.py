"""Messages to people: by the log, and by a JSON webhook and to Slack where the settings say so."""

import html
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from pydantic import SecretStr

from assets.lake.settings import Settings

TIMEOUT_SECONDS = 5.0

Send = Callable[["Notification"], None]


class DeliveryError(Exception):
    """A receiver did not take a notification; says why, and never its address."""


class AwayError(DeliveryError):
    """The receiver did not answer, so the next one would only wait as long."""


@dataclass(frozen=True)
class Notification:
    """What a person reads.

    `id` is the same whenever it is sent again, which happens where an answer is lost.
    """

    id: str
    kind: str
    severity: str
    title: str
    text: str
    facts: dict[str, str | int | float | None] = field(default_factory=dict)


def channels(settings: Settings, log: logging.Logger) -> dict[str, Send]:
    """Each channel's sender by name, raising DeliveryError where a notification was not taken."""
    senders: dict[str, Send] = {"log": lambda sent: log.warning(f"{sent.title}: {sent.text}")}
    if settings.webhook_url is not None:
        webhook_url = settings.webhook_url
        senders["webhook"] = lambda sent: _post(webhook_url, asdict(sent), sent.id)
    if settings.slack_url is not None:
        slack_url = settings.slack_url
        senders["slack"] = lambda sent: _post(slack_url, slack_message(sent), sent.id)
    return senders


def slack_message(notification: Notification) -> dict[str, str]:
    """As Slack's incoming webhooks and what imitates them read it; the three marks are escaped."""
    title, text = (
        html.escape(part, quote=False) for part in (notification.title, notification.text)
    )
    return {"text": f"*{title}*\n{text}"}


def _post(url: SecretStr, body: dict[str, object] | dict[str, str], notification_id: str) -> None:
    import httpx

    # at INFO it writes the address of each request, and whoever knows that may post
    logging.getLogger("httpx").setLevel(logging.WARNING)
    headers = {"Idempotency-Key": notification_id}
    why, status = "", None
    try:
        # the body of the answer is not waited for
        with httpx.stream(
            "POST", url.get_secret_value(), json=body, headers=headers, timeout=TIMEOUT_SECONDS
        ) as answer:
            status = answer.status_code
    except httpx.HTTPError as error:
        why = type(error).__name__
    # outside of the handler: httpx's error holds the request with its address
    if status is None:
        raise AwayError(f"no answer ({why})")
    if not httpx.codes.is_success(status):
        raise DeliveryError(f"the answer was {status}")
