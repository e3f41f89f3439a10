"""Send a venue's live trades to Kafka; trades missed by a cut connection are fetched and sent."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import ccxt

from assets.landing.kafka import StreamError
from assets.landing.messages import TradeMessage
from assets.landing.venues.fill import fill, missed_between
from assets.landing.venues.live_message import message_of, unreadable_message
from assets.landing.venues.outbox import Outbox
from assets.landing.venues.paging import MALFORMED, FetchError, as_ours, is_readable
from assets.landing.venues.venue import Trade, Venue

REMEMBERED_IDS = 20_000
"""Recent ids per symbol: a new connection repeats the last trades."""
LONGEST_WAIT_SECONDS = 60.0
LOG_EVERY_SECONDS = 10.0
LAST_SECONDS = 30.0
"""How long a stopping stream may take to send the received trades."""
log = logging.getLogger("tapewatch.stream")


@dataclass(frozen=True)
class Arrival:
    """Live trades received together, when (microseconds), and whether a cut came before them."""

    trades: list[Trade]
    received_at: int
    was_cut: bool


Arrivals = asyncio.Queue[Arrival | None]
"""Received trades that are not sent yet; None ends the queue."""


@dataclass
class Streamed:
    """The result of a stream; `open_gaps` are those that could not be filled, in words."""

    sent: int = 0
    filled: int = 0
    repeated: int = 0
    unreadable: int = 0
    reconnects: int = 0
    open_gaps: list[str] = field(default_factory=list)


@dataclass
class LiveStream:
    """Streams symbols of one venue until `stop`; `live` is ccxt.pro's client, `pages` ccxt's."""

    venue: Venue
    live: Any
    pages: Any
    outbox: Outbox
    encode: Callable[[TradeMessage], bytes]
    wait: float = 1.0
    """Seconds before the first attempt to reconnect; each further wait is twice as long."""
    streamed: Streamed = field(default_factory=Streamed)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Stop soon, from any thread or signal handler; received trades are sent first."""
        self._stopping.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def run(self, symbols: list[str]) -> Streamed:
        """Stream `BTC-USDT`, …; raises StreamError if the venue or the broker refuses."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._reconnect_after)
        if self._stopping.is_set():
            self._stopped.set()
        queues: dict[str, Arrivals] = {symbol: asyncio.Queue() for symbol in symbols}
        reading = _tasks(*(self._read(symbol, queue) for symbol, queue in queues.items()))
        sending = _tasks(*(self._forward(symbol, queue) for symbol, queue in queues.items()))
        waiting = _tasks(self._log_progress(), self._stopped.wait())
        try:
            await asyncio.wait([*reading, *sending, *waiting], return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            _cancel(*reading, *waiting)
            for queue in queues.values():
                queue.put_nowait(None)
            await asyncio.wait(sending, timeout=LAST_SECONDS)
        finally:
            tasks = [*reading, *sending, *waiting]
            _cancel(*tasks)
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self.live.close()
        self.outbox.finish()
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure
        return self.streamed

    async def _read(self, symbol: str, queue: Arrivals) -> None:
        """Receive without a pause: ccxt delivers trades only while its call is running."""
        failures, was_cut = 0, False
        while True:
            try:
                trades = await self.live.watch_trades(symbol.replace("-", "/"))
            except ccxt.BadSymbol as error:
                raise StreamError(f"{self.venue.name} does not list {symbol}: {error}") from None
            except (ccxt.NetworkError, ccxt.BadResponse, *MALFORMED) as error:
                wait = min(self.wait * 2**failures, LONGEST_WAIT_SECONDS)
                log.warning("%s %s: %s; again in %g s", self.venue.name, symbol, error, wait)
                failures, was_cut = failures + 1, True
                self.streamed.reconnects += 1
                await asyncio.sleep(wait)
            except ccxt.BaseError as error:
                raise StreamError(f"{self.venue.name} {symbol}: {error}") from error
            else:
                queue.put_nowait(Arrival(trades, time.time_ns() // 1000, was_cut))
                failures, was_cut = 0, False

    async def _forward(self, symbol: str, queue: Arrivals) -> None:
        last: Trade | None = None
        seen: dict[str, None] = {}
        was_cut = False
        while arrival := await queue.get():
            was_cut |= arrival.was_cut
            fresh = await self._fresh(symbol, arrival.trades, seen)
            if fresh:
                await self._fill_before(symbol, last, fresh, seen, was_cut=was_cut)
                await self._send(symbol, fresh, arrival.received_at)
                last = max([*fresh, *([last] if last else [])], key=_order)
                was_cut = False

    async def _fresh(self, symbol: str, trades: list[Trade], seen: dict[str, None]) -> list[Trade]:
        """Trades not received before, in order; unreadable ones are passed on unchanged."""
        fresh = []
        for trade in (as_ours(self.venue, symbol, dict(trade)) for trade in trades):
            if not is_readable(self.venue, trade):
                self.streamed.unreadable += 1
                await self.outbox.put(symbol, unreadable_message(self.venue, trade))
            elif trade["id"] in seen:
                self.streamed.repeated += 1
            else:
                _remember(seen, trade["id"])
                fresh.append(trade)
        return sorted(fresh, key=_order)

    async def _fill_before(
        self,
        symbol: str,
        last: Trade | None,
        fresh: list[Trade],
        seen: dict[str, None],
        *,
        was_cut: bool,
    ) -> None:
        known = [last, *fresh] if last else fresh
        for left, right in missed_between(self.venue, known, was_cut=was_cut and last is not None):
            try:
                filled = await asyncio.to_thread(
                    fill, self.venue, self.pages, left, right, self._nap
                )
            except FetchError as error:
                self._say_open(symbol, f"trades missed after id {left['id']} ({error})")
                continue
            missed = [trade for trade in filled.trades if trade["id"] not in seen]
            for trade in missed:
                _remember(seen, trade["id"])
            # fetched trades have no time of receipt: they did not come by the stream
            await self._send(symbol, missed, None)
            self.streamed.filled += len(missed)
            if filled.open is not None:
                self._say_open(symbol, str(filled.open))

    async def _send(self, symbol: str, trades: list[Trade], received_at: int | None) -> None:
        for trade in trades:
            message = message_of(self.venue, trade, received_at)
            if message is None:
                self.streamed.unreadable += 1
                await self.outbox.put(symbol, unreadable_message(self.venue, trade))
                continue
            await self.outbox.put(symbol, self.encode(message))
            self.streamed.sent += 1

    def _say_open(self, symbol: str, what: str) -> None:
        text = f"{self.venue.name} {symbol}: {what}"
        self.streamed.open_gaps.append(text)
        log.warning("%s: not filled; fetch it later by `tapewatch fetch`", text)

    def _nap(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise FetchError("the stream was stopped")

    async def _log_progress(self) -> None:
        while True:
            await asyncio.sleep(LOG_EVERY_SECONDS)
            self.outbox.poll()
            log.info("%s: %s, %d confirmed", self.venue.name, self.streamed, self.outbox.confirmed)

    def _reconnect_after(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Reconnect after a message that ccxt cannot read: ccxt then stops reading silently."""
        error = context.get("exception")
        if "handle" not in context or not isinstance(error, (ccxt.BaseError, *MALFORMED)):
            loop.default_exception_handler(context)
            return
        for client in list(self.live.clients.values()):
            client.on_error(ccxt.NetworkError(f"a message could not be read ({error!r})"))


def _tasks(*endless: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(each) for each in endless]


def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()


def _remember(seen: dict[str, None], identity: str) -> None:
    seen[identity] = None
    if len(seen) > REMEMBERED_IDS:
        del seen[next(iter(seen))]


def _order(trade: Trade) -> tuple[int, int, str]:
    return trade["timestamp"], len(trade["id"]), trade["id"]
