"""Planted abuse has the severity that is declared: measured on small markets of one coin."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from assets.simulation.abuse.wash_ring import cycles_without_repeats
from assets.simulation.accounts import Accounts, population
from assets.simulation.background import DAY, background
from assets.simulation.coins import COINS
from assets.simulation.episodes import SEVERITIES, Episode, Severity
from assets.simulation.orders import EVENTS, ORDINARY
from assets.simulation.randomness import stream
from assets.simulation.schedule import OF_THIN_COINS, Occasion
from assets.simulation.seeds import DEVELOPMENT, EVALUATION
from assets.simulation.severities import SCALES, Pair
from assets.simulation.severity_page import page
from assets.simulation.symbol_market import ORDERS_A_TRADE, VenueMarket, symbol_market
from assets.simulation.typologies import ABUSES, HONEST, HONEST_ALL_DAY
from assets.simulation.venues import VENUES, venue_path

TRADES, DAYS, SECOND = 20_000, 2, DAY + 36_000
SEEDS = (1, 2, 3)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
VENUE = VENUES[0]
ONE_ORDER = {"price_spike", "price_spike_into_halt", "large_order"}
# few trades are most of the money, so that one market's shares differ from those drawn
WIDER = 1.75
# a move wobbles, and so does the price around it
MOVE_MARGIN = 0.006


@dataclass(frozen=True)
class Measured:
    """A planted abuse as it is on the tape, in the words of `Scale`."""

    share: float
    accounts: int
    honest: float
    move: float
    sigmas: float


def planted(kind: str, severity: Severity, seed: int) -> tuple[VenueMarket, Episode]:
    """A market of two days on one venue with one abuse, and its label."""
    symbol = "KITE-USDT" if kind in OF_THIN_COINS else "BTC-USDT"
    common = market_path(symbol, seed)
    accounts = Accounts.draw(stream(seed, "accounts"), population(TRADES))
    occasion = Occasion(kind, severity, (symbol,), VENUE, SECOND)
    made = symbol_market(seed, common, accounts, [occasion], {VENUE: TRADES}, slice(0, DAYS * DAY))
    return made.markets[0], next(one for one in made.episodes if one.is_abuse)


def market_path(symbol: str, seed: int):
    (coin,) = (one for one in COINS if one.symbol == symbol)
    return background(seed, [coin], DAYS, 3)[symbol]


def measure(kind: str, severity: Severity, seed: int) -> Measured:
    market, episode = planted(kind, severity, seed)
    tape, money = market.tape, market.tape.notional
    is_abuse = tape.event != ORDINARY
    if episode.event:
        is_abuse = tape.event == EVENTS.index(episode.event)
    agreed = is_abuse & (tape.maker >= 0)
    end_ms = max(episode.end_ms, episode.start_ms + HOUR_MS)
    inside = (tape.at_ms >= episode.start_ms) & (tape.at_ms < end_ms)
    who = np.unique(np.concatenate([tape.account[is_abuse], tape.maker[agreed]]))
    on_day = tape.at_ms // DAY_MS == episode.start_ms // DAY_MS
    sides = np.isin(tape.account, who) * 1 + np.isin(market.other_side.account, who) * 1
    own, abusive = (money * sides)[on_day], (money * (is_abuse * 1 + agreed * 1))[on_day]
    move, seconds = moved(kind, seed, market, episode, is_abuse)
    returns = np.abs(np.diff(market_path(episode.symbol, seed).log_mid[SECOND - DAY : SECOND : 60]))
    return Measured(
        share=float(money[is_abuse & inside].sum() / money[inside].sum()),
        accounts=len(who),
        honest=1 - float(abusive.sum() / own.sum()),
        move=move,
        sigmas=move / (1.4826 * float(np.median(returns)) * (seconds / 60) ** 0.5),
    )


def moved(
    kind: str, seed: int, market: VenueMarket, episode: Episode, is_abuse: np.ndarray
) -> tuple[float, int]:
    """The greatest distance from the price that there would be without it, and when, in seconds."""
    common = market_path(episode.symbol, seed)
    orders_a_day = max(ORDERS_A_TRADE * TRADES / DAYS, 20.0)
    random = stream(seed, "venue", episode.symbol, VENUE.name)
    usual = venue_path(random, common, VENUE, orders_a_day).log_mid
    if kind in ONE_ORDER:
        tape = market.tape
        price = np.log(tape.ticks[is_abuse] * tape.instrument.tick)
        apart = price - usual[tape.at_ms[is_abuse] // 1_000]
        return float(np.abs(np.expm1(apart)).max()), 1
    span = slice(episode.start_ms // 1_000, -(-episode.end_ms // 1_000) + 1)
    apart = np.abs(np.expm1(market.path.log_mid[span] - usual[span]))
    return float(apart.max()), max(int(apart.argmax()), 1)


def within(value: float, pair: Pair, factor: float = 1.0) -> bool:
    return pair[0] / factor <= value <= min(pair[1] * factor, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("kind", SCALES)
def test_what_is_planted_is_as_severe_as_declared(kind: str, severity: Severity) -> None:
    scale = SCALES[kind][severity]
    measured = [measure(kind, severity, seed) for seed in SEEDS]
    shares = [one.share for one in measured]
    assert within(median(shares), scale.share), shares
    assert all(within(share, scale.share, WIDER) for share in shares), shares
    assert all(scale.accounts[0] <= one.accounts <= scale.accounts[1] for one in measured)
    if scale.honest is not None:
        honest = [one.honest for one in measured]
        assert within(median(honest), scale.honest), honest
    for one in measured:
        if scale.move is None:
            assert one.move < MOVE_MARGIN
            continue
        assert one.move >= scale.move[0] - MOVE_MARGIN
        assert one.move <= scale.move[1] + MOVE_MARGIN or one.sigmas <= scale.sigmas * 1.3
        assert one.sigmas >= 0.85 * scale.sigmas


def test_the_page_is_made_from_the_declaration() -> None:
    written = Path(__file__).with_name("SEVERITIES.md").read_text()
    assert written == page(), "run python -m assets.simulation.severity_page > the file"


def test_every_planted_abuse_of_trades_has_declared_severities() -> None:
    of_orders = {"spoofing", "layering", "quote_stuffing"}
    assert set(SCALES) == set(ABUSES) - of_orders


def test_no_seed_serves_both_development_and_evaluation() -> None:
    assert DEVELOPMENT.stop <= EVALUATION.start


@pytest.mark.parametrize("members", range(3, 21))
def test_a_ring_leaves_its_members_flat_and_no_pair_meets_twice(members: int) -> None:
    giver, taker, cycle = cycles_without_repeats(members)
    pairs = {frozenset(pair) for pair in zip(giver.tolist(), taker.tolist(), strict=True)}
    assert len(pairs) == len(giver) == members * ((members - 1) // 2)
    assert all(len(pair) == 2 for pair in pairs)
    lots = np.random.default_rng(members).integers(1, 100, cycle.max() + 1)[cycle]
    net = np.bincount(taker, lots, members) - np.bincount(giver, lots, members)
    assert (net == 0).all()


def test_a_planted_ring_is_flat_to_the_lot_on_the_tape() -> None:
    market, episode = planted("wash_ring", "high", 1)
    tape = market.tape
    ring = tape.event == EVENTS.index("RING")
    buyer = np.where(tape.side > 0, tape.account, tape.maker)[ring]
    seller = np.where(tape.side > 0, tape.maker, tape.account)[ring]
    net = np.bincount(buyer, tape.lots[ring], 2_000) - np.bincount(seller, tape.lots[ring], 2_000)
    assert (net == 0).all()
    pairs = {frozenset(pair) for pair in zip(buyer.tolist(), seller.tolist(), strict=True)}
    assert len(pairs) == ring.sum()
    assert episode.end_ms - episode.start_ms >= 4 * HOUR_MS


def test_nobody_trades_in_a_halt() -> None:
    market, episode = planted("price_spike_into_halt", "high", 1)
    after = market.tape.at_ms[market.tape.at_ms >= episode.end_ms]
    assert after.min() - episode.end_ms >= 10 * 60_000
    sweep = market.tape.event == EVENTS.index("PRICE_SPIKE")
    assert len(np.unique(market.tape.at_ms[sweep])) == 1
    assert sweep.sum() >= 400


def test_a_slow_pump_never_sweeps() -> None:
    market, _ = planted("slow_pump", "high", 1)
    pumped = market.tape.event == EVENTS.index("PUMP")
    assert np.bincount(market.tape.order[pumped]).max() == 1


def test_insiders_buy_before_the_pump_and_sell_into_it() -> None:
    market, episode = planted("pump_account", "high", 1)
    tape = market.tape
    insiders = tape.event == EVENTS.index("INSIDER")
    pump_ms = tape.at_ms[tape.event == EVENTS.index("PUMP")].min()
    assert (tape.side[insiders] == np.where(tape.at_ms[insiders] < pump_ms, 1, -1)).all()
    bought, sold = (
        (tape.notional / tape.lots)[insiders & (tape.side == side)].mean() for side in (1, -1)
    )
    assert sold > 1.05 * bought
    assert episode.typology == "pump_account"


@pytest.mark.parametrize("kind", [*HONEST, *HONEST_ALL_DAY])
def test_a_look_alike_names_nobody_and_leaves_no_trace_of_abuse(kind: str) -> None:
    common = market_path("BTC-USDT", 1)
    accounts = Accounts.draw(stream(1, "accounts"), population(TRADES))
    occasion = Occasion(kind, None, ("BTC-USDT",), VENUE, DAY)
    made = symbol_market(1, common, accounts, [occasion], {VENUE: TRADES}, slice(0, DAYS * DAY))
    assert (made.markets[0].tape.event == ORDINARY).all()
    (episode,) = (one for one in made.episodes if one.typology == kind)
    assert not episode.is_abuse
    assert episode.severity is None
