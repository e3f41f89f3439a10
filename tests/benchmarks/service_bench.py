"""Measure the HTTP service under load; write the last part of RESULTS.md.

    python tests/benchmarks/service_bench.py --beside "tapewatch run --date 2024-08-09"

The service runs as a process of its own over the lake of the settings (TAPEWATCH_HOME and, with
servers, their addresses). Users with keys of their own ask for a mixture of pages and answers at a
fixed rate, whether or not the answers come: a latency counts from the time at which the request was
due. `/health`, which reads nothing, is the peer in the same run. The command beside the service is
started again whenever it ends.
"""

import argparse
import asyncio
import os
import random
import shlex
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from assets.lake.settings import Settings, load_settings
from orchestration.api.keys import create_key, key_of, keys_of, revoke_key

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = "# The service\n"
STARTS_WITHIN = 120.0
TIMEOUT = 60.0
PEER = "health"
SHARES = {
    "queue": 20, "incident page": 15, "incidents": 10, "alerts": 15, "explain": 8, "trades": 4,
    "risk": 8, "decision": 10, PEER: 10,
}  # fmt: skip
"""Of a hundred requests."""


@dataclass(frozen=True)
class Asked:
    """One request: what it was, and seconds from the time it was due to its answer."""

    what: str
    seconds: float
    status: int
    """0 where no answer came."""


@dataclass(frozen=True)
class Measured:
    """What a run showed."""

    users: int
    rate: float
    beside: str
    asked: list[Asked]
    server_cpu_ms: float
    """CPU milliseconds of the service a request."""
    cached_per_second: float
    cached_cpu_ms: float
    load: tuple[float, float]
    """The machine's load a minute before the end and at the start."""


class User:
    """A person with a key: a browser's session and a program's header."""

    def __init__(self, address: str, secret: str, number: int) -> None:
        self.client = httpx.AsyncClient(
            base_url=address,
            timeout=TIMEOUT,
            headers={"Authorization": f"Bearer {secret}"},
            # the service closes idle connections after five seconds
            limits=httpx.Limits(keepalive_expiry=2),
        )
        self._secret, self._number = secret, number

    async def sign_in(self) -> None:
        answer = await self.client.post("/desk/sign-in", data={"key": self._secret})
        assert answer.status_code == 303, answer.text

    async def ask(self, what: str, ids: dict[str, list[str]], draw: random.Random) -> int:
        """The status of an answer; redirects are followed by no one."""
        incident, alert = draw.choice(ids["incidents"]), draw.choice(ids["alerts"])
        if what == "decision":
            body = {"note": f"seen by {self._number}", "request_id": str(uuid.uuid4())}
            answer = await self.client.post(f"/incidents/{incident}/decisions", json=body)
            return answer.status_code
        address = {
            "queue": f"/desk?{draw.choice(('status=open', 'status=closed', 'with=me'))}",
            "incident page": f"/desk/incidents/{incident}",
            "incidents": "/incidents?severity=high",
            "alerts": f"/alerts?limit={draw.choice((20, 50, 100))}",
            "explain": f"/alerts/{alert}/explain",
            "trades": f"/trades?limit={draw.choice((20, 50))}",
            "risk": "/risk",
            PEER: "/health",
        }[what]
        return (await self.client.get(address)).status_code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--beside", default="", help="a command that runs meanwhile")
    arguments = parser.parse_args()
    measured = measure(load_settings(), arguments)
    before, _, _ = RESULTS.read_text().partition(f"\n{HEADING}")
    document = render(measured)
    RESULTS.write_text(before.rstrip("\n") + "\n\n" + document)
    sys.stdout.write(document)


def measure(settings: Settings, arguments: argparse.Namespace) -> Measured:
    """Start the service and what runs beside it, and ask."""
    now = datetime.now(UTC)
    secrets = [create_key(settings, f"user {n}", "decide", now) for n in range(arguments.users)]
    began_at = os.getloadavg()[0]
    try:
        with serving(settings) as (address, process), repeating(arguments.beside):
            users = [User(address, secret, n) for n, secret in enumerate(secrets)]
            before = cpu_seconds(process)
            asked, cached = asyncio.run(load(users, process, arguments))
            spent = cached[2] - before
    finally:
        for secret in secrets:
            if (key := key_of(keys_of(settings), secret)) is not None:
                revoke_key(settings, key.key_id, now)
    return Measured(
        arguments.users, arguments.rate, arguments.beside, asked, spent / len(asked) * 1000,
        cached[0], cached[1], (began_at, os.getloadavg()[0]),
    )  # fmt: skip


