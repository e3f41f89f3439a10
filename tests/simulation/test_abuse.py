"""What is planted looks on the tape as its label says."""

import numpy as np
import pytest

from assets.simulation.book import Tape
from assets.simulation.episodes import Episode
from assets.simulation.market import Market, generate
from assets.simulation.orders import EVENTS

SEEDS = [5, *(pytest.param(seed, marks=pytest.mark.proof) for seed in (6, 7))]


@pytest.fixture(scope="module", params=SEEDS)
def abused(request: pytest.FixtureRequest) -> Market:
    return generate(request.param, quiet_days=2)


def planted(market: Market, typology: str) -> tuple[Tape, Episode]:
    episode = next(one for one in market.episodes if one.typology == typology and one.is_abuse)
    return market.tapes[episode.symbol], episode


def rows(tape: Tape, *events: str) -> np.ndarray:
    return np.isin(tape.event, [EVENTS.index(event) for event in events])


def between(tape: Tape, start_ms: int, end_ms: int) -> slice:
    return slice(*np.searchsorted(tape.at_ms, [start_ms, end_ms]))


@pytest.mark.slow
def test_a_pump_starts_with_sweeps_of_buyers_and_gives_back_most(abused: Market) -> None:
    tape, episode = planted(abused, "pump_and_dump")
    assert episode.symbol == "KITE-USDT"
    first = between(tape, episode.start_ms, episode.start_ms + 20_000)
    pumped = tape.order[first][rows(tape, "PUMP")[first]]
    fills = np.unique(pumped, return_counts=True)[1]
    assert (fills >= 2).sum() >= 15
    inside = tape.ticks[between(tape, episode.start_ms, episode.end_ms)]
    before = tape.ticks[between(tape, 0, episode.start_ms)][-1]
    rise = inside.max() / before - 1
    assert 0.1 < rise < 0.5
    assert (inside.max() - inside[-1]) / (inside.max() - before) > 0.5


def test_a_wash_ring_prints_equal_pairs_on_opposite_sides(abused: Market) -> None:
    tape, episode = planted(abused, "wash_trading")
    wash = rows(tape, "WASH")
    at, side, lots = tape.at_ms[wash], tape.side[wash], tape.lots[wash]
    assert 30 * 60_000 <= episode.end_ms - episode.start_ms <= 90 * 60_000
    assert len(at) == len(np.unique(tape.order[wash]))
    by_size = np.unique(lots, return_counts=True)[1]
    assert (by_size % 2 == 0).all()
    assert side.sum() == 0
    ring = np.unique(tape.account[wash])
    assert 3 <= len(ring) <= 5
    honest = np.isin(tape.account[~wash], ring)
    assert honest.sum() > len(ring)


def test_a_flash_crash_falls_eight_percent_and_comes_back(abused: Market) -> None:
    tape, episode = planted(abused, "flash_crash")
    before = tape.ticks[between(tape, 0, episode.start_ms)][-1]
    fall = tape.ticks[between(tape, episode.start_ms, episode.start_ms + 300_000)].min()
    end = tape.ticks[between(tape, episode.start_ms, episode.end_ms)][-1]
    assert fall / before - 1 < -0.075
    assert (end - fall) / (before - fall) > 0.5


def test_a_volume_burst_trades_far_more_than_at_that_time_of_other_days(abused: Market) -> None:
    tape, episode = planted(abused, "volume_spike")
    inside = between(tape, episode.start_ms, episode.end_ms)
    usual = [
        tape.notional[between(tape, episode.start_ms - days, episode.end_ms - days)].sum()
        for days in (86_400_000, 2 * 86_400_000)
    ]
    assert tape.notional[inside].sum() > 15 * max(usual)
    assert inside.stop - inside.start > 1_000


def test_a_large_order_is_one_millisecond_and_beyond_all_before(abused: Market) -> None:
    tape, episode = planted(abused, "large_order")
    large = rows(tape, "LARGE_ORDER")
    assert len(np.unique(tape.order[large])) == 1
    assert set(tape.at_ms[large]) == {episode.start_ms}
    assert large.sum() >= 12
    earlier = tape.at_ms < episode.start_ms
    calm = earlier & rows(tape, "TRADE")
    assert tape.notional[large].sum() > 3 * np.bincount(tape.order[calm], tape.notional[calm]).max()


def test_honest_accounts_have_no_telling_name_and_abusers_trade_honestly(abused: Market) -> None:
    for tape in abused.tapes.values():
        ring = np.unique(tape.account[rows(tape, "PUMP", "WASH", "VOLUME_BURST")])
        honest = tape.account[rows(tape, "TRADE")]
        assert np.isin(ring, honest).all()
