"""Compare the simulated market with real ones: the same measures, and the allowed difference.

Real ones are recorded spot trades of a large coin (minutes long) and the days before announced
pumps of small coins (two to twelve days long), so a measure's range is that of very different
markets; the simulated coins must lie in it, widened by a stated factor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa

from assets.landing.files.containers import open_container
from assets.landing.files.sources import open_source
from assets.landing.files.times import microseconds
from assets.simulation.market_plan import MarketPlan, coin_market
from assets.simulation.statistics import Trades, measure

SPOT = "binance_ws_raw/spot_*.gz"
PUMPS = "pump_trades_20*/*.csv.gz"
# insiders may trade already in the hour before an announcement
QUIET_UNTIL_MS = 3_600_000
# how far below the least and above the greatest real value a simulated median may lie
WIDENING = {
    # few extreme moves decide it, so it differs tenfold between real weeks of one coin
    "excess kurtosis of minute returns": 2.0,
}
USUAL_WIDENING = 1.25
SAMPLE_TRADES = 1_500_000
PREFACE = """# The simulated market beside real ones

Written by `tapewatch evaluate simulator --data DIR --seed {seed} --out FILE`: {trades:,} simulated
trades, abuse and all. Real are six minutes of a large coin, twice, and the quiet days before pumps
of small coins, so their range is wide; a simulated median is allowed the real range widened by a
quarter, the kurtosis (of few extreme moves) by a factor of two. Waiting times within one
millisecond do not count: an order is all trades of one millisecond and side.

"""


@dataclass(frozen=True)
class Comparison:
    """One measure: least, median and greatest of real and simulated markets, and the allowed
    range."""

    measure: str
    real: tuple[float, float, float]
    real_markets: int
    simulated: tuple[float, float, float]
    simulated_markets: int
    allowed: tuple[float, float]

    @property
    def is_within(self) -> bool:
        return self.allowed[0] <= self.simulated[1] <= self.allowed[1]


def compare(real: Iterable[Trades], simulated: Iterable[Trades]) -> list[Comparison]:
    """Every measure that both kinds of market allow."""
    real_values, simulated_values = _by_measure(real), _by_measure(simulated)
    compared = []
    for name, values in real_values.items():
        if name not in simulated_values:
            continue
        factor = WIDENING.get(name, USUAL_WIDENING)
        compared.append(
            Comparison(
                measure=name,
                real=_summary(values),
                real_markets=len(values),
                simulated=_summary(simulated_values[name]),
                simulated_markets=len(simulated_values[name]),
                allowed=(min(values) / factor, max(values) * factor),
            )
        )
    return compared


def real_markets(folder: Path) -> list[Trades]:
    """The recorded spot trades and the quiet days below a folder of real data.

    Raises FileNotFoundError if there are none.
    """
    files = sorted([*folder.glob(SPOT), *folder.glob(PUMPS)])
    if not files:
        raise FileNotFoundError(f"no {SPOT} and no {PUMPS} below {folder}: name the folder of them")
    return [_quiet(path, _read(path)) for path in files]


def simulated_markets(seed: int, trades: int = SAMPLE_TRADES) -> list[Trades]:
    """Each coin on each venue of one simulated market, abuse included."""
    plan = MarketPlan.of_days(trades, seed)
    made = []
    for coin in range(plan.coins):
        for market in coin_market(plan, coin).markets:
            tape, instrument = market.tape, market.path.instrument
            price, quantity = tape.ticks * instrument.tick, tape.lots * instrument.lot
            made.append(Trades(tape.at_ms, price, quantity, tape.side))
    return made


def table_rows(compared: Iterable[Comparison]) -> list[dict[str, str]]:
    """The comparison as text, one row per measure."""
    return [
        {
            "measure": one.measure,
            "real: least, median, greatest": _numbers(one.real),
            "real markets": str(one.real_markets),
            "simulated": _numbers(one.simulated),
            "simulated markets": str(one.simulated_markets),
            "allowed median": " to ".join(f"{value:.3g}" for value in one.allowed),
            "within": "yes" if one.is_within else "no",
        }
        for one in compared
    ]


def as_markdown(compared: Sequence[Comparison], seed: int) -> str:
    """The comparison as a page of Markdown."""
    rows = table_rows(compared)
    head = list(rows[0])
    table = [head, ["---"] * len(head), *(list(row.values()) for row in rows)]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    return PREFACE.format(seed=seed, trades=SAMPLE_TRADES) + "\n".join(lines) + "\n"


def _by_measure(markets: Iterable[Trades]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for market in markets:
        for name, value in measure(market).items():
            values.setdefault(name, []).append(value)
    return values


def _summary(values: list[float]) -> tuple[float, float, float]:
    return min(values), median(values), max(values)


def _numbers(values: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _read(path: Path) -> Trades:
    with open_container(path) as container:
        rows = pa.concat_tables(
            [batch.fields for batch in open_source(container).batches], promote_options="default"
        ).to_pandas()
    if "is_buyer_maker" in rows:
        rows = rows[rows["event"] == "trade"]
        columns = ("trade_time", "price", "quantity")
        side = np.where(rows["is_buyer_maker"] == "true", -1, 1)
    else:
        # a downloader repeats rows at page edges
        rows = rows.drop_duplicates()
        columns = ("timestamp", "price", "amount")
        side = np.where(rows["side"] == "buy", 1, -1)
    time, price, quantity = (rows[name].to_numpy(np.float64) for name in columns)
    order = np.argsort(time, kind="stable")
    at_ms = microseconds(time[order].astype(np.int64)) // 1_000
    return Trades(at_ms, price[order], quantity[order], side[order])


def _quiet(path: Path, trades: Trades) -> Trades:
    """The trades up to an hour before the pump, if the file's name has its announcement time."""
    try:
        announced = datetime.strptime(path.name.split("_")[-1], "%Y-%m-%dT%H.%M.csv.gz")
    except ValueError:
        return trades
    end = (announced - datetime(1970, 1, 1)).total_seconds() * 1_000 - QUIET_UNTIL_MS
    rows = np.flatnonzero(trades.at_ms < end)
    return Trades(*(getattr(trades, name)[rows] for name in ("at_ms", "price", "quantity", "side")))
