"""The whole stream under kills: each valid message is in core.trades once, each bad one apart."""

import random
import threading
import time
from collections.abc import Iterator

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.landing.kafka.rows import raw_text
from assets.tables import create_tables
from orchestration import dagster_home
from tests.chaos.processes import Platform, Servers, until
from tests.landing.kafka.stream import Stream
from tests.services import MISSING, home_of_servers

pytestmark = [pytest.mark.services, pytest.mark.slow]

RATE = 4_000
BAD_SHARE = 0.001
SETTLED_SECONDS = 600
REBALANCED_SECONDS = 120
KILLED = ("land", "broker", "warm", "daemon")


@pytest.fixture
def servers() -> Iterator[Servers]:
    with home_of_servers() as home:
        servers = Servers(home)
        try:
            started = servers.up()
            if started.returncode == MISSING:
                pytest.skip(started.stderr.strip().splitlines()[-1])
            assert started.returncode == 0, started.stderr
            yield servers
        finally:
            servers.down()


@pytest.fixture
def settings(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Settings:
    variables = servers.variables() | {
        "TAPEWATCH_HOME": str(servers.home / "home"),
        "TAPEWATCH_WARM_RUNS": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    dagster_home.prepare(settings)
    create_tables(Lake(settings))
    return settings


@pytest.fixture
def platform(servers: Servers, settings: Settings) -> Iterator[Platform]:
    platform = Platform(servers.home / "platform", settings)
    for name in ("code", "warm", "daemon", "land"):
        platform.start(name)
    try:
        yield platform
    finally:
        platform.end()


@pytest.mark.parametrize(
    ("messages", "kills"),
    [(200_000, 5), pytest.param(2_000_000, 20, marks=pytest.mark.proof)],
)
def test_every_message_is_accounted_for_once(
    servers: Servers,
    settings: Settings,
    platform: Platform,
    request: pytest.FixtureRequest,
    messages: int,
    kills: int,
) -> None:
    seed = request.config.option.kill_seed or random.randrange(10**6)
    print(f"seed {seed}: {kills} kills over {messages:,} messages")  # noqa: T201
    draw = random.Random(seed)
    stream = Stream(settings, settings.kafka_topic, traded_at=lambda _: time.time_ns() // 1_000)
    sending = threading.Thread(
        target=stream.send, args=(messages,), kwargs={"bad_share": BAD_SHARE, "rate": RATE}
    )
    sending.start()
    spell = messages / RATE / (kills + 4)
    for event in draw.sample(
        ["rebalance", "full disk", "store away", *draw.choices(KILLED, k=kills)], kills + 3
    ):
        time.sleep(spell * draw.uniform(0.5, 1))
        print(f"{stream.sent:,} sent: {event}", flush=True)  # noqa: T201
        happen(event, servers, platform)
        platform.supervise()
    sending.join()
    lake = Lake(settings)
    with lake.connect() as connection:

        def counted(table: str) -> int:
            return connection.execute(f"select count(*) from lake.{table}").fetchall()[0][0]

        def is_settled() -> bool:
            platform.supervise()
            return counted("core.trades") >= len(stream.good) and counted(
                "quarantine.trades"
            ) >= len(stream.bad)

        until(
            is_settled,
            SETTLED_SECONDS,
            f"{len(stream.good):,} trades and {len(stream.bad):,} bad messages in the lake",
        )
        trades = connection.execute("select trade_id from lake.core.trades").fetchall()
        rejected = connection.execute("select raw from lake.quarantine.trades").fetchall()
    assert sorted(trade_id for (trade_id,) in trades) == sorted(stream.good.values())
    assert sorted(raw for (raw,) in rejected) == sorted(map(raw_text, stream.bad.values()))
    stream.assert_landed_exactly_once()


def happen(event: str, servers: Servers, platform: Platform) -> None:
    """One misfortune, and what follows on it."""
    match event:
        case "rebalance":
            platform.start("second-land")
            # a process that is stopped while it still starts rebalances nothing
            until(
                lambda: platform.has_partitions("second-land"),
                REBALANCED_SECONDS,
                "partitions of the first lander go to the second",
            )
            time.sleep(3)
            platform.stop("second-land")
        case "full disk":
            platform.disk_is_full.touch()
            time.sleep(5)
            platform.disk_is_full.unlink()
        case "store away":
            servers.kill("minio")
            time.sleep(20)
            assert servers.up("minio").returncode == 0
        case "broker":
            servers.kill("kafka")
            assert servers.up("kafka").returncode == 0
        case "warm":
            platform.kill("warm")
        case name:
            platform.kill(name)
            platform.start(name)
