"""Mock trading: what was asked for is what is traded, and what is planted is found and labelled."""

import tracemalloc
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, takewhile

import numpy as np
import pytest

from assets.lake.lake import Lake
from assets.lake.objects.object_store import object_store
from assets.lake.settings import Settings
from assets.landing.messages import TradeMessage
from assets.simulation.mock_abuse import PATTERNS, PAUSE
from assets.simulation.mock_market import MARKETS, Label, Step
from assets.simulation.mock_requests import MockTradingRequest
from assets.simulation.mock_trading import mock_flow
from assets.simulation.sinks import LandingSink
from orchestration.day_run import Request, run_path

HOUR = 3_600
BEGIN = datetime(2025, 5, 31, 2, tzinfo=UTC)


def flow(seed: int, seconds: float, **asked) -> list[Step]:
    steps = mock_flow(np.random.default_rng(seed), MockTradingRequest(**asked))
    return list(takewhile(lambda step: step.at < seconds, steps))


def labels(steps: Sequence[Step]) -> dict[str, Label]:
    return {step.abuse.episode_id: step.abuse for step in steps if step.abuse}


@pytest.mark.parametrize("pattern", [None, *PATTERNS])
def test_only_what_was_asked_for_is_traded(pattern: str | None) -> None:
    asked = {
        "users": ("ann", "bob"),
        "symbols": ("BNB/USDT", "LTC/USDT"),
        "exchanges": ("FTX", "OKX"),
    }
    steps = flow(1, HOUR, rateMs=5_000, pattern=pattern, **asked)
    trades = [trade for step in steps for trade in step.trades]
    assert {trade.userId for trade in trades} == {"ann", "bob"}
    assert {trade.customerId for trade in trades} == {"customer-1", "customer-2"}
    assert {trade.symbol for trade in trades} == {"BNB/USDT", "LTC/USDT"}
    assert {trade.exchange for trade in trades} == {"FTX", "OKX"}
    # whatever is planted comes beside the trades of the rate
    unplanted = sum(step.at == n * 5 for n, step in enumerate(steps) if step.abuse is None)
    assert unplanted == 720 if pattern is None else bool(labels(steps))
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_usual_mock_trades_are_those_of_five_users_symbols_and_exchanges() -> None:
    trades = [trade for step in flow(1, HOUR, rateMs=500) for trade in step.trades]
    assert len(trades) == 7_200
    assert {trade.userId for trade in trades} == {f"user-{n}" for n in range(1, 6)}
    assert {trade.symbol for trade in trades} == set(list(MARKETS)[:5])
    assert len({trade.exchange for trade in trades}) == 5
    for trade in trades:
        usual, least, greatest = MARKETS[trade.symbol]
        assert Decimal("0.99") <= trade.price / Decimal(usual) <= Decimal("1.01")
        assert least <= float(trade.quantity) <= greatest
        assert trade.notional == trade.price * trade.quantity


@pytest.mark.parametrize("pattern", PATTERNS)
def test_episodes_follow_one_another_with_a_pause(pattern: str) -> None:
    steps = flow(3, 8 * HOUR, rateMs=60_000, symbols="SOL/USDT", pattern=pattern)
    planted: dict[str, list[Step]] = {}
    for step in steps:
        if step.abuse:
            planted.setdefault(step.abuse.episode_id, []).append(step)
    episodes = list(planted.values())
    assert len(episodes) >= 2
    for earlier, later in pairwise(episodes):
        assert later[0].at - earlier[-1].at >= PAUSE
        count = sum(len(step.trades) for step in earlier)
        assert earlier[0].abuse is not None
        assert earlier[0].abuse.trade_count == count
        markets = {(trade.symbol, trade.exchange) for step in earlier for trade in step.trades}
        assert markets == {tuple(earlier[0].abuse.market)}


def test_a_planted_abuse_takes_the_price_of_its_market_alone_and_gives_it_back() -> None:
    exchanges = ("KRAKEN", "OKX")
    asked = {"rateMs": 1_000, "symbols": "SOL/USDT", "exchanges": exchanges}
    steps = flow(2, 4_700, pattern="pump", **asked)
    (label,) = labels(steps).values()
    prices: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for step in steps:
        for trade in step.trades:
            is_there = trade.exchange == label.market.exchange
            prices[is_there].append((step.at, float(trade.price)))
    assert max(price for _, price in prices[True]) > 125
    assert all(99 <= price <= 101 for _, price in prices[False])
    assert all(98 <= price <= 104 for at, price in prices[True] if at > 4_600)


def test_the_fastest_flow_takes_little_memory() -> None:
    tracemalloc.start()
    asked = {"rateMs": 1, "users": ("u",), "symbols": "BTC/USDT", "exchanges": "OKX"}
    steps = flow(1, 1.0, pattern="spike", **asked)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(step.trades) for step in steps) >= 1_000
    assert peak < 100_000_000


def messages(steps: Sequence[Step], start: datetime, run: str) -> list[TradeMessage]:
    made = []
    for step in steps:
        at_us = int((start + timedelta(seconds=step.at)).timestamp() * 1_000_000)
        for trade in step.trades:
            made.append(trade.message(f"{run}-{len(made)}", at_us))
    return made


@pytest.mark.path
def test_the_platform_finds_every_pattern_where_it_was_planted(settings: Settings) -> None:
    """Eight and a half hours of ordinary mock trades a market, then one of the patterns each."""
    sent: list[TradeMessage] = []
    planted: dict[str, Label] = {}
    for seed, (pattern, symbol) in enumerate(zip(PATTERNS, MARKETS, strict=False)):
        market = {"symbols": symbol, "exchanges": "KRAKEN", "rateMs": 12_500}
        quiet = flow(100 + seed, 8.5 * HOUR, **market)
        sent += messages(quiet, BEGIN, f"quiet-{seed}")
        abused = flow(200 + seed, 3 * HOUR, pattern=pattern, **market)
        sent += messages(abused, BEGIN + timedelta(hours=8.5), pattern)
        planted |= {label.pattern: label for label in labels(abused).values()}
    quiet_market = {"symbols": "LTC/USDT", "exchanges": "KRAKEN", "rateMs": 12_500}
    sent += messages(flow(99, 11.5 * HOUR, **quiet_market), BEGIN, "clean")
    LandingSink(object_store(settings), settings.scratch).send(sent)

    outcome = run_path(settings, Request(days=(date(2025, 5, 31),)))
    assert outcome.succeeded, outcome.failures
    with Lake(settings).connect() as connection:
        alerts = connection.execute(
            "select detector, symbol, window_start_at from lake.alerts.alerts"
        ).fetchall()
        rows, wallets = connection.execute(
            "select count(*), count(wallet_address) from lake.core.trades"
        ).fetchall()[0]
        abuse_at = (BEGIN + timedelta(hours=8.5)).replace(tzinfo=None)
    found = {(detector, symbol) for detector, symbol, at in alerts if at >= abuse_at}
    for label in planted.values():
        assert (label.typology, label.market.symbol.replace("/", "-")) in found
    # before the abuse, and where none was planted, nothing is found
    assert all(at >= abuse_at for _, _, at in alerts)
    assert Counter(symbol for _, symbol, _ in alerts)["LTC-USDT"] == 0
    assert rows == len(sent)
    assert wallets == sum(trade.wallet_address is not None for trade in sent)
