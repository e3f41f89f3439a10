"""The planted events by day: one of each kind on the abuse day, else only honest events."""

from dataclasses import dataclass

from assets.simulation.background import DAY
from assets.simulation.instruments import INSTRUMENTS, KITE
from assets.simulation.placement import Wish, place
from assets.simulation.randomness import stream

EVERY = tuple(instrument.symbol for instrument in INSTRUMENTS)
THIN = (KITE.symbol,)
LARGE = tuple(symbol for symbol in EVERY if symbol not in THIN)

NEWS = Wish("news_move", LARGE, in_all=True)
HONEST = tuple(
    Wish(kind, EVERY) for kind in ("gap_move", "block_trade", "twap_buyer", "maker_crossing")
)
# pumps target thin coins
PUMP = Wish("pump_and_dump", THIN)
ABUSES = tuple(
    Wish(kind, EVERY) for kind in ("flash_crash", "wash_trading", "volume_spike", "large_order")
)
# probability of each honest event on a quiet day; on the abuse day all of them happen
QUIET_CHANCE = {
    "news_move": 0.2,
    "gap_move": 0.1,
    "block_trade": 0.3,
    "twap_buyer": 0.7,
    "maker_crossing": 0.5,
}


@dataclass(frozen=True)
class Event:
    """A planted event: its kind, its symbols, and its second since the first midnight."""

    kind: str
    symbols: tuple[str, ...]
    second: int


def plan(seed: int, quiet_days: int) -> list[Event]:
    """Events of the quiet days and of the day of abuse after them, by time."""
    events = []
    for day in range(quiet_days + 1):
        random = stream(seed, "plan", day)
        if day < quiet_days:
            wishes = [wish for wish in (NEWS, *HONEST) if random.random() < QUIET_CHANCE[wish.kind]]
        else:
            wishes = [NEWS, PUMP, *(ABUSES[n] for n in random.permutation(len(ABUSES))), *HONEST]
        events += [
            Event(at.kind, at.symbols, day * DAY + at.second) for at in place(random, wishes)
        ]
    return sorted(events, key=lambda event: event.second)
