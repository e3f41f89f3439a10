"""The measures are right where the answer is known, and the simulated market is like real ones."""

import os
from pathlib import Path

import numpy as np
import pytest

from assets.simulation.realism import as_markdown, compare, real_markets, simulated_markets
from assets.simulation.statistics import (
    Trades,
    benford_distance,
    clustering,
    measure,
    minute_returns,
    tail_exponent,
)

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TAPEWATCH_SHARED_DATA", ROOT.parent / "shared" / "data"))
MEASURES = 8


@pytest.fixture(scope="module")
def simulated() -> list[Trades]:
    return simulated_markets(seed=1)


def test_a_pareto_tail_has_its_exponent() -> None:
    sizes = 1 + np.random.default_rng(1).pareto(1.7, 200_000)
    assert tail_exponent(sizes) == pytest.approx(1.7, rel=0.05)


def test_lognormal_numbers_of_wide_spread_follow_benford_and_even_digits_do_not() -> None:
    wide = np.random.default_rng(1).lognormal(0, 4, 100_000)
    assert benford_distance(wide) < 0.003
    assert benford_distance(np.tile(np.arange(1, 10), 100)) == pytest.approx(
        np.abs(1 / 9 - np.log10(1 + 1 / np.arange(1, 10))).mean()
    )


def test_returns_are_those_of_minutes_carried_through_silence() -> None:
    at_ms = np.array([0, 59_999, 60_000, 240_000])
    trades = Trades(at_ms, np.array([1.0, 2.0, 4.0, 8.0]), np.ones(4), np.ones(4, int))
    assert minute_returns(trades) == pytest.approx(np.log([2, 1, 1, 2]))


def test_clustering_is_nothing_in_noise_and_much_in_waves() -> None:
    noise = np.random.default_rng(1).standard_normal(20_000)
    waves = np.exp(np.sin(np.arange(20_000) / 300))
    assert abs(clustering(noise)) < 0.02
    assert clustering(noise * waves) > 0.2


def test_too_few_trades_say_nothing() -> None:
    few = Trades(np.arange(10), np.ones(10), np.ones(10), np.ones(10, int))
    assert measure(few) == {}


@pytest.mark.slow
def test_simulated_trades_have_heavy_tails_clusters_and_habits(simulated: list[Trades]) -> None:
    """What must hold where no real data are at hand to compare with."""
    for market in simulated:
        found = measure(market)
        assert len(found) == MEASURES
        assert found["excess kurtosis of minute returns"] > 3
        assert found["correlation of absolute minute returns"] > 0.03
        assert 0.8 < found["tail exponent of order sizes"] < 2.5
        assert found["variation of waiting times"] > 1.3


@pytest.mark.slow
def test_the_simulated_market_is_within_the_real_ones(simulated: list[Trades]) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: set TAPEWATCH_SHARED_DATA to the folder of real data")
    compared = compare(real_markets(SHARED), simulated)
    assert len(compared) == MEASURES
    assert [one.measure for one in compared if not one.is_within] == []
    assert as_markdown(compared, 1).count("\n| ") == MEASURES + 2


@pytest.mark.slow
def test_a_market_without_clusters_and_tails_would_be_noticed() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: set TAPEWATCH_SHARED_DATA to the folder of real data")
    random = np.random.default_rng(1)
    count = 50_000
    flat = Trades(
        np.sort(random.integers(0, 200_000_000, count)),
        100 * np.exp(np.cumsum(random.standard_normal(count)) * 1e-4),
        random.uniform(0.5, 1.5, count),
        random.choice([-1, 1], count),
    )
    outside = [one.measure for one in compare(real_markets(SHARED), [flat]) if not one.is_within]
    assert len(outside) >= 6


def test_real_data_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="name the folder"):
        real_markets(tmp_path)
