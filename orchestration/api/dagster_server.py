"""Dagster's web server, asked by its GraphQL: its version, its daemons, its runs by status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

TIMEOUT_SECONDS = 2.0
STATUSES = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "SUCCESS", "FAILURE", "CANCELING",
            "CANCELED")  # fmt: skip
STREAM_JOB = "stream_surveillance"
DAEMONS = """
{ version instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }
"""


class DagsterServerError(OSError):
    """The web server cannot be reached, or answers something else; the message says which."""


@dataclass(frozen=True)
class Daemon:
    """One of Dagster's daemons; one that is not required may be ill."""

    name: str
    required: bool
    healthy: bool


@dataclass(frozen=True)
class Daemons:
    """The web server's version, and its instance's daemons."""

    version: str
    daemons: tuple[Daemon, ...]


@dataclass(frozen=True)
class Runs:
    """How many runs there are."""

    by_status: Mapping[str, int]
    """By status, in small letters."""
    windows: int
    """Windows of the stream that were judged: their runs that succeeded."""


def daemons(url: str) -> Daemons:
    """What the web server says of itself; DagsterServerError where it does not answer."""
    answer = _ask(url, DAEMONS)
    states = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
    return Daemons(
        answer["version"],
        tuple(
            Daemon(one["daemonType"], bool(one["required"]), bool(one["healthy"])) for one in states
        ),
    )


def runs(url: str) -> Runs:
    """The runs of the web server's instance; DagsterServerError where it does not answer."""
    counted = {status.lower(): f"{{statuses: [{status}]}}" for status in STATUSES}
    counted["windows"] = f'{{pipelineName: "{STREAM_JOB}", statuses: [SUCCESS]}}'
    parts = (
        f"{name}: runsOrError(filter: {filter}, limit: 1) {{ ... on Runs {{ count }} }}"
        for name, filter in counted.items()
    )
    answer = _ask(url, f"{{ {' '.join(parts)} }}")
    by_status = {name: int(answer[name].get("count") or 0) for name in counted}
    return Runs(by_status, by_status.pop("windows"))


def _ask(url: str, query: str) -> Any:
    try:
        answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=TIMEOUT_SECONDS)
        content = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DagsterServerError(f"{url} does not answer as Dagster does: {error}") from None
    if not isinstance(content, dict) or not content.get("data"):
        raise DagsterServerError(f"{url} refuses: {str(content)[:200]}")
    return content["data"]
