"""A stream's closed hours get the scores that the day's run gives them."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from assets.lake.lake import Lake
from assets.landing.messages import TradeMessage, encode_json
from assets.landing.writer import put_columns
from assets.market.window import EPOCH, ONE_HOUR, Window
from assets.scoring.closed_hours import MESSAGE, score_hours, unscored_hours
from assets.scoring.tables import TRADE_RISK
from assets.stream.micro_batch import run_window
from assets.stream.stream import connected
from assets.tables import create_tables
from orchestration.day_run import Request, run_path
from sensors.closed_hours import look
from tests.sensors.stream_objects import land

T0 = datetime(2024, 3, 1, 10)
INFO = {"run_id": "stream", "code_version": "test"}
pytestmark = pytest.mark.slow


def minutes(count: float) -> datetime:
    return T0 + timedelta(minutes=count)


def messages(count: int, until: float) -> list[bytes]:
    """Trades of some accounts up to a minute; in the second hour two trade with themselves."""
    draw = random.Random(7)
    made = []
    for n in range(count):
        at, self_trade = minutes(until * n / count), 0.4 * count < n < 0.5 * count and n % 2 == 0
        account = f"T{n % 2}" if self_trade else f"T{draw.randrange(2, 9)}"
        other = account if self_trade else f"T{draw.randrange(9, 20)}"
        made.append(
            encode_json(
                TradeMessage(
                    "binance", "COIN-USDT", str(n), (at - EPOCH) // timedelta(microseconds=1),
                    f"{100 + draw.random():.2f}", f"{draw.paretovariate(1.5):.3f}",
                    draw.choice(("buyer", "seller")), buyer_account_id=account,
                    seller_account_id=other,
                )
            )
        )  # fmt: skip
    return made


def scores(lake: Lake, until: datetime) -> Sequence[tuple[Any, ...]]:
    with lake.connect() as connection:
        return connection.execute(
            f"select * from lake.{TRADE_RISK.name} where traded_at < ? order by all", [until]
        ).fetchall()


@pytest.mark.path
def test_hours_and_day_agree(lake: Lake) -> None:
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    key = land(lake, 0, [minutes(200)], more=messages(900, 200))
    assert look(lake, None) == (None, None)
    asked = []
    with connected(lake) as stream:
        for first, last in ((0, 50), (50, 110), (110, 130), (130, 190), (190, 200)):
            run_window(stream, Window(minutes(first), minutes(last)), [key], INFO)
            seen = asked[-1].end_at.isoformat() if asked else None
            hour, hours = look(lake, seen)
            if hours is not None:
                assert hour == hours.end_at.isoformat()
                asked.append(hours)
                score_hours(lake, hours, INFO)
    # an hour is closed a quarter of an hour after its end
    assert [(one.start_at, one.end_at) for one in asked] == [
        (minutes(60 * n), minutes(60 * n + 60)) for n in range(3)
    ]
    by_hours = scores(lake, minutes(180))
    assert len(by_hours) == 810
    assert len({row[0] for row in by_hours}) == 1
    outcome = run_path(lake.settings, Request(days=(T0.date(),)))
    assert outcome.succeeded, outcome.failures
    by_day = scores(lake, minutes(180))
    assert by_day == by_hours
    # not all alike: that would agree whatever the hours did
    names = TRADE_RISK.column_names
    for column in ("volume", "market_impact", "triggered_patterns"):
        assert len({str(row[names.index(column)]) for row in by_day}) > 1, column


def test_hours_that_a_failed_run_left_are_asked_for_with_the_next(lake: Lake) -> None:
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    key = land(lake, 0, [minutes(180)], more=messages(60, 180))
    with connected(lake) as stream:
        run_window(stream, Window(minutes(0), minutes(80)), [key], INFO)
        assert look(lake, None) == ("2024-03-01T11:00:00", Window(T0, T0 + ONE_HOUR))
        assert look(lake, "2024-03-01T11:00:00") == (None, None)
        run_window(stream, Window(minutes(80), minutes(150)), [key], INFO)
    assert look(lake, "2024-03-01T11:00:00") == ("2024-03-01T12:00:00", Window(T0, minutes(120)))


def test_scores_that_another_run_wrote_meanwhile_are_made_again(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late trade is judged by the day's run while an hour of before is being prepared."""
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    key = land(lake, 0, [minutes(90)], more=messages(60, 60))
    with connected(lake) as stream:
        run_window(stream, Window(minutes(0), minutes(80)), [key], INFO)
    from assets.scoring import closed_hours

    prepared = []
    insert = closed_hours.insert_scores

    def interrupted(*arguments: Any) -> int:
        count = insert(*arguments)
        prepared.append(count)
        if len(prepared) == 1:
            lake.write(
                lambda connection: connection.execute(
                    f"delete from lake.core.trades where traded_at < '{minutes(30)}'"
                ),
                tables=(TRADE_RISK,),
                message=MESSAGE,
                commit_info=INFO,
            )
        return count

    monkeypatch.setattr(closed_hours, "insert_scores", interrupted)
    assert score_hours(lake, Window(T0, minutes(60)), INFO) == 30
    assert prepared == [60, 30]
    assert len(scores(lake, minutes(60))) == 30
    with lake.connect() as connection:
        assert unscored_hours(connection, Window(T0, minutes(60))) is None
