"""A stream's history and large orders to plant in it, for `live` and the latency benchmark."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from duckdb import DuckDBPyConnection

from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.landing.messages import TradeMessage
from assets.landing.reader import objects_for_days
from assets.landing.schema import TRADES
from assets.market.window import EPOCH, Window
from assets.simulation.live_trades import LiveTrades
from assets.simulation.sinks import LandingSink
from assets.simulation.venues import VENUES
from assets.stream.micro_batch import run_window
from assets.stream.stream import connected
from assets.tables import create_tables
from assets.transform.late_data import GRAIN

# above the threshold, but not so far that the market would change
EXCESS = 3.0

Market = tuple[str, str]
"""A venue and a symbol."""


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def write_past(lake: Lake, until: datetime, *, seed: int, rate: float, length: timedelta) -> None:
    """Land a market's trades up to an instant, and process them in one window."""
    start_at = until - length
    trades = LiveTrades(seed, rate, int(length.total_seconds()))
    LandingSink(lake.objects, lake.settings.scratch).send(
        list(trades.messages(microseconds(start_at)))
    )
    create_tables(lake)
    window = Window(start_at, until)
    with connected(lake) as stream:
        keys = objects_for_days(lake.objects, TRADES, window.days)
        run_window(stream, window, keys, {"run_id": "past", "code_version": code_version()})


def last_prices(connection: DuckDBPyConnection) -> dict[str, float]:
    """The last price of each symbol on the simulated venues, from which a stream goes on."""
    rows = connection.execute(
        "select symbol, arg_max(price, traded_at)::double from lake.core.trades "
        "where venue in (select unnest(?)) group by symbol",
        [[venue.name for venue in VENUES]],
    ).fetchall()
    return dict(rows)


def large_orders(connection: DuckDBPyConnection) -> dict[Market, TradeMessage]:
    """For each market with a known tail of orders, an order above the detector's threshold."""
    from assets.detection.detector import detectors

    params = next(one for one in detectors() if one.name == "large_order").params.model_dump()
    rows = connection.execute(
        """
        with tails as (
            select *, tail_exponent * (1 - $exponent_errors / sqrt(tail_count)) as exponent
            from lake.features.order_size_tails_1h
            where tail_exponent is not null and second_count >= $min_seconds
            qualify row_number() over (partition by venue, symbol order by cell_end_at desc) = 1
        ),

        prices as (
            select venue, symbol, arg_max(price, traded_at)::double as price
            from lake.core.trades group by venue, symbol
        )

        select
            venue,
            symbol,
            price,
            greatest(
                tail_start_notional * greatest(
                    1, tail_count / covered_days / $max_expected_per_day
                ) ** (1 / exponent),
                $min_share_of_usual_hour * 12 * median_notional_5m
            ) as notional,
        from tails
        inner join prices using (venue, symbol)
        where exponent > 0
        order by venue, symbol
        """,
        {
            name: params[name]
            for name in (
                "exponent_errors", "min_seconds", "max_expected_per_day", "min_share_of_usual_hour"
            )
        },
    ).fetchall()  # fmt: skip
    return {
        (venue, symbol): TradeMessage(
            venue,
            symbol,
            "",
            0,
            f"{price:.8f}",
            f"{EXCESS * notional / price:.8f}",
            "buyer",
            order_type="market",
        )
        for venue, symbol, price, notional in rows
    }


def with_plants(
    trades: Iterable[TradeMessage],
    orders: list[TradeMessage],
    planted: list[TradeMessage],
    every: timedelta = GRAIN,
) -> Iterator[TradeMessage]:
    """The trades, with one of the orders in turn half a second after the start of each step.

    An order has its market's current price and its own notional. Each planted order is appended to
    `planted`.
    """
    prices: dict[Market, str] = {}
    due, step = None, every // timedelta(microseconds=1)
    for trade in trades:
        prices[trade.venue, trade.symbol] = trade.price
        if due is None:
            due = trade.traded_at + 500_000
        if trade.traded_at >= due:
            order = orders[len(planted) % len(orders)]
            price = prices.get((order.venue, order.symbol), order.price)
            quantity = float(order.quantity) * float(order.price) / float(price)
            one = msgspec.structs.replace(
                order,
                trade_id=f"plant-{due}",
                traded_at=due,
                price=price,
                quantity=f"{quantity:.8f}",
            )
            planted.append(one)
            yield one
            due += step
        yield trade
