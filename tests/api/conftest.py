"""A service over a lake of two incidents."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from assets.alerts.incidents import join_incidents
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.detection.tables import DETECTOR_RUNS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from orchestration.api.app import api
from tests.alerts.test_episodes import STAMPS, alerts_of, hit

HOST = "http://127.0.0.1"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def found_lake(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Two alerts of two symbols, each an incident of its own."""
    alerts = alerts_of(hit(0), hit(600, symbol="ETH-USDT", score=0.9))
    alerts[1] = replace(alerts[1], description=HOSTILE)
    incidents = join_incidents(alerts, STAMPS)

    def write(connection) -> None:
        insert_rows(connection, ALERTS.name, alerts)
        insert_rows(connection, INCIDENTS.name, incidents)

    lake.write(write, tables=(ALERTS, INCIDENTS, DETECTOR_RUNS), message="test", commit_info={})
    monkeypatch.setenv("TAPEWATCH_USER", "ana")
    return lake


@pytest.fixture
def client(found_lake: Lake) -> Iterator[TestClient]:
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        yield client


@pytest.fixture
def incident_ids(client: TestClient) -> list[str]:
    """The ids of the incidents, the gravest first."""
    return [one["incident_id"] for one in json.loads(client.get("/incidents").text)["rows"]]
