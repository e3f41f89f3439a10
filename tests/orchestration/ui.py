"""The UI in a test: its GraphQL over a code server, and what the sensor would start."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.testclient import TestClient

from assets.lake.resource import LakeResource
from assets.lake.settings import Settings
from orchestration.command_line.dev import WORKSPACE
from orchestration.definitions import definitions
from sensors.fresh_files import fresh_files

LONGEST_SECONDS = 900
AT_ONCE = """
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
"""
LAUNCH = """
mutation ($launched: ExecutionParams!) {
  launchRun(executionParams: $launched) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
NODE = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      owners { ... on TeamAssetOwner { team } }
      opNames
      pools
      partitionStats { numMaterialized numFailed }
      assetMaterializations(limit: 1) { metadataEntries { label ... on UrlMetadataEntry { url } } }
      assetChecksOrError {
        ... on AssetChecks { checks { name executionForLatestMaterialization { status } } }
      }
    }
  }
}
"""
SELECTOR = {
    "repositoryLocationName": "tapewatch",
    "repositoryName": "__repository__",
}


class Ui:
    """The webserver's GraphQL over a code server of its own; runs are processes."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, json.dumps(answer["errors"])[:2000]
        (found,) = answer["data"].values()
        return found

    def run(self, job: str, day: str | None = None, *, assets: list[list[str]] = (), **config: Any):
        """Launch a run, wait for its end, and give its status."""
        selector = SELECTOR | {"pipelineName": job}
        if assets:
            selector["assetSelection"] = [{"path": path} for path in assets]
        launched = self.ask(
            LAUNCH,
            launched={
                "selector": selector,
                "runConfigData": config,
                "executionMetadata": {
                    "tags": [{"key": "dagster/partition", "value": day}] if day else []
                },
            },
        )
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return self.ended(launched["run"]["runId"])

    def ended(self, run_id: str) -> str:
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            status = self.ask(STATUS, id=run_id)["status"]
            if status in {"SUCCESS", "FAILURE", "CANCELED"}:
                return status
            time.sleep(0.5)
        raise AssertionError(f"run {run_id} has not ended")

    def node(self, *path: str) -> Any:
        return self.ask(NODE, key={"path": list(path)})


@pytest.fixture
def ui(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Ui]]:
    """Open the UI over the home as it is then, without a daemon: runs start at once."""
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "dagster.yaml").write_text(AT_ONCE)
    opened: list[Any] = []

    def open_ui() -> Ui:
        instance = dg.DagsterInstance.get()
        target = WorkspaceFileTarget([str(WORKSPACE)])
        context = WorkspaceProcessContext(instance, target)
        opened.append(context.__enter__())
        return Ui(TestClient(DagsterWebserver(context).create_asgi_app()))

    yield open_ui
    for context in opened:
        context.__exit__(None, None, None)


def due() -> list[str]:
    """The days that the sensor would start now."""
    with dg.build_sensor_context(
        instance=dg.DagsterInstance.get(),
        resources={"lake": LakeResource()},
        repository_def=definitions.get_repository_def(),
    ) as context:
        result = fresh_files.evaluate_tick(context)
    return [str(run.partition_key) for run in result.run_requests or []]
