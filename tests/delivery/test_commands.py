"""`deliver` and `deliveries`: what went where, what did not, and a test message."""

import json
from datetime import datetime

import pytest
from typer.testing import CliRunner

from assets.delivery.channels import DeliveryError
from assets.delivery.events import Event
from assets.delivery.outbox import Outbox, delivery_of
from assets.delivery.routes import FILE
from assets.lake.settings import Settings, SettingsError
from orchestration.command_line.app import app
from orchestration.command_line.program import WrongUsageError
from tests.delivery.receivers import Web

EVENT = Event(kind="report", subject="s", revision="1", title="title", text="t", link="l")


@pytest.fixture
def routed(settings: Settings, web: Web) -> Settings:
    settings.root.mkdir()
    entry = f'[[route]]\nname = "desk"\nurl = "{web.routes["webhook"]}"\n'
    (settings.root / FILE).write_text(entry)
    return settings


def test_without_routes_it_says_how_to_list_one_and_makes_nothing(settings: Settings) -> None:
    result = CliRunner().invoke(app, ["deliver"])
    assert isinstance(result.exception, SettingsError)
    assert "[[route]]" in str(result.exception)
    assert not settings.root.exists()


@pytest.mark.slow
def test_a_test_message_reaches_its_route_at_once_and_each_time(routed: Settings, web: Web) -> None:
    for _ in range(2):
        assert CliRunner().invoke(app, ["deliver", "--test", "desk"]).exit_code == 0
    assert [taken.title for taken in web.webhook] == ["tapewatch: a test message"] * 2
    assert len({taken.key for taken in web.webhook}) == 2
    web.answer = 404
    refused = CliRunner().invoke(app, ["deliver", "--test", "desk"])
    assert isinstance(refused.exception, DeliveryError)
    unknown = CliRunner().invoke(app, ["deliver", "--test", "des"])
    assert isinstance(unknown.exception, WrongUsageError)
    assert "names a route (desk), was 'des'" in str(unknown.exception)


def test_deliveries_lists_what_waits_first_and_whose_route_is_gone(routed: Settings) -> None:
    outbox, now = Outbox.of(routed), datetime(2026, 11, 30)
    outbox.add("test", "1", [delivery_of(EVENT, route, now) for route in ("desk", "old")])
    (message,) = outbox.due("desk", now, 1)
    outbox.record_sent(message, now)
    result = CliRunner().invoke(app, ["deliveries", "--json"])
    rows = json.loads(result.stdout)
    assert [(row["route"], row["state"]) for row in rows] == [("old", "waiting"), ("desk", "sent")]
    assert "routes that delivery.toml does not list: old" in result.stderr
