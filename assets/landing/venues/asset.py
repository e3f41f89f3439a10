"""The venues' trades as assets: one a venue, for a venue's pool, retries and checks are its own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.lake.partitions import window_of
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.landing.venues.known import VENUES
from assets.landing.venues.markets import FILE, ListedMarkets, listed_markets
from assets.landing.venues.venue import Venue
from assets.market.window import Window

if TYPE_CHECKING:
    from assets.landing.venues.pull import Pulled, Volume

PREFIX = ("landing", "exchange_trades")
BROUGHT, VOLUME = "each_market_brought_trades", "volume_is_near_the_venues_own"
# on top of a page's own six attempts: 1, 2, 4, then 8 minutes
RETRIES = dg.RetryPolicy(max_retries=4, delay=60, backoff=dg.Backoff.EXPONENTIAL)


def pull_assets(listed: ListedMarkets | None) -> list[dg.AssetsDefinition]:
    """An asset for each venue with listed markets, by UTC days from the first one to pull."""
    if listed is None:
        return []
    # a day can be pulled when it has ended
    days = dg.DailyPartitionsDefinition(start_date=listed.since.isoformat(), timezone="UTC")
    return [pull_asset(VENUES[name], symbols, days) for name, symbols in listed.symbols.items()]


def pull_asset(
    venue: Venue, symbols: Sequence[str], days: dg.DailyPartitionsDefinition
) -> dg.AssetsDefinition:
    """The trades that a venue lists of a day, as they came, in landed objects."""
    key = dg.AssetKey([*PREFIX, venue.name])

    @dg.asset(
        key=key,
        partitions_def=days,
        group_name="land",
        pool=f"venue_{venue.name}",
        retry_policy=RETRIES,
        kinds={"parquet", "s3"},
        metadata={"markets": ", ".join(symbols), "listed in": FILE},
        description=f"Public trades of {venue.name}, a UTC day of each market that {FILE} lists. "
        "The sensor fresh_files then runs the day. A gap that the venue leaves lands with an "
        "error; what it serves no longer stays missing.",
        check_specs=[
            dg.AssetCheckSpec(
                BROUGHT,
                asset=key,
                partitions_def=days,
                description="No listed market is without a trade, and none failed.",
            ),
            dg.AssetCheckSpec(
                VOLUME,
                asset=key,
                partitions_def=days,
                description="Of the day that has just ended: each market's quantity is between "
                "half and twice the venue's own figure of the last 24 hours.",
            ),
        ],
    )
    def exchange_trades(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        yield from pull(context, lake, venue, symbols, window_of(context))

    return exchange_trades


def pull(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    venue: Venue,
    symbols: Sequence[str],
    day: Window,
) -> Iterator[dg.MaterializeResult]:
    """Land a day; Failure where a market failed, after the others have landed."""
    from assets.landing.venues.exchange import open_exchange
    from assets.landing.venues.pull import is_comparable, pull_day, volumes

    opened = lake.open()
    settings = opened.settings
    exchange = open_exchange(venue, settings.venue_url(venue.name))
    pulled = pull_day(
        venue, exchange, symbols, day, opened.objects, settings.root, context.log.info
    )
    failed = "\n".join(one.error for one in pulled if one.error is not None)
    may_pass = any(one.error is not None and not one.is_refused for one in pulled)
    if may_pass and context.retry_number < RETRIES.max_retries:
        # nothing is reported yet: the next attempt goes on where this one ended
        raise dg.Failure(failed)
    volume = not_compared()
    if is_comparable(day, datetime.now(UTC).replace(tzinfo=None)):
        volume = compared(list(volumes(exchange, pulled)))
    gaps = [f"- {one.symbol}: {gap}" for one in pulled for gap in one.fetched.gaps]
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(one.fetched.trades for one in pulled),
            "trades": {one.symbol: one.fetched.trades for one in pulled},
            "unreadable": sum(one.fetched.unreadable for one in pulled),
            "gaps": dg.MetadataValue.md("\n".join(gaps) or "none"),
            "objects": len({key for one in pulled for key in one.fetched.objects}),
        },
        check_results=[brought(pulled), volume],
    )
    if failed:
        raise dg.Failure(failed, allow_retries=False)


def brought(pulled: "Sequence[Pulled]") -> dg.AssetCheckResult:
    """Whether every market brought a trade."""
    empty = [one.symbol for one in pulled if one.error is None and not one.fetched.trades]
    reasons = [f"no trade of {', '.join(empty)}"] if empty else []
    reasons += [one.error for one in pulled if one.error is not None]
    return dg.AssetCheckResult(
        check_name=BROUGHT,
        passed=not reasons,
        description="; ".join(reasons) or None,
        metadata={"markets": len(pulled), "without a trade": len(empty)},
    )


def compared(found: "Sequence[Volume]") -> dg.AssetCheckResult:
    """Whether every market's volume is near the venue's own figure."""
    return dg.AssetCheckResult(
        check_name=VOLUME,
        passed=not any(one.is_far for one in found),
        description="; ".join(map(str, found)),
    )


def not_compared() -> dg.AssetCheckResult:
    """Of a day that ended long ago, or has not ended, the venue states no figure."""
    return dg.AssetCheckResult(
        check_name=VOLUME,
        passed=True,
        description="not comparable: the venue's figure is of its last 24 hours, and this day has "
        "not just ended",
    )


exchange_trades = pull_assets(listed_markets(load_settings().root))
