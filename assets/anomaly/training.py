"""What a day's model learns from: complete windows of the days before it, cut in two by time."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from ml.anomaly import MarketAnomaly
from ml.evaluation import planted_recall
from ml.registry import ModelCard

NAME = "market_anomaly"
VERSION = 1
FEATURES = (
    "notional_z",
    "trade_count_z",
    "mean_trade_z",
    "largest_order_share",
    "return_volatilities",
    "range_volatilities",
    "return_1h_volatilities",
    "flow_imbalance_5m",
    "trade_imbalance_5m",
    "flow_imbalance_1h",
    "rush_rate",
    "rush_share",
    "matched_share",
    "fills_per_order",
)
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pyod")
# alerts a clean window at which the model's card states what it would find
STATED_FALSE_SHARE = 0.001


@dataclass(frozen=True)
class Training:
    """How much past a model learns from, and the least that it needs of a symbol."""

    look_back_days: int = 14
    min_days: int = 10
    calibration_share: float = 0.4
    min_fit_windows: int = 500
    min_calibration_windows: int = 500
    seed: int = 0


@dataclass(frozen=True)
class Windows:
    """Five-minute windows of several symbols, ordered by symbol and time; NaN where missing."""

    symbols: NDArray[np.str_]
    starts: NDArray[np.datetime64]
    values: NDArray[np.float64]

    def where(self, rows: NDArray[np.bool_]) -> "Windows":
        """Some of the windows, in the same order."""
        return Windows(self.symbols[rows], self.starts[rows], self.values[rows])

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The UTC day of each window."""
        return self.starts.astype("datetime64[D]")

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether a window has every feature."""
        return np.all(np.isfinite(self.values), axis=1)

    @property
    def digest(self) -> str:
        """Hash of every symbol, time and value."""
        content = hashlib.sha256("\n".join(self.symbols.tolist()).encode())
        content.update(self.starts.astype("<i8").tobytes())
        content.update(self.values.astype("<f8").tobytes())
        return content.hexdigest()


@dataclass(frozen=True)
class Lessons:
    """The two slices of a day's past, and why the other symbols have none.

    Attributes
    ----------
    reasons
        By symbol that cannot be learnt: what is missing.
    incomplete
        Windows left out because a feature was missing.
    """

    start_at: datetime
    calibrate_from: datetime
    end_at: datetime
    fitted: Windows
    calibration: Windows
    reasons: Mapping[str, str]
    incomplete: int

    @property
    def data_window(self) -> dict[str, str]:
        """The bounds of the two slices as ISO times."""
        return {
            "start_at": self.start_at.isoformat(),
            "calibrate_from": self.calibrate_from.isoformat(),
            "end_at": self.end_at.isoformat(),
        }

    @property
    def data_digest(self) -> str:
        """Hash of the windows of both slices."""
        return hashlib.sha256((self.fitted.digest + self.calibration.digest).encode()).hexdigest()


def read_windows(connection: DuckDBPyConnection, start_at: datetime, end_at: datetime) -> Windows:
    """Read the windows that start in `[start_at, end_at)` from the model's inputs."""
    read = connection.execute(
        f"""
        select
            venue || ' ' || symbol as symbol,
            cell_start_at,
            {", ".join(FEATURES)}
        from lake.features.anomaly_inputs_5m
        where cell_start_at >= ? and cell_start_at < ?
        order by venue, symbol, cell_start_at
        """,
        [start_at, end_at],
    ).fetchnumpy()
    columns = [np.ma.filled(np.ma.asarray(read[name], dtype=float), np.nan) for name in FEATURES]
    return Windows(
        symbols=np.asarray(read["symbol"], dtype=np.str_),
        starts=np.asarray(read["cell_start_at"], dtype="datetime64[us]"),
        values=np.column_stack(columns),
    )


