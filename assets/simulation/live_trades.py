"""A simulated market as one sequence of trades at a steady rate, for a stream."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from assets.landing.messages import TradeMessage
from assets.simulation.market_plan import MarketPlan, coin_market
from assets.simulation.symbol_market import VenueMarket
from assets.simulation.trade_tables import Ids, trade_table

AT_ONCE = 2_000
COLUMNS = (
    "venue", "symbol", "price", "quantity", "side", "order_id", "order_type",
    "account_id", "counterparty_account_id", "customer_id",
)  # fmt: skip


class LiveTrades:
    """Exactly `rate * seconds` trades of all coins and venues, in the order of their time.

    The market has as many seconds as the stream. Its seconds are stretched and shrunk a little so
    that the rate is constant; the trades of one order have one time. Prices go on from those that
    are given, so that one sequence behind another is one market, without a jump between them.
    """

    def __init__(
        self, seed: int, rate: float, seconds: int, prices: Mapping[str, float] | None = None
    ) -> None:
        self.rate = rate
        self.last_prices = dict(prices or {})
        """By symbol."""
        plan = MarketPlan.of_seconds(max(int(rate * seconds), 1), seconds, seed)
        tables = []
        for coin in range(plan.coins):
            markets = [one for one in coin_market(plan, coin).markets if len(one.tape)]
            for market in self._gone_on(markets):
                tables.append(trade_table(market, Ids(market, coin), plan.first_midnight))
        # each venue and symbol has its own dictionaries
        trades = pa.concat_tables(tables).unify_dictionaries()
        order = np.argsort(trades["traded_at"].to_numpy(), kind="stable")
        self._trades = trades.select(COLUMNS).take(pa.array(order))

    def _gone_on(self, markets: list[VenueMarket]) -> list[VenueMarket]:
        """One coin's markets, scaled alike to begin at its last price; notes the new last one."""
        if not markets:
            return []
        instrument = markets[0].path.instrument
        tick = 10.0**-instrument.price_decimals
        first = float(markets[0].tape.ticks[0]) * tick
        scale = self.last_prices.get(instrument.symbol, first) / first
        scaled = [
            replace(one, tape=replace(one.tape, ticks=_scaled(one.tape.ticks, scale)))
            for one in markets
        ]
        self.last_prices[instrument.symbol] = float(scaled[0].tape.ticks[-1]) * tick
        return scaled

    def __len__(self) -> int:
        return self._trades.num_rows

    def messages(self, start_us: int) -> Iterator[TradeMessage]:
        """Messages whose times begin at an instant, microseconds since 1970; ids begin with it."""
        begin = 0
        first, last = 0, None
        for rows in self._trades.to_batches(max_chunksize=AT_ONCE):
            columns = [rows[name].to_pylist() for name in COLUMNS]
            for number, values in enumerate(zip(*columns, strict=True), begin):
                key = (values[0], values[1], values[5])
                if key != last:
                    first, last = number, key
                venue, symbol, price, quantity, side, *rest = values
                at = start_us + int(first / self.rate * 1_000_000)
                yield TradeMessage(
                    venue, symbol, f"{start_us // 1_000}-{number}", at, price, quantity, side, *rest
                )
            begin += rows.num_rows


def _scaled(ticks: np.ndarray, scale: float) -> np.ndarray:
    return np.maximum(np.rint(ticks * scale), 1).astype(ticks.dtype)
