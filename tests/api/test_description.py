"""The service does what its description says, whatever it is asked.

For each route requests are drawn from the description, some of them against it: no answer is an
error of the server, has a status, a type or a body that is not described, or needs no key.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assets.lake.lake import Lake
from orchestration.api import access
from orchestration.api.app import api
from orchestration.api.keys import create_key
from tests.api.conftest import HOST

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
hypothesis = pytest.importorskip("hypothesis")
FILTERED = ("/alerts", "/incidents")


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(3, marks=pytest.mark.slow),
        pytest.param(20, marks=pytest.mark.path),
        pytest.param(400, marks=pytest.mark.proof),
    ],
)
def test_no_request_meets_what_is_not_described(
    found_lake: Lake, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    monkeypatch.setattr(access, "BURST", 1e9)
    key = create_key(found_lake.settings, "ana", "admin", datetime(2026, 3, 2, tzinfo=UTC))
    sent = {"Authorization": f"Bearer {key}"}
    app = api(found_lake.settings)
    with TestClient(app, base_url=HOST, headers=sent) as client:
        present = {
            f"{kind}_id": client.get(f"/{kind}s").json()["rows"][0][f"{kind}_id"]
            for kind in ("alert", "incident")
        }
        description = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
        description.app = app
        operations = [found.ok() for found in description.get_all_operations()]
        for operation in operations:
            ask(operation, examples, present, sent)
    assert len(operations) > 20


def ask(operation: Any, examples: int, present: dict[str, str], sent: dict[str, str]) -> None:
    """Ask for one route, with ids that are drawn and with ids that there are."""
    # what a decision must say depends on the incident, and a filter has a grammar of its own:
    # neither can be described
    is_refused_in_words = operation.method == "post" or operation.path in FILTERED
    unfit = [schemathesis.checks.positive_data_acceptance] if is_refused_in_words else []

    @hypothesis.settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy())
    def each(case: Any) -> None:
        case.call_and_validate(base_url=HOST, headers=sent, excluded_checks=unfit)
        if named := present.keys() & (case.path_parameters or {}).keys():
            case.path_parameters |= {name: present[name] for name in named}
            case.call_and_validate(base_url=HOST, headers=sent, excluded_checks=unfit)

    each()


def test_a_time_names_its_zone(client: TestClient) -> None:
    for path in ("/incidents", "/alerts"):
        row = json.loads(client.get(path).text)["rows"][0]
        assert row["window_start_at"].endswith("Z")
