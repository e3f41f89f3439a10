"""Episodes of unusual volatility: the z-score, the bands, where an episode begins and ends."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.risk_events import risk_events_of
from assets.risk.volatility_episodes import episodes_of, level_of, z_scores

FIRST = datetime(2026, 3, 1)
AddMinutes = Callable[..., None]


@pytest.fixture
def rolling() -> Iterator[DuckDBPyConnection]:
    """The feature that is read, empty."""
    with duckdb.connect(":memory:") as opened:
        opened.execute(
            """
            attach ':memory:' as lake;
            create schema lake.features;
            create table lake.features.price_rolling_1m (
                venue varchar, symbol varchar, close double, realised_volatility_10m double,
                momentum_10m double, moving_average_60m double, cell_start_at timestamp
            )
            """
        )
        yield opened


@pytest.fixture
def add_minutes(rolling: DuckDBPyConnection) -> AddMinutes:
    def add(start_at: datetime, volatilities: Sequence[float], symbol: str = "AAA-USDT") -> None:
        times = [start_at + timedelta(minutes=n) for n in range(len(volatilities))]
        rolling.register("minutes", pa.table({"minute": times, "sigma": list(volatilities)}))
        rolling.execute(
            "insert into lake.features.price_rolling_1m "
            "select 'test', ?, 98, sigma, 0.02, 100, minute from minutes",
            [symbol],
        )
        rolling.unregister("minutes")

    return add


def usual(count: int) -> list[float]:
    """Volatilities whose logarithms are -5 and -4 by turns: a mean of -4.5, a deviation of 0.5."""
    return [float(np.exp(-5 + n % 2)) for n in range(count)]


def sigma(z_score: float, count: int = 1_440) -> float:
    """The volatility of this z-score after so many usual minutes."""
    return float(np.exp(-4.5 + z_score * 0.5 * np.sqrt(count / (count - 1))))


@pytest.mark.parametrize(
    ("z_score", "level"),
    [(-4.0, "LOW"), (0.99, "LOW"), (1.0, "MEDIUM"), (1.99, "MEDIUM"), (2.0, "HIGH"),
     (2.99, "HIGH"), (3.0, "EXTREME"), (9.0, "EXTREME")],
)  # fmt: skip
def test_the_bands_are_those_of_the_replaced_system(z_score: float, level: str) -> None:
    assert level_of(z_score) == level


def test_a_z_score_is_of_the_day_before_the_hour() -> None:
    minutes = np.datetime64(FIRST, "m") + np.arange(1_500)
    scores = z_scores(minutes, np.array([*usual(1_440), *[sigma(2.5)] * 60]))
    # two hours are a history; an hour that is judged is none of its own
    assert np.isnan(scores[:120]).all()
    assert scores[1_440:] == pytest.approx(2.5)


def test_an_episode_is_one_row_with_its_peak(
    rolling: DuckDBPyConnection, add_minutes: AddMinutes
) -> None:
    shock = [sigma(z) for z in (1.2, 2.4, 3.3, 0.5, 1.1)]
    # after twelve usual minutes it comes again, and is another one
    add_minutes(FIRST, [*usual(1_440), *[sigma(0)] * 10, *shock, *[sigma(0)] * 12, sigma(2.2)])
    first, second = risk_events_of(rolling, Window.of_day(date(2026, 3, 2)), [])
    at = FIRST + timedelta(days=1, minutes=10)
    assert (first.level, first.limit_value) == ("EXTREME", 3)
    assert first.value == pytest.approx(3.3)
    assert (first.start_at, first.end_at) == (at, at + timedelta(minutes=5))
    assert first.sentence == (
        "Volatility of ten minutes was 3.3 standard deviations above the 24 hours before at 00:12 "
        "UTC; the price moved by +2 % in ten minutes and was 2 % below its hour's mean."
    )
    assert (second.level, second.start_at) == ("HIGH", at + timedelta(minutes=17))
    assert first.event_id != second.event_id


def test_a_peak_without_a_price_before_it_says_nothing_of_its_move(
    rolling: DuckDBPyConnection, add_minutes: AddMinutes
) -> None:
    add_minutes(FIRST, [*usual(1_440), sigma(3.3)])
    rolling.execute(
        "update lake.features.price_rolling_1m set momentum_10m = null where cell_start_at = ?",
        [FIRST + timedelta(days=1)],
    )
    (found,) = risk_events_of(rolling, Window.of_day(date(2026, 3, 2)), [])
    assert found.sentence.endswith("at 00:00 UTC; the price was 2 % below its hour's mean.")


def test_a_usual_day_is_one_low_event(rolling: DuckDBPyConnection, add_minutes: AddMinutes) -> None:
    add_minutes(FIRST, [*usual(1_440), *[sigma(0.4)] * 30])
    (found,) = risk_events_of(rolling, Window.of_day(date(2026, 3, 2)), [])
    assert (found.level, found.limit_value) == ("LOW", None)
    assert found.sentence == (
        "Volatility stayed usual: of 30 minutes none was more than 0.4 standard deviations above "
        "the 24 hours before."
    )


def test_what_has_no_history_has_no_event(
    rolling: DuckDBPyConnection, add_minutes: AddMinutes
) -> None:
    window = Window.of_day(FIRST.date())
    assert risk_events_of(rolling, window, []) == []
    add_minutes(FIRST, [*usual(119), sigma(9)])
    assert risk_events_of(rolling, window, []) == []


def test_days_are_the_same_alone_and_together(
    rolling: DuckDBPyConnection, add_minutes: AddMinutes
) -> None:
    random = np.random.default_rng(4)
    for symbol in ("AAA-USDT", "BBB-USDT"):
        noise = np.convolve(random.standard_normal(3_009), np.ones(10) / 3, "valid")
        add_minutes(FIRST, np.exp(noise).tolist(), symbol)
    days = [FIRST.date() + timedelta(days=n) for n in range(3)]
    together = list(episodes_of(rolling, Window.of_days(days[0], days[-1])))
    alone = [one for day in days for one in episodes_of(rolling, Window.of_day(day))]
    assert sorted(alone, key=repr) == sorted(together, key=repr)
    assert {one.level for one in together} > {"MEDIUM", "HIGH"}
