"""The live page: whole without a script, renewed by events, honest about its delay."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from duckdb import DuckDBPyConnection
from fastapi.testclient import TestClient

from assets.alerts.incidents import join_incidents
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from orchestration.api.app import api
from orchestration.api.keys import create_key, keys_of, revoke_key
from orchestration.api.live_poll import Polled
from orchestration.api.live_view import live_view, parts_of
from reports.live import Seen, StreamState, Timeline, delay, line_of, timeline_chart
from tests.alerts.test_episodes import STAMPS, alerts_of, hit
from tests.api.conftest import HOST, HOSTILE
from tests.api.test_pages import texts

NOW = datetime(2026, 3, 2, 10, 1)
NEWEST = datetime(2026, 3, 2, 10, 0, 58)
TRADES = """
insert into lake.core.trades by name
select 'binance' as venue, symbol, traded_at, traded_at::date as trade_day
from (
    values
        ('BTC-USDT', timestamp '2026-03-02 10:00:58'),
        ('BTC-USDT', timestamp '2026-03-02 09:30:10'),
        (?, timestamp '2026-03-02 09:31:10')
) as trades (symbol, traded_at)
"""
BARS = """
insert into lake.features.bars_1m by name
select
    venue,
    symbol,
    time_bucket(interval 1 minute, traded_at) as cell_start_at,
    time_bucket(interval 1 minute, traded_at) + interval 1 minute as cell_end_at,
    count(*) as trade_count,
    any_value(trade_day) as trade_day,
from lake.core.trades
group by all
"""


@pytest.fixture
def traded_lake(found_lake: Lake) -> Lake:
    """Trades up to 10:00:58 of two markets, one with a hostile name; alerts at 00:00 and 10:00."""

    def write(connection: DuckDBPyConnection) -> None:
        connection.execute(TRADES, [HOSTILE])
        connection.execute(BARS)

    found_lake.write(write, tables=(), message="test", commit_info={})
    return found_lake


def with_another_incident(lake: Lake) -> None:
    alerts = alerts_of(hit(600.5, symbol="SOL-USDT"))
    incidents = join_incidents(alerts, STAMPS)

    def write(connection: DuckDBPyConnection) -> None:
        insert_rows(connection, ALERTS.name, alerts)
        insert_rows(connection, INCIDENTS.name, incidents)

    lake.write(write, tables=(), message="test", commit_info={})


@contextmanager
def served(lake: Lake) -> Iterator[str]:
    """The service in a thread of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(
        api(lake.settings), port=port, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def events_of(lines: Iterator[str], count: int) -> list[tuple[int, str, str]]:
    """The next events of a stream: id, name and data."""
    found: list[tuple[int, str, str]] = []
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields.setdefault(name, []).append(value)
            continue
        if "event" in fields:
            found.append((int(fields["id"][0]), fields["event"][0], "\n".join(fields["data"])))
        if len(found) == count:
            break
        fields = {}
    return found


@pytest.mark.slow
def test_the_page_is_whole_without_a_script(traded_lake: Lake) -> None:
    with TestClient(api(traded_lake.settings), base_url=HOST) as client:
        page = client.get("/desk/live", params={"last": "24h"})
        assert client.get("/desk/live?last=7h").status_code == 422
    shown = texts(page.text)
    assert "○ No stream is set up ; newest trade 2 Mar 2026 10:00:58 UTC" in shown
    assert "2 alerts 0 wash trading 0 pump and dump 0 critical 2 symbols flagged" in shown
    assert "Alerts of the 24 hours to 2 Mar 2026 10:01 UTC, where the trades end." in shown
    assert "ETH-USDT" in shown
    assert 'href="/desk/live" aria-current="page">Live' in page.text
    assert page.text.count("<svg class=") == 2
    assert "style=" not in page.text
    assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.slow
def test_the_figures_are_those_of_its_time(traded_lake: Lake) -> None:
    # the alert of midnight is ten hours back
    shown = {last: live_view(traded_lake, last, NOW).values for last in ("15m", "6h", "24h")}
    assert [one["figures"].alerts for one in shown.values()] == [1, 1, 2]
    with_another_incident(traded_lake)
    view = live_view(traded_lake, "15m", NOW)
    assert [row.symbols for row in view.values["incidents"]] == ["SOL-USDT", "ETH-USDT"]
    assert view.values["figures"].symbols == 2


@pytest.mark.slow
def test_a_market_with_a_hostile_name_is_text(traded_lake: Lake) -> None:
    parts = parts_of(live_view(traded_lake, "60m", NOW), NOW)
    assert set(parts.html) == {"state", "figures", "timeline", "incidents", "freshness"}
    for html in parts.html.values():
        assert "<img" not in html
        assert "</script" not in html
    # its time is that of its minute's end, for it has not traded within the last two minutes
    assert "binance 09:32 28 min 58 s" in texts(parts.html["freshness"])


def test_a_timeline_is_drawn_with_classes_and_escaped_names() -> None:
    at = datetime(2026, 3, 2, 10)
    timeline = Timeline(
        first_at=at,
        last_at=at + timedelta(minutes=15),
        cell=timedelta(minutes=1),
        trades={at: 10, at + timedelta(minutes=3): 40},
        lanes={"wash_trading": [Seen(at, at + timedelta(minutes=5), HOSTILE)]},
        marks={"wash_trading": 3},
    )
    drawn = str(timeline_chart(timeline, 368))
    assert "<img" not in drawn
    assert "style" not in drawn
    assert 'class="mark-3"' in drawn
    assert ">wash trading<" in drawn
    # a minute of 40 trades is as high as the panel, one of 10 a quarter of it
    assert re.findall(r"v(\d+)h-", re.findall(r'class="volume" d="([^"]*)"', drawn)[0]) == [
        "16",
        "64",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (1.14, "1.1 s"), (45, "45 s"), (60, "1 min"), (200, "3 min 20 s"),
     (7500, "2 h 5 min"), (3 * 86400, "3 days")],
)  # fmt: skip
def test_a_delay_is_said_in_its_largest_units(seconds: float, said: str) -> None:
    assert delay(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("behind", "is_by_trade_time", "said"),
    [
        (1.1, True, "good: live, 1.1 s behind · 1,004 trades/s · newest trade 10:00:58 UTC"),
        (10, True, "good: live, 10 s behind · 1,004 trades/s · newest trade 10:00:58 UTC"),
        (200, True, "poor: The stream is 3 min 20 s behind · newest trade 10:00:58 UTC"),
        (2, False, "good: live, 2.0 s behind · newest trade 2 Mar 2026 10:00:58 UTC: these trades "
         "are no news, so the delay goes by when the broker took them"),
    ],
)  # fmt: skip
def test_the_first_line_says_how_far_behind_the_stream_is(
    behind: float, is_by_trade_time: bool, said: str
) -> None:
    rate = 1004.0 if is_by_trade_time else None
    line = line_of(StreamState(timedelta(seconds=behind), is_by_trade_time, NEWEST, rate))
    assert f"{line.tone}: {' · '.join([line.sentence, *line.further])}" == said


