"""Pull a venue's listed markets of a UTC day, and compare them with the venue's own volume."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import ccxt

from assets.lake.objects.object_store import ObjectStore
from assets.landing.venues.backfill import backfill
from assets.landing.venues.checkpoint import Fetched, checkpoint_path
from assets.landing.venues.paging import MALFORMED, FetchError, RefusedError
from assets.landing.venues.venue import Venue
from assets.market.window import Window

# A venue's figure is of the last 24 hours, a pull of the UTC day that has ended: within an hour of
# its end they share 23 of 24 hours. One hour in 24 seldom has half of a day's volume, while a feed
# that is off, cut or repeated is further away than that.
COMPARABLE_FOR = timedelta(hours=1)
FAR = 2


@dataclass(frozen=True)
class Pulled:
    """What a market brought of a day, and why it failed, if it did."""

    symbol: str
    fetched: Fetched
    error: str | None = None
    is_refused: bool = False
    """Whether nothing is gained by asking again."""


@dataclass(frozen=True)
class Volume:
    """A market's quantity in base units: pulled, and as the venue's 24-hour figure has it."""

    symbol: str
    pulled: Decimal
    stated: Decimal | None

    @property
    def is_far(self) -> bool:
        """Whether one is more than twice the other; without a figure nothing can be said."""
        if self.stated is None:
            return True
        return not self.stated / FAR <= self.pulled <= self.stated * FAR

    def __str__(self) -> str:
        if self.stated is None:
            return f"{self.symbol}: pulled {self.pulled:f}, the venue gave no figure"
        return f"{self.symbol}: pulled {self.pulled:f}, the venue's 24 hours {self.stated:f}"


def pull_day(
    venue: Venue,
    exchange: Any,
    symbols: Sequence[str],
    day: Window,
    store: ObjectStore,
    home: Path,
    report: Callable[[str], None],
) -> list[Pulled]:
    """Land a day of each market, one after another; a market that fails does not stop the others.

    A market that has landed without a gap is not asked for again.
    """
    span = milliseconds(day)
    pulled: list[Pulled] = []
    for symbol in symbols:
        path = checkpoint_path(home, venue, symbol, f"{span[0]}_{span[1]}")
        try:
            fetched = backfill(venue, exchange, symbol, span, store, path)
            pulled.append(Pulled(symbol, fetched))
            report(f"{venue.name} {symbol}: {fetched.trades:,} trades in {fetched.pages:,} pages")
        except FetchError as error:
            refused = isinstance(error, RefusedError)
            pulled.append(Pulled(symbol, Fetched(), str(error), is_refused=refused))
            report(f"{venue.name} {symbol} failed: {error}")
    return pulled


def is_comparable(day: Window, now: datetime) -> bool:
    """Whether a venue's figure of the last 24 hours is of this day."""
    return day.end_at <= now <= day.end_at + COMPARABLE_FOR


def volumes(exchange: Any, pulled: Sequence[Pulled]) -> Iterator[Volume]:
    """Each market's volume beside the venue's own 24-hour figure."""
    for one in pulled:
        yield Volume(one.symbol, Decimal(one.fetched.quantity), stated_volume(exchange, one.symbol))


def stated_volume(exchange: Any, symbol: str) -> Decimal | None:
    """The venue's figure of a market's last 24 hours, in base units; None where it gives none."""
    try:
        return Decimal(str(exchange.fetch_ticker(symbol.replace("-", "/"))["baseVolume"]))
    except (ccxt.BaseError, InvalidOperation, *MALFORMED):
        return None


def milliseconds(window: Window) -> tuple[int, int]:
    """The bounds of a window in ms since 1970."""
    first, last = (
        int(at.replace(tzinfo=UTC).timestamp() * 1000) for at in (window.start_at, window.end_at)
    )
    return first, last
