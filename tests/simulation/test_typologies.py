"""Every abuse at every severity leaves on tape and book what its label says."""

import numpy as np
import pytest

from assets.simulation.abuse.marking_the_reference import REFERENCE_EVERY
from assets.simulation.accounts import Accounts
from assets.simulation.background import DAY, background
from assets.simulation.book import execute
from assets.simulation.coins import COINS
from assets.simulation.episodes import SEVERITIES
from assets.simulation.flow import crowd
from assets.simulation.orders import EVENTS, ORDINARY
from assets.simulation.randomness import stream
from assets.simulation.scene import Planted, Scene
from assets.simulation.typologies import ABUSES

START = DAY + 40_000
AFTERMATH_MS = 1_000


@pytest.fixture
def scene() -> Scene:
    (coin,) = COINS[:1]
    path = background(4, [coin], 2, 3)[coin.symbol]
    accounts = Accounts.draw(stream(4, "accounts"))
    return Scene.of(path, accounts, crowd(stream(4, "crowd"), path, accounts))


def plant(scene: Scene, kind: str, severity: str, seed: int = 0) -> Planted:
    random = np.random.default_rng([seed, len(kind)])
    return ABUSES[kind].plant(random, scene, START, severity)  # pyright: ignore[reportArgumentType]


def culprits(planted: Planted) -> np.ndarray:
    return planted.orders.event != ORDINARY


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("kind", ABUSES)
def test_an_abuse_lies_inside_its_window_and_time(scene: Scene, kind: str, severity: str) -> None:
    planted = plant(scene, kind, severity)
    episode = planted.episode
    assert (episode.is_abuse, episode.severity) == (True, severity)
    at_ms = np.concatenate([planted.orders.at_ms[culprits(planted)], planted.quotes.at_ms])
    assert len(at_ms) > 0
    if kind not in {"pump_and_dump", "flash_crash"}:  # whose last orders fade out after it
        assert episode.start_ms <= at_ms.min()
    assert at_ms.max() < episode.end_ms + AFTERMATH_MS
    last = max(at_ms.max() // 1_000, planted.start + len(planted.shift))
    assert last - START <= ABUSES[kind].longest
    scene.plant(planted)
    tape = execute(np.random.default_rng(1), scene.path, planted.orders)
    assert tape.ticks.min() > 0
    assert tape.lots.min() > 0


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_spoofer_trades_against_his_own_quote_before_he_takes_it_away(scene, severity) -> None:
    planted = plant(scene, "spoofing", severity)
    quotes, orders = planted.quotes, planted.orders
    assert len(quotes) == len(orders)
    assert (orders.side == -quotes.side).all()
    assert ((quotes.at_ms < orders.at_ms) & (orders.at_ms < quotes.until_ms)).all()
    assert (quotes.lots > 3 * orders.lots).all()
    assert len({*quotes.account, *orders.account}) == 1


def test_layers_stand_at_several_levels_together_and_go_together(scene) -> None:
    planted = plant(scene, "layering", "high")
    quotes, orders = planted.quotes, planted.orders
    assert len(set(quotes.side)) == 1
    for at_ms in orders.at_ms:
        standing = (quotes.at_ms < at_ms) & (at_ms < quotes.until_ms)
        assert standing.sum() >= 7
        assert len(np.unique(quotes.distance[standing])) == standing.sum()
        assert np.ptp(quotes.until_ms[standing]) < 100


def test_stuffing_is_faster_the_worse_it_is(scene) -> None:
    rates = []
    for severity in SEVERITIES:
        quotes = plant(scene, "quote_stuffing", severity).quotes
        rates.append(np.bincount(quotes.at_ms // 1_000 - START).max())
        assert (quotes.until_ms - quotes.at_ms <= 40).all()
    assert rates == sorted(rates)
    assert rates[0] > 80


def test_a_front_runner_goes_ahead_on_the_clients_side_and_out_after(scene) -> None:
    planted = plant(scene, "front_running", "medium")
    orders, his = planted.orders, culprits(planted)
    for at_ms, side, lots in zip(
        orders.at_ms[~his], orders.side[~his], orders.lots[~his], strict=True
    ):
        ahead = his & (at_ms - 2_500 <= orders.at_ms) & (orders.at_ms < at_ms)
        after = his & (at_ms < orders.at_ms) & (orders.at_ms <= at_ms + 25_000)
        assert (orders.side[ahead] == side).all()
        assert (orders.side[after] == -side).all()
        assert orders.lots[ahead].sum() == orders.lots[after].sum() < lots


def test_marks_end_at_the_full_hour_and_revert(scene) -> None:
    planted = plant(scene, "marking_the_reference", "high")
    assert planted.episode.end_ms % (REFERENCE_EVERY * 1_000) == 0
    assert len(set(planted.orders.side)) == 1
    move = np.abs(planted.shift)
    assert move.max() >= 0.012
    assert move[-1] < 0.2 * move.max()


def test_ignition_is_fast_and_its_author_trades_against_those_who_follow(scene) -> None:
    planted = plant(scene, "momentum_ignition", "medium")
    orders, his = planted.orders, culprits(planted)
    first, last = orders.side[his][0], orders.side[his][-1]
    assert first == -last
    assert (orders.side[~his] == first).mean() > 0.7


def test_ramps_rise_with_severity_and_end_in_a_sale(scene) -> None:
    for severity, least in zip(SEVERITIES, (0.01, 0.018, 0.03), strict=True):
        planted = plant(scene, "ramping", severity)
        assert planted.shift.max() > 0.9 * least
        assert planted.orders.side[0] == -planted.orders.side[-1] == 1


def test_a_price_spike_is_one_order_far_away_and_leaves_nothing(scene) -> None:
    planted = plant(scene, "price_spike", "low")
    tape = execute(np.random.default_rng(1), scene.path, planted.orders)
    assert len(set(tape.order)) == 1
    assert abs(tape.ticks[-1] / tape.ticks[0] - 1) > 0.019
    assert len(planted.shift) == 0


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("self_trade", 1, 1), ("pre_arranged_pair", 2, 2), ("wash_trading", 3, 5)],
)
def test_washers_meet_each_other_only(scene, kind: str, least: int, most: int) -> None:
    orders = plant(scene, kind, "medium").orders
    ring = set(orders.account)
    assert least <= len(ring) <= most
    assert set(orders.maker) == ring
    assert (orders.maker == orders.account).all() == (kind == "self_trade")


def test_every_kind_of_event_belongs_to_an_abuse_that_is_planted(scene) -> None:
    events = {
        EVENTS[code]
        for kind in ABUSES
        for planted in [plant(scene, kind, "low")]
        for code in {*planted.orders.event, *planted.quotes.event}
    }
    assert events == set(EVENTS)
