"""Who judges, and whether an alert can be derived again, over HTTP."""

import pytest
from fastapi.testclient import TestClient

from assets.detection.detector import detectors

pytestmark = pytest.mark.slow


def test_every_detector_is_listed_with_its_thresholds_and_last_run(client: TestClient) -> None:
    found = {one["name"]: one for one in client.get("/models").json()}
    assert set(found) == {one.name for one in detectors()}
    wash = found["wash_trading"]
    assert wash["kind"] == "detector"
    assert wash["thresholds"]["min_matched_pairs"] == 12
    assert wash["null_rate_per_symbol_day"] == 0.002
    assert wash["last_run"] is None


def test_one_detector_says_what_it_finds_and_reads(client: TestClient) -> None:
    found = client.get("/model-info", params={"name": "wash_trading"}).json()
    assert found["description"][0].startswith("Trades that undo each other")
    assert found["inputs"] == ["matched_pairs_30m"]
    assert client.get("/model-info", params={"name": "nobody"}).status_code == 404
    assert client.get("/model-info").status_code == 422


def test_an_alert_of_other_code_is_not_comparable(client: TestClient) -> None:
    (first, _) = client.get("/alerts").json()["rows"]
    found = client.get(f"/alerts/{first['alert_id'][:10]}/verify").json()
    assert found["alert_id"] == first["alert_id"]
    assert found["verdict"] == "not comparable"
    assert "derived by code abc" in found["reason"]
    assert client.get("/alerts/none/verify").status_code == 404
