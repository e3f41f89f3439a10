"""Real servers for tests marked `services`: started once a session, unless already set."""

import os
import shlex
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "infra" / "services.sh"
# the script's exit code where a program cannot be had; a server that does not work is a failure
MISSING = 3
WANTED = (
    "TAPEWATCH_KAFKA_BOOTSTRAP",
    "TAPEWATCH_SCHEMA_REGISTRY",
    "TAPEWATCH_S3_ENDPOINT",
    "TAPEWATCH_S3_BUCKET",
    "TAPEWATCH_CATALOG",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, str]]:
    """The variables that reach the servers; the session stops only what it started."""
    if all(name in os.environ for name in WANTED):
        yield {name: os.environ[name] for name in WANTED}
        return
    with home_of_servers() as home:
        yield from _started(home)


@contextmanager
def home_of_servers() -> Iterator[Path]:
    """A folder that PostgreSQL can reach: under root it runs as a user of its own."""
    with tempfile.TemporaryDirectory(prefix="tapewatch-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)
        yield home


def _started(home: Path) -> Iterator[dict[str, str]]:
    environment = {**os.environ, "TAPEWATCH_HOME": str(home)}
    try:
        started = subprocess.run(
            [SCRIPT, "up"], env=environment, stderr=subprocess.PIPE, text=True, timeout=900
        )
        said = started.stderr.strip()
        if started.returncode == MISSING:
            pytest.skip(said.splitlines()[-1])
        assert started.returncode == 0, said
        yield variables(home / "services" / "env")
    finally:
        subprocess.run([SCRIPT, "down"], env=environment, check=True, timeout=120)


def variables(file: Path) -> dict[str, str]:
    """What the servers' file to source exports."""
    lines = file.read_text().splitlines()
    assignments = (shlex.split(line)[1] for line in lines)
    return dict(assignment.split("=", 1) for assignment in assignments)


@pytest.fixture
def service_environment(
    services: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The servers' variables, set for one test."""
    for name, value in services.items():
        monkeypatch.setenv(name, value)
    return services


@pytest.fixture
def empty_catalog(services: dict[str, str]) -> Iterator[str]:
    """The address of a PostgreSQL database that lives and dies with a test."""
    address, name = services["TAPEWATCH_CATALOG"], f"test_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    yield make_conninfo(address, dbname=name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())
