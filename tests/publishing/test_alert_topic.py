"""Alerts out: every revision reaches the topic, and a restart shows nobody an alert twice."""

import io
import json
import os
import random
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastavro
import msgspec
import pytest

from assets.alerts.tables import REVISIONS
from assets.lake.lake import Lake
from assets.lake.settings import SettingsError, load_settings
from assets.landing.messages import avro_message
from assets.publishing import topic_outbox
from assets.publishing.alert_schema import SCHEMA_FILE, alert_schema
from assets.publishing.alert_topic import (
    AVRO_SCHEMA,
    Revisions,
    as_avro,
    as_json,
    publish_alerts,
)
from assets.publishing.avro_schema import as_text
from assets.publishing.topic_outbox import Row, aware
from assets.tables import TABLES
from assets.transform.tables import NORMALISED_WINDOWS
from reports.parties import Pair, Parties, Party
from sensors.topics_out import published
from tests.publishing.consumer import messages_of

SCHEMA = fastavro.parse_schema(json.loads(AVRO_SCHEMA))
NAMES = REVISIONS.column_names
ROW = {
    **dict.fromkeys(NAMES),
    **dict.fromkeys(("status", "detector", "typology", "params_digest", "severity"), "x"),
    **dict.fromkeys(("venue", "symbol", "data_tier"), "y"),
    "subject_kind": "account",
    "subject_id": "T1",
    "further_subjects": '[{"role": "buyer", "kind": "account", "id": "T2"}]',
    "alert_id": "a1",
    "revision": 3,
    "is_confirmed": True,
    "detector_version": 1,
    "score": 0.5,
    "window_start_at": datetime(2025, 6, 1, 12, 0, 0, 7),
    "window_end_at": datetime(2025, 6, 1, 13),
    "evidence": '{"z": 4.5}',
}

TOPIC = "risk_alerts"
FIRST = SCHEMA_FILE.with_name("risk_alert.v1.avsc")


def encode_avro(row: Row, schema_id: int, schema: object) -> bytes:
    return avro_message(as_avro(row), schema_id, schema)


def encode_json(row: Row) -> bytes:
    return msgspec.json.encode(as_json(row))


def test_the_committed_schema_is_made_from_the_alert():
    assert as_text(alert_schema()) == AVRO_SCHEMA
    names = [field["name"] for field in json.loads(AVRO_SCHEMA)["fields"]]
    assert names == [*NAMES, "accounts", "pairs"]


def test_readers_of_version_1_read_version_2_and_the_other_way_round():
    first = fastavro.parse_schema(json.loads(FIRST.read_text()))
    everywhere = ROW | {"venue": "", "symbol": ""}
    second_message = encode_avro(everywhere, 5, SCHEMA)[5:]
    as_first = fastavro.schemaless_reader(io.BytesIO(second_message), SCHEMA, first)
    assert (as_first["alert_id"], as_first["venue"], as_first["symbol"]) == ("a1", "", "")
    assert as_first["account_id"] is None
    assert json.loads(as_first["evidence"]) == {"z": 4.5}

    known = {field["name"] for field in json.loads(FIRST.read_text())["fields"]}
    row = {name: value for name, value in aware(ROW).items() if name in known}
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, first, row | {"account_id": "T1"})
    buffer.seek(0)
    as_second = fastavro.schemaless_reader(buffer, first, SCHEMA)
    assert (as_second["subject_kind"], as_second["subject_id"]) == ("market", "")
    assert as_second["further_subjects"] == []
    assert as_second["score"] == 0.5


def test_avro_and_json_name_who_is_behind_an_alert():
    pair = Pair(
        account_id="T1", counterparty_id="T2", trade_count=9, expected_count=0.5, share=0.25
    )
    party = Party(
        account_id="T1", bought=5, sold=0, share=0.25, share_of_day=0.1, earlier_alert_count=2
    )
    named = Parties(
        trade_count=9, named_count=9, account_count=2, accounts=[party], pairs=[pair]
    ).as_record()
    avro = encode_avro(ROW | named, 5, SCHEMA)[5:]
    read = fastavro.schemaless_reader(io.BytesIO(avro), SCHEMA)
    plain = json.loads(encode_json(ROW | named))
    for message in (read, plain):
        assert message["pairs"] == [vars(pair)]
        assert message["accounts"] == [vars(party)]


def test_avro_and_json_say_the_same():
    body = encode_avro(ROW, 5, SCHEMA)
    assert body[:5] == b"\x00\x00\x00\x00\x05"
    avro = fastavro.schemaless_reader(io.BytesIO(body[5:]), SCHEMA)
    plain = json.loads(encode_json(ROW))
    assert avro["window_start_at"] == datetime(2025, 6, 1, 12, 0, 0, 7, UTC)
    assert plain["window_start_at"] == "2025-06-01T12:00:00.000007Z"
    assert json.loads(avro["evidence"]) == plain["evidence"] == {"z": 4.5}
    written_differently = {"window_start_at", "window_end_at", "evidence"}
    same = [name for name in NAMES if name not in written_differently]
    assert {name: avro[name] for name in same} == {name: plain[name] for name in same}


def test_without_a_broker_the_setting_is_named(lake):
    with pytest.raises(SettingsError, match="TAPEWATCH_KAFKA_BOOTSTRAP"):
        publish_alerts(lake)


