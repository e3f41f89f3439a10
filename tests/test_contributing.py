"""The worked example of CONTRIBUTING.md, in a checkout of its own: from the files to the alert."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import fastavro
import pytest
from confluent_kafka import Consumer

from assets.publishing.topic_outbox import PARTITIONS

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("orchestration", "assets", "ml", "sensors", "reports", "dbt_project")
# "`path`:" or "`path` gains:" before a block
BLOCK = re.compile(r"^`([\w./]+)`( gains)?[^\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START_AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
MAIN = "from orchestration.command_line.app import main; main()"


@dataclass(frozen=True)
class Example:
    """The changed checkout, and a home in which its platform ran over the planted trades."""

    environment: dict[str, str]
    home: Path
    run: "subprocess.CompletedProcess[str]"

    def tapewatch(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            env=self.environment, cwd=self.home, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @cached_property
    def alert(self) -> dict[str, object]:
        alerts = json.loads(self.tapewatch("alerts", "--json").stdout)
        (alert,) = (one for one in alerts if one["detector"] == "self_trading")
        return alert


def apply_blocks(tree: Path) -> list[str]:
    """Write the guide's blocks into a checkout, or add them to what is there; name the files."""
    named = []
    for path, gains, text in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()):
        target = tree / path
        if not gains:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
        elif path.endswith(".csv"):
            target.write_text(target.read_text() + text)
        named.append(path)
    return named


def plant(path: Path) -> None:
    """An hour of honest trades of twenty accounts, and one that trades with itself five times."""
    rows = []
    for n in range(720):
        buyer, seller = f"T{n % 20:04d}", f"T{(n + 7) % 20:04d}"
        rows.append((timedelta(seconds=5 * n), buyer, seller))
    rows += [(timedelta(minutes=31, seconds=20 * n + 1), "T0007", "T0007") for n in range(5)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "venue",
                "symbol",
                "trade_id",
                "traded_at",
                "price",
                "quantity",
                "side",
                "account_id",
                "counterparty_account_id",
            ]
        )
        for place, (after, buyer, seller) in enumerate(sorted(rows)):
            micros = int((START_AT + after).timestamp() * 1e6)
            writer.writerow(
                ["test", "BTC-USDT", place, micros, 60_000, "0.01", "buyer", buyer, seller]
            )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    tree, home = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("home")
    for room in COPIED:
        ignored = shutil.ignore_patterns("__pycache__", "*.gz", "target", "logs")
        shutil.copytree(ROOT / room, tree / room, ignore=ignored)
    apply_blocks(tree)
    plant(home / "trades.csv")
    environment = {**os.environ, "PYTHONPATH": str(tree), "TAPEWATCH_HOME": str(home / "lake")}
    made = Example(environment, home, subprocess.CompletedProcess([], 1))
    run = made.tapewatch("run", "--input", str(home / "trades.csv"), "--json")
    return Example(environment, home, run)


def test_the_guide_has_the_files_that_a_detector_touches() -> None:
    paths = [path for path, *_ in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())]
    assert paths == [
        "dbt_project/models/features/accounts/self_trades_5m.sql",
        "dbt_project/models/features/accounts/_self_trades.yml",
        "assets/detectors/accounts/self_trading.py",
        "dbt_project/seeds/typologies.csv",
        "README.md",
    ]


@pytest.mark.slow
@pytest.mark.path
def test_the_planted_account_is_the_subject_of_the_one_alert(example: Example) -> None:
    assert example.run.returncode == 0, example.run.stderr
    alert = example.alert
    assert (alert["subject_kind"], alert["subject_id"]) == ("account", "T0007")
    assert (alert["venue"], alert["symbol"]) == ("test", "BTC-USDT")
    assert alert["description"] == (
        "Account T0007 traded with itself 5 times within five minutes, for 3,000 USDT."
    )
    assert alert["data_tier"] == "accounts"


@pytest.mark.slow
@pytest.mark.path
def test_it_is_explained_by_the_trades_of_the_account(example: Example) -> None:
    alert_id = str(example.alert["alert_id"])
    explained = json.loads(example.tapewatch("explain", alert_id, "--json").stdout)
    # those with itself, and its own honest ones in the same five minutes: two of each 20 trades
    honest = 2 * 60 // 20
    assert explained["trade_count"] == 5 + honest
    both = {(t["account_id"], t["counterparty_account_id"]) for t in explained["trades"]}
    assert ("T0007", "T0007") in both
    assert all("T0007" in pair for pair in both)
    shown = example.tapewatch("explain", alert_id).stdout
    assert "self_trading account T0007, test BTC-USDT" in shown


@pytest.mark.slow
@pytest.mark.path
def test_it_is_derived_again_from_its_snapshot(example: Example) -> None:
    verified = example.tapewatch("verify", str(example.alert["alert_id"]), "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["verdict"] == "identical"


@pytest.mark.slow
@pytest.mark.path
def test_the_report_names_the_account(example: Example) -> None:
    report = (example.home / "lake" / "reports" / "daily" / "2024-03-01.html").read_text()
    assert "Subject: <b>account T0007</b>" in report
    assert "Account T0007 traded with itself 5 times" in report


@pytest.mark.services
def test_it_is_published_with_its_subject(example: Example, services: dict[str, str]) -> None:
    topic = f"risk_alerts_{uuid.uuid4().hex[:8]}"
    names = ("TAPEWATCH_KAFKA_BOOTSTRAP", "TAPEWATCH_SCHEMA_REGISTRY")
    example.environment.update({name: services[name] for name in names})
    example.environment["TAPEWATCH_KAFKA_ALERT_TOPIC"] = topic
    published = example.tapewatch("publish-alerts", "--format", "avro")
    assert published.returncode == 0, published.stderr

    schema = fastavro.schema.load_schema(ROOT / "assets/publishing/risk_alert.v2.avsc")
    bodies = received(services["TAPEWATCH_KAFKA_BOOTSTRAP"], topic)
    alerts = [fastavro.schemaless_reader(io.BytesIO(body[5:]), schema) for body in bodies]
    (alert,) = (one for one in alerts if one["detector"] == "self_trading")
    assert (alert["subject_kind"], alert["subject_id"]) == ("account", "T0007")


def received(bootstrap: str, topic: str) -> list[bytes]:
    """The values of the topic's messages, to its end or for half a minute."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    values, ended, deadline = [], 0, time.monotonic() + 30
    while ended < PARTITIONS and time.monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            values.append(message.value())
        elif message is not None:
            ended += 1
    consumer.close()
    return values
