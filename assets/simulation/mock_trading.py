"""Mock trading: one random trade after another, abuse among them, until it is stopped."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.mock_abuse import PAUSE, plant
from assets.simulation.mock_market import Market, Move, Step, mock_trade
from assets.simulation.mock_requests import MockTradingRequest


def mock_flow(random: np.random.Generator, asked: MockTradingRequest) -> Iterator[Step]:
    """Trades without end, by the second of the flow; planted ones come beside the random ones."""
    # the last episode's and the next one's
    moves: deque[Move] = deque(maxlen=2)
    of_crowd, of_abuse = random.spawn(2)
    flows = [_crowd(of_crowd, asked, moves)]
    if asked.pattern is not None:
        flows.append(_abuse(of_abuse, asked, asked.pattern, moves))
    return heapq.merge(*flows, key=lambda step: step.at)


def _crowd(
    random: np.random.Generator, asked: MockTradingRequest, moves: deque[Move]
) -> Iterator[Step]:
    for number in count():
        at = number * asked.rateMs / 1_000
        market = _market(random, asked)
        move = sum(move.at(market, at) for move in moves)
        user = int(random.integers(len(asked.users)))
        yield Step(at, [mock_trade(random, market, asked.users, user, move)])


def _abuse(
    random: np.random.Generator, asked: MockTradingRequest, pattern: str, moves: deque[Move]
) -> Iterator[Step]:
    """One episode after another, each in one market and with a pause behind it."""
    markets = len(asked.symbols) * len(asked.exchanges)
    orders_a_day = DAY * 1_000 / asked.rateMs / markets
    start = 0.0
    while True:
        episode = plant(random, pattern, _market(random, asked), asked.users, orders_a_day, start)
        moves.append(episode.move)
        last = start + len(episode.move.shift) - PAUSE
        for step in episode.steps:
            last = max(last, step.at)
            yield step
        start = last + PAUSE


def _market(random: np.random.Generator, asked: MockTradingRequest) -> Market:
    symbol = asked.symbols[random.integers(len(asked.symbols))]
    return Market(symbol, asked.exchanges[random.integers(len(asked.exchanges))])


class MockTrading:
    """Produces what was asked for last, in a thread of its own."""

    def __init__(self, produce: Callable[[Step], None], seed: int) -> None:
        self._produce = produce
        self._random = np.random.default_rng(seed)
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.asked = MockTradingRequest()
        self.since: datetime | None = None
        """When that was asked for; None while no trades are made."""

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, asked: MockTradingRequest) -> None:
        """Start; or end what is produced, an unfinished abuse too, and continue with this."""
        with self._lock:
            self.asked, self.since = asked, datetime.now(UTC)
            if self.is_running:
                self._changed.set()
            else:
                self._stopping, self._changed = threading.Event(), threading.Event()
                self._thread = threading.Thread(target=self._run, name="mock-trading", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the trade that is being produced."""
        with self._lock:
            self._stopping.set()
            self._changed.set()
            self.since = None
            if self._thread is not None:
                self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.clear()
            self._produce_until_changed(mock_flow(self._random, self.asked))

    def _produce_until_changed(self, flow: Iterator[Step]) -> None:
        began = time.monotonic()
        for step in flow:
            wait = began + step.at - time.monotonic()
            # a late trade does not make the next ones come in a rush
            began -= min(wait, 0.0)
            # what is asked for counts at once, not behind an hour's wait
            if self._changed.wait(max(wait, 0.0)):
                return
            self._produce(step)
