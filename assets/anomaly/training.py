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

from assets.anomaly.features import FEATURE_NAMES
from ml.anomaly import MarketAnomaly
from ml.evaluation import planted_recall
from ml.registry import ModelCard

NAME = "market_anomaly"
VERSION = 1
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pyod")
# alerts a clean window at which the model's card states what it would find
STATED_FALSE_SHARE = 0.001


@dataclass(frozen=True)
class TrainingPolicy:
    """How much past a model learns from, and the least that it needs of a symbol."""

    look_back_days: int = 14
    min_days: int = 10
    calibration_share: float = 0.4
    min_fit_windows: int = 500
    min_calibration_windows: int = 500
    seed: int = 0


@dataclass(frozen=True)
class FeatureRows:
    """Five-minute windows of several symbols, ordered by symbol and time; NaN where missing."""

    symbols: NDArray[np.str_]
    starts: NDArray[np.datetime64]
    values: NDArray[np.float64]

    def where(self, rows: NDArray[np.bool_]) -> "FeatureRows":
        """Some of the windows, in the same order."""
        return FeatureRows(self.symbols[rows], self.starts[rows], self.values[rows])

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
class TrainingSet:
    """The two slices of a day's past, and why some symbols are not in them.

    Attributes
    ----------
    reasons
        By symbol that has no training set: what is missing.
    incomplete
        Windows left out because a feature was missing.
    """

    start_at: datetime
    calibrate_from: datetime
    end_at: datetime
    fitted: FeatureRows
    calibration: FeatureRows
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


def read_feature_rows(
    connection: DuckDBPyConnection, start_at: datetime, end_at: datetime
) -> FeatureRows:
    """Read the windows that start in `[start_at, end_at)` from the model's inputs."""
    read = connection.execute(
        f"""
        select
            venue || ' ' || symbol as symbol,
            cell_start_at,
            {", ".join(FEATURE_NAMES)}
        from lake.features.anomaly_inputs_5m
        where cell_start_at >= ? and cell_start_at < ?
        order by venue, symbol, cell_start_at
        """,
        [start_at, end_at],
    ).fetchnumpy()
    columns = [
        np.ma.filled(np.ma.asarray(read[name], dtype=float), np.nan) for name in FEATURE_NAMES
    ]
    return FeatureRows(
        symbols=np.asarray(read["symbol"], dtype=np.str_),
        starts=np.asarray(read["cell_start_at"], dtype="datetime64[us]"),
        values=np.column_stack(columns),
    )


def training_set_of(
    connection: DuckDBPyConnection, day: date, policy: TrainingPolicy
) -> TrainingSet:
    """Cut the days before `day` into an earlier slice to learn from and a later to calibrate on."""
    end_at = datetime.combine(day, time.min)
    start_at = end_at - timedelta(days=policy.look_back_days)
    past = read_feature_rows(connection, start_at, end_at)
    usable = past.where(past.complete)
    reasons = _too_few_days(past, usable, policy)
    usable = usable.where(~np.isin(usable.symbols, list(reasons)))
    calibrate_from = _cut(usable, policy, end_at)
    earlier = usable.starts < np.datetime64(calibrate_from)
    reasons |= _too_few_windows(usable.where(earlier), usable.where(~earlier), policy)
    included = ~np.isin(usable.symbols, list(reasons))
    return TrainingSet(
        start_at=start_at,
        calibrate_from=calibrate_from,
        end_at=end_at,
        fitted=usable.where(earlier & included),
        calibration=usable.where(~earlier & included),
        reasons=reasons,
        incomplete=int((~past.complete).sum()),
    )


def _too_few_days(past: FeatureRows, usable: FeatureRows, policy: TrainingPolicy) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for symbol in np.unique(past.symbols).tolist():
        mine = past.where(past.symbols == symbol)
        count = len(np.unique(usable.days[usable.symbols == symbol]))
        if count < policy.min_days:
            missing = _mostly_missing(mine.values)
            is_long = len(np.unique(mine.days)) >= policy.min_days
            reasons[symbol] = (
                f"features missing in the past: {', '.join(missing)}"
                if is_long and missing
                else insufficient_days(count, policy)
            )
    return reasons


def _mostly_missing(values: NDArray[np.float64]) -> list[str]:
    shares = np.isnan(values).mean(axis=0)
    return [name for name, share in zip(FEATURE_NAMES, shares, strict=True) if share > 0.5]


def insufficient_days(count: int, policy: TrainingPolicy) -> str:
    """Say how many days with complete windows there are, and how many it takes."""
    return f"insufficient history: {count} of {policy.min_days} days"


def _too_few_windows(
    earlier: FeatureRows, later: FeatureRows, policy: TrainingPolicy
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for windows, least, purpose in (
        (later, policy.min_calibration_windows, "calibrate on"),
        (earlier, policy.min_fit_windows, "learn from"),
    ):
        for symbol in np.union1d(earlier.symbols, later.symbols).tolist():
            count = int((windows.symbols == symbol).sum())
            if count < least:
                reasons[symbol] = f"insufficient history: {count} of {least} windows to {purpose}"
    return reasons


def _cut(usable: FeatureRows, policy: TrainingPolicy, end_at: datetime) -> datetime:
    days = np.unique(usable.days)
    if not len(days):
        return end_at
    first_later: date = days[round(len(days) * (1 - policy.calibration_share))].item()
    return datetime.combine(first_later, time.min)


def provenance(training_set: TrainingSet, policy: TrainingPolicy) -> dict[str, Any]:
    """All that a model is made from; the same provenance gives the same model."""
    estimator = MarketAnomaly(features=FEATURE_NAMES, seed=policy.seed)
    parameters = asdict(policy) | estimator.get_params()
    return {
        "name": NAME,
        "version": VERSION,
        "features": FEATURE_NAMES,
        "parameters": {key: value for key, value in parameters.items() if key != "features"},
        "data_window": training_set.data_window,
        "data_digest": training_set.data_digest,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def train(training_set: TrainingSet, policy: TrainingPolicy) -> ModelCard:
    """Learn from the earlier slice, calibrate on the later, and measure how good the model is."""
    fitted, calibration = training_set.fitted, training_set.calibration
    model = MarketAnomaly(features=FEATURE_NAMES, seed=policy.seed)
    model.fit(fitted.values, fitted.symbols).calibrate(calibration.values, calibration.symbols)
    recall = planted_recall(
        model, calibration.values, calibration.symbols, STATED_FALSE_SHARE, seed=policy.seed
    )
    metrics = {
        "symbols": len(model.tails_),
        "fit_windows": len(fitted.symbols),
        "calibration_windows": len(calibration.symbols),
        "trimmed_windows": sum(tail.trimmed_ for tail in model.tails_.values()),
        "incomplete_windows": training_set.incomplete,
        "false_share_stated": STATED_FALSE_SHARE,
        "recall_of_planted_windows": round(recall, 4),
    }
    return ModelCard(**provenance(training_set, policy), metrics=metrics, state=model.state())


def estimator_of(card: ModelCard) -> MarketAnomaly:
    """The trained estimator that a card describes."""
    names = MarketAnomaly().get_params()
    parameters = {key: value for key, value in card.parameters.items() if key in names}
    return MarketAnomaly(features=card.features, **parameters).restore(card.state)
