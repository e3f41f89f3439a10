"""A notification comes once on each channel; one that was not taken comes with the next look."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest

from assets.alerts.tables import REVISIONS
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.tables import TABLES
from sensors import notifications
from sensors.run_failures import run_failures
from sensors.severe_alerts import severe_alerts

SECRET = "pl4nted"


class Receiver:
    """A server that takes, refuses (a status) or never answers (None), and records what it took."""

    def __init__(self) -> None:
        self.answer: int | None = 200
        self.refuses: str | None = None
        self.taken: list[dict] = []
        self._released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = receiver.answer
                if receiver.refuses and receiver.refuses in json.dumps(body):
                    answer = 400
                if answer is None:
                    receiver._released.wait(30)
                    return
                if answer == 200:
                    receiver.taken.append(body)
                self.send_response(answer)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/{SECRET}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._released.set()
        self._server.shutdown()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    monkeypatch.setenv("TAPEWATCH_WEBHOOK_URL", receiver.url)
    monkeypatch.setattr(notifications, "TIMEOUT_SECONDS", 0.5)
    yield receiver
    receiver.close()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    monkeypatch.setenv("TAPEWATCH_SLACK_URL", receiver.url)
    yield receiver
    receiver.close()


def say(lake: Lake, alert_id: str, revision: int = 1, severity: str = "high") -> None:
    def work(connection) -> None:
        connection.execute(
            f"insert into lake.{REVISIONS.name} (alert_id, revision, status, severity, typology, "
            "venue, symbol, description, detected_at) "
            "values (?, ?, 'open', ?, 'pump', 'v', 'A<B', 'text', ?)",
            [alert_id, revision, severity, datetime.now(UTC).replace(tzinfo=None)],
        )

    lake.write(work, tables=(REVISIONS,), message="test", commit_info={})


@pytest.fixture
def alerting(lake: Lake) -> Lake:
    lake.create(TABLES)
    return lake


def look(cursor: str | None = None) -> tuple[str, str | None]:
    """A tick in an instance of its own: what it says, and its cursor."""
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"lake": LakeResource()}
        ) as context,
    ):
        tick = severe_alerts.evaluate_tick(context)
    assert tick.skip_message is not None
    return tick.skip_message, tick.cursor


def ids(receiver: Receiver) -> list[str]:
    return [body["id"] for body in receiver.taken]


@pytest.mark.slow
def test_each_severe_revision_is_sent_once(alerting: Lake, webhook: Receiver) -> None:
    say(alerting, "a")
    say(alerting, "low", severity="medium")
    _, cursor = look()
    say(alerting, "a", 2)
    say(alerting, "b", severity="critical")
    _, cursor = look(cursor)
    why, _ = look(cursor)
    assert ids(webhook) == ["a/1", "a/2", "b/1"]
    assert why == "nothing new to send"
    assert webhook.taken[0]["facts"]["symbol"] == "A<B"


@pytest.mark.slow
def test_what_one_receiver_refuses_is_sent_again_and_blocks_nobody(
    alerting: Lake, webhook: Receiver, slack: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    webhook.refuses = "a/1"
    say(alerting, "a")
    say(alerting, "b")
    why, cursor = look()
    assert ids(webhook) == ["b/1"]
    assert [body["text"].splitlines()[0] for body in slack.taken] == [
        "*high: pump on v A&lt;B*",
        "*high: pump on v A&lt;B*",
    ]
    assert "1 wait for the next look" in why
    webhook.refuses = None
    _, cursor = look(cursor)
    look(cursor)
    assert ids(webhook) == ["b/1", "a/1"]
    assert len(slack.taken) == 2
    printed = capfd.readouterr()
    assert SECRET not in f"{why} {cursor} {printed.out} {printed.err}"


@pytest.mark.slow
@pytest.mark.parametrize("answer", [None, 503])
def test_a_receiver_that_hangs_or_fails_loses_nothing(
    alerting: Lake, webhook: Receiver, slack: Receiver, answer: int | None
) -> None:
    webhook.answer = answer
    for alert_id in "abc":
        say(alerting, alert_id)
    why, cursor = look()
    assert len(slack.taken) == 3
    assert ("no answer" if answer is None else "503") in why
    webhook.answer = 200
    for _ in range(2):
        _, cursor = look(cursor)
    assert sorted(ids(webhook)) == ["a/1", "b/1", "c/1"]
    assert len(slack.taken) == 3


def test_a_lake_that_is_not_there_is_no_failure(settings, webhook: Receiver) -> None:
    assert "no lake" in look()[0]


@dg.op
def breaks() -> None:
    raise ValueError("wrong on purpose")


@dg.job
def broken() -> None:
    breaks()


@pytest.mark.slow
def test_a_failed_run_is_sent_once_with_its_reason(settings, webhook: Receiver) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = broken.execute_in_process(instance=instance, raise_on_error=False)
        cursor = None
        webhook.answer = 500
        for answer in (500, 200, 200):
            webhook.answer = answer
            with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
                cursor = run_failures.evaluate_tick(context).cursor
    assert ids(webhook) == [f"run/{run.run_id}"]
    assert "breaks: ValueError: wrong on purpose" in webhook.taken[0]["text"]