async def load(
    users: list[User], process: psutil.Process, arguments: argparse.Namespace
) -> tuple[list[Asked], tuple[float, float, float]]:
    """The open loop, then as many cached reads as there is time for.

    Of the latter: reads a second, CPU ms of the service each, and its CPU seconds before.
    """
    draw = random.Random(arguments.seed)
    for user in users:
        await user.sign_in()
    reader = users[0].client
    ids = {}
    for kind in ("incidents", "alerts"):
        answer = await reader.get(f"/{kind}", params={"limit": 100})
        ids[kind] = [one[f"{kind[:-1]}_id"] for one in answer.json()["rows"]]
    start = time.monotonic() + 0.5
    tasks = []
    for number in range(int(arguments.rate * arguments.seconds)):
        due = start + number / arguments.rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        (what,) = draw.choices(list(SHARES), list(SHARES.values()))
        tasks.append(asyncio.create_task(timed(users[number % len(users)], what, ids, draw, due)))
    asked = await asyncio.gather(*tasks)
    before = cpu_seconds(process)
    seconds = min(10.0, arguments.seconds)
    counts = await asyncio.gather(*(revalidate(user, seconds) for user in users))
    spent = cpu_seconds(process) - before
    for user in users:
        await user.client.aclose()
    return list(asked), (sum(counts) / seconds, spent / max(1, sum(counts)) * 1000, before)


async def timed(
    user: User, what: str, ids: dict[str, list[str]], draw: random.Random, due: float
) -> Asked:
    try:
        status = await user.ask(what, ids, draw)
    except httpx.HTTPError:
        status = 0
    return Asked(what, time.monotonic() - due, status)


async def revalidate(user: User, seconds: float) -> int:
    """How many answers of "unchanged" a user gets, one after the other."""
    until = time.monotonic() + seconds
    count = 0
    tag = ""
    while time.monotonic() < until:
        answer = await user.client.get("/desk", headers={"If-None-Match": tag} if tag else {})
        count += answer.status_code == httpx.codes.NOT_MODIFIED
        tag = answer.headers.get("etag", "")
        # nobody may ask faster
        await asyncio.sleep(0.021)
    return count


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, psutil.Process]]:
    """The service's address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from orchestration.command_line.app import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "serve", "--port", str(port)],
        env=os.environ | {"TAPEWATCH_HOME": str(settings.root)},
        stdout=subprocess.DEVNULL,
        # as from a terminal or a unit of its own: Linux shares the cores among sessions
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                httpx.get(f"{address}/health")
                break
            except httpx.HTTPError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def repeating(command: str) -> Iterator[None]:
    """Run a command, again and again, until the end; RuntimeError if it fails."""
    if not command:
        yield
        return
    loop = 'while true; do "$@" >/dev/null 2>&1 || exit 1; done'
    parts = ["bash", "-c", loop, "beside", *shlex.split(command)]
    with subprocess.Popen(parts, start_new_session=True) as process:
        try:
            yield
            if process.poll() is not None:
                raise RuntimeError(f"{command} failed")
        finally:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.terminate()
            process.terminate()


def cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def render(measured: Measured) -> str:
    """The figures as Markdown; made by this command, never typed."""
    beside = f", `{measured.beside}` beside it" if measured.beside else ""
    peer = [one.seconds for one in measured.asked if one.what == PEER]
    lines = [
        HEADING,
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, which "
        f"the clients share; {measured.users} users, {measured.rate:g} requests a second{beside}. "
        f"The machine's load was {measured.load[0]:.1f} before and {measured.load[1]:.1f} at the "
        "end. A latency counts from when the request was due; `/health`, which reads nothing, is "
        "the peer.",
        "",
        "| asked | requests | errors | p50 ms | p95 ms | p95 to the peer's |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for what in (*SHARES, "all"):
        found = [one for one in measured.asked if what in ("all", one.what)]
        seconds = [one.seconds for one in found]
        p95 = quantile(seconds, 0.95)
        lines.append(
            f"| {what} | {len(found):,} | {sum(one.status != 200 for one in found)} "
            f"| {quantile(seconds, 0.5) * 1000:.0f} | {p95 * 1000:.0f} "
            f"| {p95 / quantile(peer, 0.95):.1f} |"
        )
    lines += [
        "",
        f"The service spent {measured.server_cpu_ms:.1f} CPU ms a request. Of pages that had not "
        f"changed it answered {measured.cached_per_second:,.0f} a second, "
        f"{measured.cached_cpu_ms:.1f} CPU ms each.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
