"""Decisions by HTTP: who decided is the key's owner, and a repeat is one decision."""

import pytest
from fastapi.testclient import TestClient

from assets.cases.reading import decisions_of
from assets.lake.lake import Lake

pytestmark = pytest.mark.slow
FALSE = {"verdict": "false", "reason": "feed_gap", "state": "closed", "request_id": "r1"}


def test_a_decision_lands_once_and_shows_in_the_queue(
    client: TestClient, found_lake: Lake, incident_ids: list[str]
) -> None:
    address = f"/incidents/{incident_ids[0]}/decisions"
    first = client.post(address, json=FALSE).json()
    assert client.post(address, json=FALSE).json()["decision"] == first["decision"]

    (landed,) = decisions_of(found_lake)
    assert (landed.decided_by, landed.channel, landed.verdict) == ("ana", "service", "false")
    open_ones = client.get("/incidents", params={"status": "open"}).json()["rows"]
    assert [one["incident_id"] for one in open_ones] == incident_ids[1:]
    found = client.get(f"/incidents/{incident_ids[0]}").json()
    assert found["work"]["verdict"] == "false"
    assert [one["number"] for one in found["history"]] == [1]


def test_who_decides_later_is_told_what_landed_meanwhile(
    client: TestClient, incident_ids: list[str]
) -> None:
    address = f"/incidents/{incident_ids[0]}/decisions"
    client.post(address, json={"note": "looks like a gap", "seen": 0})
    answer = client.post(address, json=FALSE | {"seen": 0}).json()
    assert [one["note"] for one in answer["meanwhile"]] == ["looks like a gap"]


def test_cases_and_mutes(client: TestClient, incident_ids: list[str]) -> None:
    case = client.post("/cases", json={"title": "One hand", "state": "open"}).json()
    case_id = case["decision"]["about_id"]
    client.post(f"/incidents/{incident_ids[0]}/decisions", json={"case_id": case_id})
    found = client.get(f"/cases/{case_id}").json()
    assert found["title"] == "One hand"
    assert [one["incident_id"] for one in found["incidents"]] == incident_ids[:1]

    mute = {"until": "2026-12-24T00:00:00Z", "symbol": "BTC-USDT", "note": "a campaign"}
    assert client.post("/mutes", json=mute).json()["muted"] == 1
    queue = client.get("/incidents").json()["rows"]
    assert [one["incident_id"] for one in queue] == incident_ids[:1]
    assert client.get("/decisions").json()["count"] == 3


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"verdict": "true", "reason": "stop_hunt"},
        {"verdict": "false"},
        {"state": "closed"},
        {"case_id": "none"},
        {"takes_back": 9},
        {"note": "x" * 4_001},
        {"note": "\0"},
        {"verdict": "maybe"},
        {"unknown": 1},
    ],
)
def test_a_decision_that_lacks_something_does_not_land(
    client: TestClient, found_lake: Lake, incident_ids: list[str], posted: dict
) -> None:
    answer = client.post(f"/incidents/{incident_ids[0]}/decisions", json=posted)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert decisions_of(found_lake) == []
