"""What the service answers to those who read."""

import pytest
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from assets.lake.settings import Settings
from orchestration.api.app import api
from tests.api.conftest import HOST, HOSTILE

pytestmark = pytest.mark.slow


def test_the_queue_has_what_the_command_line_has_with_and_without_api(client: TestClient) -> None:
    queue = client.get("/incidents").json()
    assert [one["symbols"] for one in queue["rows"]] == [["ETH-USDT"], ["BTC-USDT"]]
    assert queue["rows"][0]["work"]["state"] == "open"
    assert queue["next_after"] is None
    assert client.get("/api/incidents").json() == queue


def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient) -> None:
    first = client.get("/alerts", params={"limit": 1}).json()
    second = client.get("/alerts", params={"limit": 1, "after": first["next_after"]}).json()
    assert [*first["rows"], *second["rows"]] == client.get("/alerts").json()["rows"]
    assert second["next_after"] is None
    assert client.get("/alerts", params={"after": "gone"}).status_code == 404


@pytest.mark.parametrize(
    ("filters", "symbols"),
    [
        ({}, ["ETH-USDT", "BTC-USDT"]),
        ({"symbol": "btc-usdt"}, ["BTC-USDT"]),
        ({"symbol": ["BTC-USDT", "ETH-USDT"]}, ["ETH-USDT", "BTC-USDT"]),
        ({"since": "2026-03-02T09:00:00Z"}, ["ETH-USDT"]),
        ({"until": "2026-03-02T10:00:00+01:00"}, ["BTC-USDT"]),
        ({"status": "closed"}, []),
        ({"status": "-closed", "sort": "time"}, ["ETH-USDT", "BTC-USDT"]),
        ({"with": "ben"}, []),
        ({"with": "nobody", "symbol": "-btc*"}, ["ETH-USDT"]),
        ({"text": ["fell", "50.0%"]}, ["BTC-USDT"]),
        ({"q": "onerror score:>0.8"}, ["ETH-USDT"]),
        ({"score": ">0.6"}, ["ETH-USDT"]),
    ],
)
def test_the_queue_is_filtered(client: TestClient, filters: dict, symbols: list[str]) -> None:
    rows = client.get("/incidents", params=filters).json()["rows"]
    assert [one["symbols"][0] for one in rows] == symbols


def test_an_incident_has_its_alerts_its_history_and_reasons(
    client: TestClient, incident_ids: list[str]
) -> None:
    found = client.get(f"/incidents/{incident_ids[0][:8]}").json()
    assert found["description"] == HOSTILE
    assert [one["symbol"] for one in found["alerts"]] == ["ETH-USDT"]
    assert found["history"] == []
    assert {one["verdict"] for one in found["reasons"]} == {"true", "false", "unclear"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/none", 404),
        ("/alerts/none", 404),
        ("/cases/none", 404),
        ("/nothing", 404),
        ("/alerts?limit=0", 422),
        ("/alerts?severity=dire", 422),
        ("/alerts?since=soon", 422),
        ("/alerts?venue=%00", 422),
        ("/incidents?q=sevrity:high", 422),
        ("/incidents?sevrity=high", 422),
    ],
)
def test_what_is_wrong_is_a_problem_that_says_so(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]


def test_the_system_says_what_it_reaches(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    probes = client.get("/system-status").json()
    assert [(one["probe"], one["state"]) for one in probes[:2]] == [
        ("object store", "ok"),
        ("catalog", "ok"),
    ]
    assert (
        'tapewatch_alerts{detector="falling",severity="medium"} 2.0' in client.get("/metrics").text
    )
    assert client.get("/docs").status_code == 200


def test_without_a_lake_the_service_lives_and_says_what_to_do(settings: Settings) -> None:
    with TestClient(api(settings), base_url=HOST) as client:
        assert client.get("/health").status_code == 200
        answer = client.get("/incidents")
        assert answer.status_code == 503
        assert "tapewatch run" in answer.json()["detail"]
        assert client.get("/system-status").json()[1]["state"] == "failed"


def test_an_answer_shows_what_has_been_written_meanwhile(
    client: TestClient, found_lake: Lake
) -> None:
    assert len(client.get("/alerts").json()["rows"]) == 2
    with found_lake.lock(), found_lake.connect(read_only=False) as connection:
        connection.execute("delete from lake.alerts.alerts where symbol = 'BTC-USDT'")
    assert len(client.get("/alerts").json()["rows"]) == 1
