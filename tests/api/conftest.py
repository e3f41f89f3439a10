"""A service over a lake of two incidents."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from fastapi.testclient import TestClient

from assets.alerts.incidents import join_incidents
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.tables import create_tables
from orchestration.api.app import api
from tests.alerts.test_episodes import STAMPS, alerts_of, hit

HOST = "http://127.0.0.1"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="session")
def found_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table, and two alerts of two symbols, each an incident of its own."""
    alerts = alerts_of(hit(0), hit(600, symbol="ETH-USDT", score=0.9))
    alerts[1] = replace(alerts[1], description=HOSTILE)
    incidents = join_incidents(alerts, STAMPS)

    def write(connection: DuckDBPyConnection) -> None:
        insert_rows(connection, ALERTS.name, alerts)
        insert_rows(connection, INCIDENTS.name, incidents)

    lake = Lake(load_settings(home=tmp_path_factory.mktemp("found") / "home"))
    create_tables(lake)
    lake.write(write, tables=(), message="test", commit_info={})
    return lake.settings.root


@pytest.fixture
def found_lake(found_home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A copy of that home, of the test's own."""
    shutil.copytree(found_home, settings.root, dirs_exist_ok=True)
    monkeypatch.setenv("TAPEWATCH_USER", "ana")
    return Lake(settings)


@pytest.fixture
def client(found_lake: Lake) -> TestClient:
    """A service that is not started: nothing watches the lake, so each reading asks it."""
    return TestClient(api(found_lake.settings), base_url=HOST)


@pytest.fixture
def incident_ids(client: TestClient) -> list[str]:
    """The ids of the incidents, the gravest first."""
    return [one["incident_id"] for one in json.loads(client.get("/incidents").text)["rows"]]
