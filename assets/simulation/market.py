"""The simulated market: quiet days, then one with planted abuse, and the labels.

The seed determines everything, also each episode's symbol, time of day, size and severity; nothing
reads a clock. First news moves the prices, then the crowd trades on them, then the planted
episodes, last the machines that react to the price; the book fills all orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path as FilePath
from typing import Any

from assets.simulation.abuse.flash_crash import flash_crash
from assets.simulation.abuse.large_order import large_order
from assets.simulation.abuse.pump_and_dump import pump_and_dump
from assets.simulation.abuse.volume_burst import volume_burst
from assets.simulation.abuse.wash_trading import wash_trading
from assets.simulation.accounts import Accounts
from assets.simulation.background import DAY, Path, background
from assets.simulation.book import Tape, execute
from assets.simulation.episodes import SEVERITIES, Episode, label_rows, write_labels
from assets.simulation.flow import crowd
from assets.simulation.honest.block_trade import block_trade
from assets.simulation.honest.gap_move import gap_move
from assets.simulation.honest.machines import clock_bots, grid_bots, machine_episodes
from assets.simulation.honest.maker_crossing import maker_crossing
from assets.simulation.honest.news_move import news_move
from assets.simulation.honest.twap_buyer import twap_buyer
from assets.simulation.instruments import INSTRUMENTS
from assets.simulation.orders import Orders
from assets.simulation.plan import Event, plan
from assets.simulation.randomness import stream
from assets.simulation.scene import Planted, Scene
from assets.simulation.tape_files import write_days

ABUSE_DAY = date(2024, 8, 9)
QUIET_DAYS = 14

ABUSES = {
    "pump_and_dump": pump_and_dump,
    "flash_crash": flash_crash,
    "wash_trading": wash_trading,
    "volume_spike": volume_burst,
    "large_order": large_order,
}
HONEST = {
    "block_trade": block_trade,
    "twap_buyer": twap_buyer,
    "maker_crossing": maker_crossing,
}


@dataclass(frozen=True)
class Market:
    """Tapes by symbol and their planted episodes, in memory."""

    first_day: date
    day_count: int
    tapes: Mapping[str, Tape]
    episodes: list[Episode]

    @property
    def first_midnight(self) -> datetime:
        return datetime.combine(self.first_day, time.min)

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range(self.day_count)]

    @property
    def labels(self) -> list[dict[str, Any]]:
        """Rows of `labels.episodes`."""
        return label_rows(self.episodes, self.first_midnight)


@dataclass(frozen=True)
class SimulatedMarket:
    """The files of a simulated market: trade logs by day, and the labels of planted episodes."""

    files: list[FilePath]
    labels_file: FilePath
    labels: list[dict[str, Any]]
    days: list[date]
    trade_count: int

    @property
    def abuse_day(self) -> date:
        return self.days[-1]


def simulate(
    seed: int, out_dir: FilePath, quiet_days: int = QUIET_DAYS, abuse_day: date = ABUSE_DAY
) -> SimulatedMarket:
    """Write a market's trade logs and `labels.parquet` below a folder; same seed, same bytes."""
    market = generate(seed, quiet_days, abuse_day)
    out_dir.mkdir(parents=True, exist_ok=True)
    files = write_days(market.tapes, market.first_midnight, market.day_count, out_dir)
    labels_file = out_dir / "labels.parquet"
    write_labels(market.labels, labels_file)
    trade_count = sum(len(tape) for tape in market.tapes.values())
    return SimulatedMarket(files, labels_file, market.labels, market.days, trade_count)


def generate(seed: int, quiet_days: int = QUIET_DAYS, abuse_day: date = ABUSE_DAY) -> Market:
    """Simulate a market of quiet days, at least one, and the day of abuse, in memory."""
    if quiet_days < 1:
        raise ValueError(f"abuse needs a quiet day before it: quiet_days is {quiet_days}")
    first_day = abuse_day - timedelta(days=quiet_days)
    paths = background(seed, INSTRUMENTS, quiet_days + 1, first_day.weekday())
    accounts = Accounts.draw(stream(seed, "accounts"))
    events = plan(seed, quiet_days)
    episodes = _move_prices(seed, paths, events)
    tapes = {}
    for symbol, path in paths.items():
        tapes[symbol], planted = _trade(seed, path, accounts, events)
        episodes += planted
        episodes += machine_episodes(symbol, quiet_days * DAY)
    return Market(first_day, quiet_days + 1, tapes, episodes)


def _move_prices(seed: int, paths: Mapping[str, Path], events: list[Event]) -> list[Episode]:
    episodes = []
    for event in events:
        random = stream(seed, event.kind, event.second)
        if event.kind == "news_move":
            moved = [paths[symbol] for symbol in event.symbols]
            episodes += news_move(random, moved, event.second)
        if event.kind == "gap_move":
            episodes.append(gap_move(random, paths[event.symbols[0]], event.second))
    return episodes


def _trade(
    seed: int, path: Path, accounts: Accounts, events: list[Event]
) -> tuple[Tape, list[Episode]]:
    symbol = path.instrument.symbol
    everyday = crowd(stream(seed, "crowd", symbol), path, accounts)
    scene = Scene.of(path, accounts, everyday)
    parts, episodes = [everyday], []
    for event in events:
        if symbol in event.symbols and event.kind in ABUSES | HONEST:
            planted = _plant(seed, scene, event)
            scene.plant(planted)
            parts.append(planted.orders)
            episodes.append(planted.episode)
    parts.append(grid_bots(stream(seed, "grid_bots", symbol), scene))
    parts.append(clock_bots(stream(seed, "clock_bots", symbol), scene))
    return execute(stream(seed, "book", symbol), path, Orders.together(parts)), episodes


def _plant(seed: int, scene: Scene, event: Event) -> Planted:
    random = stream(seed, event.kind, event.second)
    if event.kind in HONEST:
        return HONEST[event.kind](random, scene, event.second)
    severity = SEVERITIES[random.integers(len(SEVERITIES))]
    return ABUSES[event.kind](random, scene, event.second, severity)
