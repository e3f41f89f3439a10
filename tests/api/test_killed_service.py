"""A service that is killed while decisions are posted: each that was acknowledged is there once."""

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress

import httpx
import pytest

from assets.alerts.incident_reading import queue
from assets.alerts.reading import Wanted
from assets.cases.chain import verify_chain
from assets.cases.reading import decisions_of
from assets.lake.lake import Lake

WRITERS = 4
STARTS_WITHIN = 300.0
"""Seconds; a machine that does much else starts a service in more than one minute."""


class Service:
    """A service as a process of its own, on a port of its own."""

    def __init__(self, lake: Lake) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        program = "from orchestration.command_line.app import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(self.port)],
            env=os.environ | {"TAPEWATCH_HOME": str(lake.settings.root), "TAPEWATCH_USER": "ana"},
            stdout=subprocess.DEVNULL,
        )
        self.address = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            with suppress(httpx.HTTPError):
                httpx.get(f"{self.address}/health")
                return
            assert time.monotonic() < deadline, "the service does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def post(service: Service, incident: str, name: str, acknowledged: list[str]) -> None:
    """Post decisions until the service is gone, each twice, as after a lost answer."""
    with suppress(httpx.HTTPError), httpx.Client(base_url=service.address, timeout=60) as client:
        for count in itertools.count():
            body = {"note": f"{name}-{count}", "request_id": f"{name}-{count}"}
            answers = [client.post(f"/incidents/{incident}/decisions", json=body) for _ in range(2)]
            if any(answer.status_code == 200 for answer in answers):
                acknowledged.append(body["note"])


@pytest.mark.path
@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.proof)])
def test_each_acknowledged_decision_is_there_exactly_once(found_lake: Lake, kills: int) -> None:
    incident = queue(found_lake, Wanted()).incidents[0]["incident_id"]
    draw = random.Random(kills)
    acknowledged: list[str] = []
    for number in range(kills):
        service = Service(found_lake)
        before = len(acknowledged)
        writers = [
            threading.Thread(
                target=post, args=(service, incident, f"{number}-{writer}", acknowledged)
            )
            for writer in range(WRITERS)
        ]
        for one in writers:
            one.start()
        deadline = time.monotonic() + STARTS_WITHIN
        while len(acknowledged) == before:
            assert time.monotonic() < deadline, "no decision is acknowledged"
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 1))
        service.kill()
        for one in writers:
            one.join()

    landed = Counter(one.note for one in decisions_of(found_lake))
    assert acknowledged
    assert all(landed[one] == 1 for one in acknowledged)
    assert max(landed.values()) == 1
    assert verify_chain(found_lake.objects, {}) == sum(landed.values())
