"""How far a stream is: judged, behind by the trades' own time or by landing, and what waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.stream.micro_batch import run_window
from assets.stream.progress import progress_of, unread
from assets.stream.recent_activity import freshness_of, newest_trade, rate_until, timeline_of
from assets.stream.stream import connected
from assets.tables import create_tables
from tests.sensors.stream_objects import land

pytestmark = pytest.mark.slow
T0 = datetime(2024, 3, 1, 10)
ONE_MINUTE = timedelta(minutes=1)
STAMPS = {"run_id": "test", "code_version": "test"}


def seconds(*after: float) -> list[datetime]:
    return [T0 + timedelta(seconds=one) for one in after]


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, list[str]]]:
    """Two partitions, 90 s of them judged, and the keys of what was read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAPEWATCH_HOME", str(tmp_path_factory.mktemp("progress") / "home"))
        lake = Lake(load_settings())
        create_tables(lake)
        put_columns(lake.objects, lake.settings.scratch)
        keys = [land(lake, 0, seconds(1, 30, 89)), land(lake, 1, seconds(2, 80))]
        with connected(lake) as stream:
            window = Window(T0, T0 + timedelta(seconds=90))
            run_window(stream, window, keys, STAMPS)
        yield lake, keys


def test_a_lake_that_no_stream_has_reached_has_no_progress(lake: Lake) -> None:
    create_tables(lake)
    with lake.connect() as connection:
        assert progress_of(lake, connection) is None


def test_progress_goes_by_the_trades_own_time_while_they_are_of_today(
    streamed: tuple[Lake, list[str]],
) -> None:
    lake, keys = streamed
    with lake.connect() as connection:
        progress = progress_of(lake, connection)
    assert progress is not None
    # not beyond the newest trade, although the window that was judged ends a second later
    assert progress.judged_until == progress.newest_trade_at == T0 + timedelta(seconds=89)
    assert progress.newest.greatest_broker_at == T0 + timedelta(seconds=89)
    assert progress.newest.key == keys[0]
    assert progress.read == dict(enumerate(keys))
    assert progress.is_by_trade_time
    assert progress.behind(T0 + timedelta(seconds=91)) == timedelta(seconds=2)
    assert progress.behind(T0) == timedelta()
    assert unread(lake, progress) is None


def test_what_landed_and_is_not_judged_is_counted(streamed: tuple[Lake, list[str]]) -> None:
    lake, _ = streamed
    with lake.connect() as connection:
        progress = progress_of(lake, connection)
    assert progress is not None
    land(lake, 1, seconds(95))
    newest = land(lake, 1, seconds(99))
    waiting = unread(lake, progress)
    assert waiting is not None
    assert (waiting.objects, waiting.newest.key) == (2, newest)
    assert waiting.judging_lag == timedelta(seconds=10)


def test_recent_activity_counts_by_cell_and_says_who_traded_last(
    streamed: tuple[Lake, list[str]],
) -> None:
    lake, _ = streamed
    window = Window(T0 - timedelta(minutes=14), T0 + ONE_MINUTE)
    with lake.connect() as connection:
        newest = newest_trade(connection)
        assert newest == T0 + timedelta(seconds=89)
        assert rate_until(connection, newest) == 1 / 30
        timeline = timeline_of(connection, window, ONE_MINUTE, [], ["large_order"])
        markets = freshness_of(connection, window, newest)
    assert timeline.trades == {T0: 3}
    assert (timeline.lanes, timeline.silent) == ({}, 1)
    assert [(one.symbol, one.behind.total_seconds(), one.is_exact) for one in markets] == [
        ("COIN1-USDT", 9.0, True),
        ("COIN0-USDT", 0.0, True),
    ]


def test_a_replay_is_late_by_when_it_landed(lake: Lake) -> None:
    landed_at = T0 + timedelta(days=400)
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    key = land(lake, 0, seconds(1, 30), broker_at=landed_at)
    with connected(lake) as stream:
        run_window(stream, Window(T0, T0 + ONE_MINUTE), [key], STAMPS)
    with lake.connect() as connection:
        progress = progress_of(lake, connection)
    assert progress is not None
    assert not progress.is_by_trade_time
    assert progress.behind(landed_at + timedelta(seconds=3)) == timedelta(seconds=3)
