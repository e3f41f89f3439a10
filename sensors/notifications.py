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
    """What a person is told.

    `id` is the same whenever it is told again, which happens where an answer is lost.
    """

    id: str
    kind: str
    severity: str
    title: str
    text: str
    facts: dict[str, str | int | float | None] = field(default_factory=dict)


def channels(settings: Settings, log: logging.Logger) -> dict[str, Send]:
    """The ways out by name, each raising DeliveryError where a notification was not taken."""
    ways: dict[str, Send] = {"log": lambda told: log.warning(f"{told.title}: {told.text}")}
    if settings.webhook_url is not None:
        webhook_url = settings.webhook_url
        ways["webhook"] = lambda told: _post(webhook_url, asdict(told), told.id)
    if settings.slack_url is not None:
        slack_url = settings.slack_url
        ways["slack"] = lambda told: _post(slack_url, slack_message(told), told.id)
    return ways


def slack_message(told: Notification) -> dict[str, str]:
    """As Slack's incoming webhooks and what imitates them read it; the three marks are escaped."""
    title, text = (html.escape(part, quote=False) for part in (told.title, told.text))
    return {"text": f"*{title}*\n{text}"}


def _post(url: SecretStr, body: dict[str, object] | dict[str, str], told_id: str) -> None:
    import httpx

    # at INFO it writes the address of each request, and whoever knows that may post
    logging.getLogger("httpx").setLevel(logging.WARNING)
    headers = {"Idempotency-Key": told_id}
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
