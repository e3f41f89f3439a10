"""Decisions over a lake: they land, are told to the others, and outlive the lake."""

import json
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assets.alerts.incidents import Incident
from assets.alerts.tables import INCIDENTS
from assets.cases.deciding import about, decide, decider
from assets.cases.decision import DecisionError, Draft
from assets.cases.reading import decisions_of
from assets.cases.recording import record_decisions
from assets.cases.tables import DECISIONS
from assets.detection.tables import DETECTOR_RUNS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from orchestration.command_line.app import app

pytestmark = pytest.mark.slow
BEGIN = datetime(2026, 3, 2, 10)
NOW = BEGIN + timedelta(days=1)


def incident(name: str, **values: Any) -> dict[str, Any]:
    row = dict.fromkeys((field.name for field in fields(Incident)), "")
    return row | {
        "incident_id": f"{name}-incident", "revision": 2, "status": "closed", "score": 0.5,
        "severity": "high", "detector": "wash_trading", "typology": "wash_trading",
        "is_confirmed": False, "subject_id": "T1", "venues": '["binance"]',
        "symbols": '["BTC-USDT"]', "accounts": '["T1"]', "detectors": '["wash_trading"]',
        "alert_ids": json.dumps([f"{name}-alert"]), "alert_count": 1, "window_start_at": BEGIN,
        "window_end_at": BEGIN + timedelta(minutes=5), "trade_day": BEGIN.date(),
        "input_snapshot_id": 1, "detected_at": BEGIN,
    } | values  # fmt: skip


ROWS = [incident("a"), incident("b", severity="medium"), incident("c", status="superseded")]


@pytest.fixture
def queue_lake(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    lake.write(
        lambda c: insert_rows(c, INCIDENTS.name, ROWS),
        tables=(INCIDENTS, DETECTOR_RUNS), message="test", commit_info={},
    )  # fmt: skip
    monkeypatch.setenv("TAPEWATCH_HOME", str(lake.settings.root))
    monkeypatch.setenv("TAPEWATCH_USER", "ana")
    return lake


def of(name: str, **parts: Any) -> Draft:
    return Draft(**about(incident(name) | {"alert_ids": [f"{name}-alert"]}), **parts)


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, (result.exception, result.output)
    return result


def test_each_of_two_at_once_is_told_what_the_other_decided(queue_lake: Lake) -> None:
    false = of("a", verdict="false", reason="makers_facing", state="closed")
    first = decide(queue_lake, false, request_id="1", by="ana", channel="page", seen=0, now=NOW)
    true = of("a", verdict="true", reason="same_owner", note="one owner", state="closed")
    second = decide(queue_lake, true, request_id="2", by="ben", channel="page", seen=0, now=NOW)
    again = decide(queue_lake, true, request_id="2", by="ben", channel="page", seen=0, now=NOW)

    assert first.meanwhile == ()
    assert second.meanwhile == (first.decision,)
    assert again.decision == second.decision
    assert [one.decided_by for one in decisions_of(queue_lake)] == ["ana", "ben"]
    assert second.decision.snapshot_id is not None


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (of("z", note="x"), "there is no incident z-incident"),
        (of("c", note="x"), "there is no incident c-incident"),
        (of("a", case_id="none"), "there is no case none"),
        (of("a", takes_back=7), "there is no decision 7"),
        (of("a", state="closed"), "with a verdict"),
    ],
)
def test_what_is_about_nothing_is_refused_and_does_not_land(
    queue_lake: Lake, draft: Draft, message: str
) -> None:
    with pytest.raises(DecisionError, match=message):
        decide(queue_lake, draft, request_id="1", by="ana", channel="page", now=NOW)
    assert decisions_of(queue_lake) == []


def test_decisions_outlive_the_lake(queue_lake: Lake) -> None:
    for number, note in enumerate(("one", "two")):
        decide(queue_lake, of("a", note=note), request_id=note, by="ana", channel="page", now=NOW)
        # one is recorded, the other has only landed
        assert number or record_decisions(queue_lake, {}) == 1
    before = decisions_of(queue_lake)

    with queue_lake.connect(read_only=False) as connection:
        connection.execute(f"delete from lake.{DECISIONS.name}")
    assert decisions_of(queue_lake) == before
    assert record_decisions(queue_lake, {}) == 2
    assert record_decisions(queue_lake, {}) == 0
    with queue_lake.connect() as connection:
        notes = connection.execute(
            f"select number, note, decided_by from lake.{DECISIONS.name} order by number"
        ).fetchall()
    assert notes == [(1, "one", "ana"), (2, "two", "ana")]
    assert decisions_of(queue_lake) == before


def test_a_person_works_through_the_queue(queue_lake: Lake) -> None:
    def shown(*arguments: str) -> dict[str, str]:
        rows = json.loads(call("incidents", "--json", *arguments).stdout)
        return {row["incident_id"][0]: row["state"] for row in rows}

    assert shown() == {"a": "open", "b": "open"}
    assert "makers_facing" in call("review", "a").stdout
    call("assign", "a")
    assert shown("--mine") == {"a": "in review"}
    call("review", "a", "--verdict", "false", "--reason", "makers_facing")
    assert shown("--state", "open") == {"b": "open"}
    call("undo", "2")
    assert shown() == {"a": "in review", "b": "open"}
    call("mute", "--symbol", "BTC-USDT", "--until", "2026-12-24", "--note", "a campaign")
    # what somebody works on is not hidden
    assert shown() == {"a": "in review"}
    assert shown("--state", "muted") == {"b": "open"}
    call("group", "a", "b", "--title", "One ring")
    (case,) = json.loads(call("cases", "--json").stdout)
    assert (case["title"], case["incidents"], case["opened_by"]) == ("One ring", 2, "ana")
    assert "The chain is whole: 7 decisions." in call("decisions").stdout
    assert len(json.loads(call("decisions", "a", "--json").stdout)) == 4


def test_a_shared_lake_wants_a_name(
    queue_lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decider(settings) == "ana"
    monkeypatch.delenv("TAPEWATCH_USER")
    monkeypatch.setenv("LOGNAME", "ops")
    assert decider(settings) == "ops"
    shared = load_settings(home=settings.root, s3_bucket="tapewatch")
    with pytest.raises(DecisionError, match="TAPEWATCH_USER"):
        decider(shared)
