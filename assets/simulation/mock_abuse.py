"""Abuse in mock trading, planted by the planters of the simulated market."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from assets.simulation.accounts import COUNTS, Accounts
from assets.simulation.background import DAY, Path
from assets.simulation.book import Tape, execute
from assets.simulation.episodes import Severity
from assets.simulation.instruments import Instrument
from assets.simulation.mock_market import (
    DECIMALS,
    DEVIATION,
    MARKETS,
    Label,
    Market,
    Move,
    Step,
    mock_trade,
)
from assets.simulation.orders import ORDINARY
from assets.simulation.scene import BUSIEST, CROWD_AN_ABUSE, Planted, Scene
from assets.simulation.typologies import ABUSES, Abuse

PATTERNS: dict[str, Abuse] = {
    "wash": ABUSES["wash_trading"],
    "spike": ABUSES["volume_spike"],
    "pump": ABUSES["pump_and_dump"],
    "crash": ABUSES["flash_crash"],
}
"""The abuses that mock trading plants: those that a detector of trades finds in its market."""
SEVERITY: Severity = "high"
PAUSE = 3_600
"""Seconds between two episodes, in which the price returns to the usual one."""
MOST_ORDERS = int(BUSIEST * CROWD_AN_ABUSE)
"""Of a busy market's crowd, the orders that the planters look at."""


@dataclass(frozen=True)
class MockEpisode:
    """One planted abuse; its move of the price lasts until the usual price is back."""

    label: Label
    move: Move
    steps: Iterator[Step]


def plant(
    random: np.random.Generator,
    pattern: str,
    market: Market,
    users: tuple[str, ...],
    orders_a_day: float,
    start: float,
) -> MockEpisode:
    """Plant an abuse by some of the users, from a second of the flow on.

    The market has had `orders_a_day` mock trades a day, evenly.
    """
    abuse = PATTERNS[pattern]
    scene = _scene(random, market, users, orders_a_day, abuse.longest)
    before = len(scene.path.activity) - abuse.longest
    planted = abuse.plant(random, scene, before, SEVERITY)
    scene.plant(planted)
    tape = execute(random, scene.path, planted.orders)
    label = Label(
        pattern=pattern,
        typology=planted.episode.typology,
        market=market,
        severity=SEVERITY,
        plan=planted.episode.description,
        trade_count=int(np.count_nonzero(tape.event != ORDINARY)),
    )
    steps = _steps(random, tape, label, users, start - before)
    return MockEpisode(label, _move(market, planted, start), steps)


def _scene(
    random: np.random.Generator,
    market: Market,
    users: tuple[str, ...],
    orders_a_day: float,
    longest: int,
) -> Scene:
    """The market of mock trades before the abuse, a day or as many orders as are looked at."""
    before = int(min(DAY, max(MOST_ORDERS / orders_a_day * DAY, 1)))
    instrument = _instrument(market, orders_a_day)
    noise = random.uniform(1 - DEVIATION, 1 + DEVIATION, before + longest + 1)
    path = Path(instrument, np.log(instrument.first_price * noise), np.ones(before + longest))
    count = max(int(orders_a_day * before / DAY), 1)
    _, least, greatest = MARKETS[market.symbol]
    return Scene(
        path,
        Accounts(
            dict.fromkeys(COUNTS, np.arange(len(users))),
            np.full(len(users), 1 / len(users)),
            users,
        ),
        np.linspace(0, before, count, endpoint=False).astype(np.int64),
        instrument.first_price * random.uniform(least, greatest, count),
    )


def _instrument(market: Market, orders_a_day: float) -> Instrument:
    usual, least, greatest = MARKETS[market.symbol]
    order = usual * (least + greatest) / 2
    return Instrument(
        symbol=market.symbol,
        price_decimals=DECIMALS,
        lot_decimals=DECIMALS,
        first_price=usual,
        beta=0.0,
        own_volatility=DEVIATION,
        half_spread=0.0003,
        level_gap=0.0005,
        median_order=order,
        touch_depth=4 * order,
        popular_lot=least,
        orders_a_day=orders_a_day,
    )


def _move(market: Market, planted: Planted, start: float) -> Move:
    if not len(planted.shift):
        return Move(market, start, np.zeros(1))
    back = np.linspace(planted.shift[-1], 0, PAUSE)
    return Move(market, start, np.concatenate([planted.shift, back]))


def _steps(
    random: np.random.Generator, tape: Tape, label: Label, users: tuple[str, ...], origin: float
) -> Iterator[Step]:
    """The fills of one order after another, at seconds of the flow."""
    first = np.flatnonzero(np.diff(tape.order, prepend=-1))
    for fills in np.split(np.arange(len(tape)), first[1:]):
        row = fills[0]
        order = mock_trade(random, label.market, users, int(tape.account[row]))
        trades = [
            order.model_copy(
                update={
                    "side": "BUY" if tape.side[fill] > 0 else "SELL",
                    "quantity": Decimal(int(tape.lots[fill])).scaleb(-DECIMALS),
                    "price": Decimal(int(tape.ticks[fill])).scaleb(-DECIMALS),
                }
            )
            for fill in fills
        ]
        abuse = label if tape.event[row] != ORDINARY else None
        yield Step(origin + int(tape.at_ms[row]) / 1_000, trades, abuse)
