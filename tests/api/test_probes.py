"""What the service reaches: each probe has a state, a cause and a time limit."""

import threading
import time
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from orchestration.api.app import api
from orchestration.api.dagster_server import STATUSES, DagsterServerError, daemons, runs
from orchestration.api.probes import Behind, NotConfigured, Probes, probes_of
from orchestration.api.shared_lake import SharedLake
from tests.api.conftest import HOST

NOBODY = "127.0.0.1:9"
PATIENT = 60.0
"""Seconds: what is tested is the state, on a machine that may be busy."""


def states(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["probe"]: row["state"] for row in rows}


def test_a_probe_that_hangs_is_failed_in_time_and_is_not_asked_twice() -> None:
    release, asked = threading.Event(), []

    def hang() -> str:
        asked.append(1)
        release.wait(10)
        return "late"

    probes = Probes({"slow": hang, "fast": lambda: "at once"}, limit=0.05)
    began = time.monotonic()
    rows = [probes.ask() for _ in range(2)]
    assert time.monotonic() - began < 2
    assert states(rows[0]) == states(rows[1]) == {"slow": "failed", "fast": "ok"}
    assert rows[0][0]["detail"] == "no answer within 0.05 s"
    assert rows[0][0]["milliseconds"] >= 50
    assert len(asked) == 1
    release.set()


def test_each_outcome_has_a_state_of_its_own() -> None:
    def raising(error: Exception) -> Any:
        def ask() -> str:
            raise error

        return ask

    rows = Probes(
        {
            "absent": raising(NotConfigured("set it")),
            "late": raising(Behind("20 s")),
            "broken": raising(KeyError()),
        }
    ).ask()
    assert states(rows) == {"absent": "not configured", "late": "behind", "broken": "failed"}
    assert [row["detail"] for row in rows] == ["set it", "20 s", "KeyError"]


def test_what_the_settings_do_not_name_is_not_configured(found_lake: Lake) -> None:
    rows = probes_of(SharedLake(found_lake.settings), PATIENT).ask()
    assert states(rows) == {
        "object store": "ok",
        "catalog": "ok",
        "broker": "not configured",
        "schema registry": "not configured",
        "Dagster": "not configured",
        "stream": "not configured",
    }


@pytest.mark.slow
def test_what_the_settings_name_and_does_not_answer_is_failed(found_lake: Lake) -> None:
    settings = load_settings(
        home=found_lake.settings.root,
        kafka_bootstrap=NOBODY,
        schema_registry=f"http://{NOBODY}",
        dagster_url=f"http://{NOBODY}",
    )
    rows = {row["probe"]: row for row in probes_of(SharedLake(settings), PATIENT).ask()}
    assert {name: rows[name]["state"] for name in ("broker", "schema registry", "Dagster")} == {
        "broker": "failed",
        "schema registry": "failed",
        "Dagster": "failed",
    }
    assert rows["stream"]["state"] == "behind"
    assert "tapewatch land" in rows["stream"]["detail"]


def dagster_answers(monkeypatch: pytest.MonkeyPatch, content: Any) -> list[str]:
    """Let a web server answer so; the queries that it is asked."""
    asked: list[str] = []

    def post(url: str, *, json: dict[str, str], timeout: float) -> httpx.Response:
        asked.append(json["query"])
        return httpx.Response(200, json=content, request=httpx.Request("POST", url))

    monkeypatch.setattr("orchestration.api.dagster_server.httpx.post", post)
    return asked


def health(**healthy: bool) -> dict[str, Any]:
    return {
        "data": {
            "version": "1.13.27",
            "instance": {
                "daemonHealth": {
                    "allDaemonStatuses": [
                        {"daemonType": name, "required": name != "BACKFILL", "healthy": one}
                        for name, one in healthy.items()
                    ]
                }
            },
        }
    }


def test_dagster_is_behind_where_a_daemon_that_it_needs_is_ill(
    monkeypatch: pytest.MonkeyPatch, found_lake: Lake
) -> None:
    def state() -> tuple[str, str]:
        row = next(
            one
            for one in probes_of(SharedLake(found_lake.settings), PATIENT).ask()
            if one["probe"] == "Dagster"
        )
        return row["state"], row["detail"]

    dagster_answers(monkeypatch, health(SENSOR=True, BACKFILL=False))
    assert state() == ("ok", "Dagster 1.13.27 at http://127.0.0.1:3000")
    dagster_answers(monkeypatch, health(SENSOR=False, BACKFILL=True))
    assert state()[0] == "behind"
    assert state()[1].endswith("do not work: SENSOR")


def test_runs_are_counted_by_status_and_windows_by_their_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = {status.lower(): {"count": place} for place, status in enumerate(STATUSES)}
    asked = dagster_answers(monkeypatch, {"data": counts | {"windows": {"count": 41}}})
    found = runs(HOST)
    assert found.windows == 41
    assert found.by_status == {status.lower(): place for place, status in enumerate(STATUSES)}
    assert 'pipelineName: "stream_surveillance", statuses: [SUCCESS]' in asked[0]


@pytest.mark.parametrize("content", [[], {"errors": [{"message": "no"}]}, "text"])
def test_what_is_no_dagster_is_said(monkeypatch: pytest.MonkeyPatch, content: Any) -> None:
    dagster_answers(monkeypatch, content)
    with pytest.raises(DagsterServerError, match=HOST):
        daemons(HOST)


@pytest.mark.slow
def test_metrics_have_what_is_known_and_leave_out_the_rest(
    found_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(api(found_lake.settings), base_url=HOST) as client:
        found = client.get("/metrics").text
        assert 'tapewatch_alerts{detector="falling",severity="medium"} 2.0' in found
        assert "tapewatch_decisions 0.0" in found
        assert "tapewatch_runs" not in found
        assert "tapewatch_stream_lag_seconds" not in found
        counts = {status.lower(): {"count": 3} for status in STATUSES}
        dagster_answers(monkeypatch, {"data": counts | {"windows": {"count": 41}}})
        found = client.get("/metrics").text
        assert 'tapewatch_runs{status="success"} 3.0' in found
        assert "tapewatch_windows_judged 41.0" in found
