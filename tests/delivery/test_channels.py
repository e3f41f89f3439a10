"""Mail, a webhook and Slack receive what happened, where to read on, and the message's key."""

from dataclasses import replace
from datetime import datetime

import pytest
from apprise.plugins.slack import NotifySlack
from pydantic import SecretStr

from assets.delivery.channels import DeliveryError, check, send
from assets.delivery.events import Event
from assets.delivery.outbox import Delivery, delivery_of
from assets.delivery.routes import Route
from assets.lake.settings import SettingsError
from tests.delivery.receivers import Mail, Web

EVENT = Event(
    kind="incident",
    subject="i1",
    revision="high",
    title="high: pump on v A<B & <!channel>",
    text="36 orders, *swept*\nWho: T<1>.",
    link="http://reports.example.org/daily/2024-08-09.html",
)


def message(route: str) -> Delivery:
    return delivery_of(EVENT, route, datetime(2026, 11, 30))


def route(url: str) -> Route:
    return Route(name="desk", url=SecretStr(url))


@pytest.mark.slow
def test_each_channel_brings_title_text_link_and_key(
    web: Web, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", web.slack_address)
    for url in (*web.routes.values(), mail.url):
        send(route(url), message("desk"))
    body = f"{EVENT.text}\n\n{EVENT.link}\nmessage {EVENT.key}"
    for taken in (*web.webhook, *mail.taken):
        assert (taken.key, taken.title, taken.text) == (EVENT.key, EVENT.title, body)
    (slack,) = web.slack
    assert slack.key == EVENT.key
    # Slack reads < > and & as marks of its own: nobody's name may call a channel
    assert slack.title == "high: pump on v A&lt;B &amp; &lt;!channel&gt;"
    assert "T&lt;1&gt;" in slack.text
    assert (len(web.webhook), len(mail.taken)) == (1, 1)


def test_a_key_is_of_kind_subject_and_revision_alone() -> None:
    again = replace(EVENT, title="another", text="another")
    raised = replace(EVENT, revision="critical")
    assert again.key == EVENT.key != raised.key


@pytest.mark.slow
@pytest.mark.parametrize("name", ["webhook", "slack"])
def test_what_a_receiver_refuses_is_an_error_with_its_answer(
    name: str, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", web.slack_address)
    web.answer = 503
    with pytest.raises(DeliveryError, match="503"):
        send(route(web.routes[name]), message("desk"))


@pytest.mark.slow
def test_nobody_who_listens_is_an_error() -> None:
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1"):
        send(route("json://127.0.0.1:1/hook"), message("desk"))


def test_an_address_that_apprise_cannot_read_is_named_by_its_scheme() -> None:
    with pytest.raises(SettingsError, match=r"route desk: url: .*its scheme is slak"):
        check(route("slak://a/b/c"))