@pytest.mark.slow
def test_between_two_snapshots_only_the_first_line_is_made_again(traded_lake: Lake) -> None:
    poll = Polled(traded_lake)
    first = poll({"60m"}, NOW)["60m"]
    second = poll({"60m"}, NOW + timedelta(seconds=1))["60m"]
    assert second.html["timeline"] is first.html["timeline"]
    with_another_incident(traded_lake)
    # a stream's snapshots come faster than it reads
    assert poll({"60m"}, NOW + timedelta(seconds=1.5))["60m"].snapshot == first.snapshot
    third = poll({"60m", "15m"}, NOW + timedelta(seconds=2))
    assert third["60m"].snapshot > first.snapshot
    assert "SOL-USDT" in third["60m"].html["incidents"]
    assert "SOL-USDT" in third["15m"].html["incidents"]


@pytest.mark.slow
def test_a_lake_that_does_not_answer_leaves_the_page_as_of_then(
    traded_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = Polled(traded_lake)
    first = poll({"60m"}, NOW)["60m"]
    monkeypatch.setattr(
        "orchestration.api.live_poll.snapshot_of", lambda _: (_ for _ in ()).throw(OSError("gone"))
    )
    silent = poll({"60m"}, NOW + timedelta(seconds=9))["60m"]
    assert "As of 10:01:00 UTC; the lake has not answered since" in silent.html["state"]
    assert silent.html["incidents"] == first.html["incidents"]


@pytest.mark.slow
def test_a_new_incident_comes_as_an_event_within_seconds(traded_lake: Lake) -> None:
    with served(traded_lake) as address:
        stream = httpx.stream("GET", f"{address}/desk/live/events?last=24h", timeout=60)
        with stream as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == "retry: 2000"
            first = events_of(lines, 5)
            names = [name for _, name, _ in first]
            assert names == ["state", "figures", "timeline", "incidents", "freshness"]
            with_another_incident(traded_lake)
            later = events_of(lines, 2)
            assert later[0][0] > first[0][0]
            assert [name for _, name, _ in later] == ["figures", "timeline"]
            assert "3 alerts" in texts(later[0][2])
            ((_, name, html),) = events_of(lines, 1)
            assert name == "incidents"
            assert "SOL-USDT" in html
        # the stream of one page ends with it: another may follow
        assert httpx.get(f"{address}/health").status_code == 200


@pytest.mark.slow
def test_with_keys_nobody_follows_without_one_or_after_it_is_revoked(traded_lake: Lake) -> None:
    settings = traded_lake.settings
    secret = create_key(settings, "rita", "read", datetime.now(UTC))
    with TestClient(api(settings), base_url=HOST) as client:
        assert client.get("/desk/live").url.path == "/desk/sign-in"
        assert client.get("/desk/live/events").status_code == 401
        client.post("/desk/sign-in", data={"key": secret})
        assert client.get("/desk/live").url.path == "/desk/live"
        revoke_key(settings, keys_of(settings)[0].key_id, datetime.now(UTC))
        assert client.get("/desk/live/events").status_code == 401
