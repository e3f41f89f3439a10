"""An answer that the caller has is not sent again; it is as soon as anything in it may differ."""

import pytest
from duckdb import DuckDBPyConnection
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from orchestration.api import recent
from tests.api.conftest import HOST

pytestmark = pytest.mark.slow


def status(client: TestClient, path: str, tag: str) -> int:
    return client.get(path, headers={"If-None-Match": tag}).status_code


def test_pages_and_answers_are_sent_once_until_lake_or_decisions_change(
    client: TestClient, found_lake: Lake, incident_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = f"/desk/incidents/{incident_ids[0]}"
    paths = ["/desk", "/desk/cases", incident, "/incidents", "/alerts", "/api/stats", "/symbols"]
    tags = {path: client.get(path).headers["etag"] for path in paths}
    assert len(set(tags.values())) == len(paths)

    def query(*_: object) -> None:
        raise AssertionError("a query for an answer that the caller has")

    with monkeypatch.context() as patched:
        patched.setattr(recent.Recent, "connect", query)
        for path, tag in tags.items():
            answer = client.get(path, headers={"If-None-Match": tag})
            assert (answer.status_code, answer.content) == (304, b""), path
            assert answer.headers["etag"] == tag
            assert answer.headers["cache-control"] == "private, no-cache"
    # another request, another caller
    assert status(client, "/desk?status=closed", tags["/desk"]) == 200
    with monkeypatch.context() as patched:
        patched.setenv("TAPEWATCH_USER", "ben")
        assert status(client, "/desk", tags["/desk"]) == 200

    client.post(f"/incidents/{incident_ids[0]}/decisions", json={"note": "seen"})
    for path, tag in tags.items():
        assert status(client, path, tag) == 200, path

    tags = {path: client.get(path).headers["etag"] for path in paths}

    def write(connection: DuckDBPyConnection) -> None:
        connection.execute("delete from lake.alerts.alerts where symbol = 'BTC-USDT'")

    found_lake.write(write, tables=(), message="test", commit_info={})
    for path, tag in tags.items():
        assert status(client, path, tag) == 200, path


def test_what_the_lake_does_not_decide_has_no_tag(client: TestClient) -> None:
    for path in ("/health", "/system-status", "/desk/system", "/reports", "/decisions/chain"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "etag" not in answer.headers, path
    assert "etag" not in client.get("/alerts/none").headers


def test_who_may_not_read_learns_not_even_that_nothing_changed(client: TestClient) -> None:
    tag = client.get("/incidents").headers["etag"]
    foreign = {"If-None-Match": tag, "Origin": "https://evil.example"}
    assert client.get(f"{HOST}/incidents", headers=foreign).status_code == 403
