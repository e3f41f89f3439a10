"""Mail, webhook and Slack through kills at any moment: none lost, repeats share their key.

`make proof` kills twenty times; the moments are drawn from a seed that is printed.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack

from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS
from assets.delivery import sending
from assets.delivery.incident_events import incident_source
from assets.delivery.outbox import Outbox
from assets.delivery.routes import FILE, routes_of
from assets.lake.lake import Lake
from tests.delivery.incident_rows import append, revision
from tests.delivery.receivers import Mail, Taken, Web

# each channel has its server here; a send and its record lie so far apart that kills fall between
PROGRAM = """
import sys, time
from apprise.plugins.slack import NotifySlack
from assets.delivery import sending
from assets.delivery.incident_events import incident_source
from assets.delivery.outbox import Outbox
from assets.delivery.routes import routes_of
from assets.lake.lake import Lake
from assets.lake.settings import load_settings

NotifySlack.webhook_url = sys.argv[1]
sending.LISTED_FROM = 1_000
record_sent = Outbox.record_sent
RECORD_SECONDS = float(sys.argv[2])
def record_slowly(self, sent, now):
    time.sleep(RECORD_SECONDS)
    record_sent(self, sent, now)
Outbox.record_sent = record_slowly
lake = Lake(load_settings())
print("ready", flush=True)
routes = routes_of(lake.settings.root)
print(sending.deliver(Outbox.of(lake.settings), routes, [incident_source(lake)]))
"""
INCIDENTS_A_ROUND = 4
RECORD_SECONDS = 0.05
CHANNELS = 3


def start(web: Web) -> subprocess.Popen[str]:
    """A process that delivers, once it has read what it needs."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, web.slack_address, str(RECORD_SECONDS)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def deliver_undisturbed(lake: Lake) -> None:
    """Deliver until nothing waits; what is to be tried later is due at once."""
    outbox, routes = Outbox.of(lake.settings), routes_of(lake.settings.root)
    for _ in range(20):
        with closing(sqlite3.connect(outbox.path)) as connection, connection:
            connection.execute("update deliveries set due_at = ''")
        passed = sending.deliver(outbox, routes, [incident_source(lake)])
        if str(passed) == "nothing new to send":
            return
    pytest.fail("something still waits")


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.proof)])
def test_no_message_is_lost_and_a_repeat_has_its_key(
    lake: Lake,
    web: Web,
    mail: Mail,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    kills: int,
) -> None:
    seed = request.config.getoption("--kill-seed")
    seed = seed if seed is not None else random.randrange(10**6)
    drawn = random.Random(seed)
    sys.stderr.write(f"\nkills drawn from seed {seed} (repeat with --kill-seed {seed})\n")
    monkeypatch.setattr(NotifySlack, "webhook_url", web.slack_address)
    monkeypatch.setattr(sending, "LISTED_FROM", 1_000)
    lake.create([ALERTS, INCIDENT_REVISIONS])
    urls = {**web.routes, "mail": mail.url}
    entries = [f'[[route]]\nname = "{name}"\nurl = "{url}"\n' for name, url in urls.items()]
    (lake.settings.root / FILE).write_text("\n".join(entries))
    for kill in range(kills):
        ids = [f"{kill:02}-{number}" for number in range(INCIDENTS_A_ROUND)]
        append(lake, [revision(one, description=one) for one in ids])
        # a receiver is away at times
        web.answer = drawn.choice((200, 200, 503))
        process = start(web)
        # at any moment: before anything was sent, behind some message, or when all were
        messages = drawn.randrange(INCIDENTS_A_ROUND * CHANNELS + 1)
        before = web.asked + mail.asked
        while process.poll() is None and web.asked + mail.asked < before + messages:
            time.sleep(0.002)
        time.sleep(drawn.uniform(0, 2 * RECORD_SECONDS))
        process.kill()
        process.communicate()
    web.answer = 200
    deliver_undisturbed(lake)
    expected = {f"{kill:02}-{n}" for kill in range(kills) for n in range(INCIDENTS_A_ROUND)}
    repeats = {
        name: repeated(taken, expected)
        for name, taken in (("webhook", web.webhook), ("slack", web.slack), ("mail", mail.taken))
    }
    sys.stderr.write(f"{kills} kills, {len(expected)} incidents on each channel; {repeats}\n")
    if kills > 2:
        assert sum(repeats.values()) > 0, "no kill fell between a sending and its record"


def repeated(taken: list[Taken], expected: set[str]) -> int:
    """How many messages were repeats; fails where an incident is missing or has two keys."""
    keys: dict[str, set[str]] = defaultdict(set)
    for one in taken:
        keys[one.text.split("UTC. ")[1].splitlines()[0]].add(one.key)
    assert set(keys) == expected
    assert all(len(of_incident) == 1 for of_incident in keys.values())
    assert len(set.union(*keys.values())) == len(expected)
    return len(taken) - len(expected)