@pytest.mark.slow
def test_revisions_are_sent_in_the_order_of_their_commits_whatever_the_clock_said(lake):
    lake.create(TABLES)
    noon = datetime(2024, 1, 1, 12)
    for revision, detected_at in enumerate((noon, noon - timedelta(hours=3)), start=1):
        say(lake, [("a", revision)], detected_at=detected_at)
    with lake.connect() as connection:
        assert [row["revision"] for row in Revisions().unsent(connection, "alerts", 9)] == [1, 2]


@pytest.fixture
def alerting(service_environment, tmp_path, monkeypatch) -> Lake:
    """An embedded lake beside a real broker and registry."""
    for name in ("TAPEWATCH_S3_BUCKET", "TAPEWATCH_S3_ENDPOINT", "TAPEWATCH_CATALOG"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    lake = Lake(load_settings())
    lake.create(TABLES)
    return lake


def say(lake: Lake, revisions: list[tuple[str, int]], **more: datetime) -> None:
    """Write revisions as the alerts' asset would."""

    def work(connection):
        for alert_id, revision in revisions:
            row = ROW | {"alert_id": alert_id, "revision": revision} | more
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"insert into lake.alerts.revisions values ({marks})", list(row.values())
            )

    lake.write(work, tables=(REVISIONS,), message="test", commit_info={})


def received(lake: Lake, topic: str) -> list[tuple[str, int, bytes]]:
    """Key, revision and value of each message of a topic, to its end."""
    found = messages_of(lake, topic)
    return [(key, int(revision), value) for key, revision, value in found]


def greatest(messages: list[tuple[str, int, bytes]]) -> dict[str, int]:
    """What a consumer that keeps the greatest revision of each alert has at the end."""
    kept: dict[str, int] = {}
    for alert_id, revision, _ in messages:
        kept[alert_id] = max(revision, kept.get(alert_id, 0))
    return kept


@pytest.mark.services
@pytest.mark.parametrize("format", ["avro", "json"])
def test_each_revision_is_sent_and_only_new_ones_the_next_time(alerting, format):
    topic = f"risk_alerts_{uuid.uuid4().hex[:8]}"
    say(alerting, [("a", 1), ("b", 1), ("a", 2)])
    assert publish_alerts(alerting, format=format, topic=topic) == 3
    assert publish_alerts(alerting, format=format, topic=topic) == 0
    say(alerting, [("b", 2)])
    assert publish_alerts(alerting, format=format, topic=topic) == 1
    messages = received(alerting, topic)
    assert sorted(message[:2] for message in messages) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert {message[2][:1] for message in messages} == {b"\x00" if format == "avro" else b"{"}


@pytest.mark.services
def test_the_sensor_publishes_what_is_new_and_waits_for_a_broker_that_is_away(
    alerting, monkeypatch
):
    monkeypatch.setenv("TAPEWATCH_KAFKA_ALERT_TOPIC", f"risk_alerts_{uuid.uuid4().hex[:8]}")
    here = Lake(load_settings())
    say(here, [("a", 1), ("b", 1)])
    monkeypatch.setenv("TAPEWATCH_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr(topic_outbox, "TIMEOUT_SECONDS", 2)
    assert "the next look tries again" in published(Lake(load_settings()))
    assert published(here).startswith("2 published to risk_alerts_")
    assert "published" not in published(here)


def test_the_sensor_says_what_is_missing(lake, monkeypatch):
    assert "TAPEWATCH_KAFKA_BOOTSTRAP is not set" in published(lake)
    monkeypatch.setenv("TAPEWATCH_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    assert "no lake" in published(Lake(load_settings()))
    lake.create([NORMALISED_WINDOWS])
    assert "no alert has been judged yet" in published(Lake(load_settings()))


@pytest.mark.services
def test_a_publisher_that_dies_before_it_remembers_sends_again(alerting, monkeypatch):
    topic = f"risk_alerts_{uuid.uuid4().hex[:8]}"
    say(alerting, [("a", 1), ("a", 2), ("b", 1)])

    def died(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(topic_outbox, "remember", died)
        with pytest.raises(KeyboardInterrupt):
            publish_alerts(alerting, topic=topic)
    assert publish_alerts(alerting, topic=topic) == 3
    messages = received(alerting, topic)
    assert len(messages) == 6
    assert greatest(messages) == {"a": 2, "b": 1}


@pytest.mark.services
@pytest.mark.slow
def test_kills_of_the_publisher_lose_no_alert(alerting):
    draw = random.Random(3)
    revisions = [(f"alert-{n // 3}", n % 3 + 1) for n in range(300)]
    expected = {f"alert-{n}": 3 for n in range(100)}
    command = [str(Path(sys.executable).parent / "tapewatch"), "publish-alerts"]
    before = len(received(alerting, TOPIC)) if has_topic(alerting) else 0
    say(alerting, revisions)
    for _ in range(3):
        process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
        time.sleep(draw.uniform(1.0, 3.0))
        process.kill()
        process.wait()
    subprocess.run(command, env=os.environ, check=True, stdout=subprocess.DEVNULL, timeout=60)
    messages = received(alerting, TOPIC)
    kept = greatest(messages)
    assert {alert_id: kept.get(alert_id) for alert_id in expected} == expected
    assert len(messages) - before >= len(revisions)
    with alerting.connect() as connection:
        remembered = connection.sql("select count(*) from lake.ops.published_alerts").fetchall()
    assert remembered == [(len(revisions),)]


def has_topic(lake: Lake) -> bool:
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": lake.settings.kafka_bootstrap})
    return TOPIC in admin.list_topics(timeout=30).topics