def lessons_of(connection: DuckDBPyConnection, day: date, training: Training) -> Lessons:
    """Cut the days before `day` into an earlier slice to learn from and a later to calibrate on."""
    end_at = datetime.combine(day, time.min)
    start_at = end_at - timedelta(days=training.look_back_days)
    past = read_windows(connection, start_at, end_at)
    usable = past.where(past.complete)
    reasons = _too_few_days(past, usable, training)
    usable = usable.where(~np.isin(usable.symbols, list(reasons)))
    calibrate_from = _cut(usable, training, end_at)
    earlier = usable.starts < np.datetime64(calibrate_from)
    reasons |= _too_few_windows(usable.where(earlier), usable.where(~earlier), training)
    learnt = ~np.isin(usable.symbols, list(reasons))
    return Lessons(
        start_at=start_at,
        calibrate_from=calibrate_from,
        end_at=end_at,
        fitted=usable.where(earlier & learnt),
        calibration=usable.where(~earlier & learnt),
        reasons=reasons,
        incomplete=int((~past.complete).sum()),
    )


def _too_few_days(past: Windows, usable: Windows, training: Training) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for symbol in np.unique(past.symbols).tolist():
        mine = past.where(past.symbols == symbol)
        count = len(np.unique(usable.days[usable.symbols == symbol]))
        if count < training.min_days:
            missing = _mostly_missing(mine.values)
            is_long = len(np.unique(mine.days)) >= training.min_days
            reasons[symbol] = (
                f"features missing in the past: {', '.join(missing)}"
                if is_long and missing
                else insufficient_days(count, training)
            )
    return reasons


def _mostly_missing(values: NDArray[np.float64]) -> list[str]:
    shares = np.isnan(values).mean(axis=0)
    return [name for name, share in zip(FEATURES, shares, strict=True) if share > 0.5]


def insufficient_days(count: int, training: Training) -> str:
    """Say how many days with complete windows there are, and how many it takes."""
    return f"insufficient history: {count} of {training.min_days} days"


def _too_few_windows(earlier: Windows, later: Windows, training: Training) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for windows, least, purpose in (
        (later, training.min_calibration_windows, "calibrate on"),
        (earlier, training.min_fit_windows, "learn from"),
    ):
        for symbol in np.union1d(earlier.symbols, later.symbols).tolist():
            count = int((windows.symbols == symbol).sum())
            if count < least:
                reasons[symbol] = f"insufficient history: {count} of {least} windows to {purpose}"
    return reasons


def _cut(usable: Windows, training: Training, end_at: datetime) -> datetime:
    days = np.unique(usable.days)
    if not len(days):
        return end_at
    first_later: date = days[round(len(days) * (1 - training.calibration_share))].item()
    return datetime.combine(first_later, time.min)


def recipe(lessons: Lessons, training: Training) -> dict[str, Any]:
    """All that a model is made from; the same recipe gives the same model."""
    estimator = MarketAnomaly(features=FEATURES, seed=training.seed)
    parameters = asdict(training) | estimator.get_params()
    return {
        "name": NAME,
        "version": VERSION,
        "features": FEATURES,
        "parameters": {key: value for key, value in parameters.items() if key != "features"},
        "data_window": lessons.data_window,
        "data_digest": lessons.data_digest,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def train(lessons: Lessons, training: Training) -> ModelCard:
    """Learn from the earlier slice, calibrate on the later, and say how good that is."""
    fitted, calibration = lessons.fitted, lessons.calibration
    model = MarketAnomaly(features=FEATURES, seed=training.seed)
    model.fit(fitted.values, fitted.symbols).calibrate(calibration.values, calibration.symbols)
    recall = planted_recall(
        model, calibration.values, calibration.symbols, STATED_FALSE_SHARE, seed=training.seed
    )
    metrics = {
        "symbols": len(model.tails_),
        "fit_windows": len(fitted.symbols),
        "calibration_windows": len(calibration.symbols),
        "trimmed_windows": sum(tail.trimmed_ for tail in model.tails_.values()),
        "incomplete_windows": lessons.incomplete,
        "false_share_stated": STATED_FALSE_SHARE,
        "recall_of_planted_windows": round(recall, 4),
    }
    return ModelCard(**recipe(lessons, training), metrics=metrics, state=model.state())


def estimator_of(card: ModelCard) -> MarketAnomaly:
    """The trained estimator that a card describes."""
    names = MarketAnomaly().get_params()
    parameters = {key: value for key, value in card.parameters.items() if key in names}
    return MarketAnomaly(features=card.features, **parameters).restore(card.state)
