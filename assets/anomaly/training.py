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

from assets.anomaly.feature_rows import FeatureRows, read_feature_rows
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
    max_pooled_windows: int = 1_728
    seed: int = 0


@dataclass(frozen=True)
class TrainingSet:
    """The two slices of a day's past, and why some symbols are not in them.

    Attributes
    ----------
    features
        Names of the columns of both slices.
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
    features: tuple[str, ...] = FEATURE_NAMES

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


def past_of(connection: DuckDBPyConnection, day: date, policy: TrainingPolicy) -> FeatureRows:
    """Read the windows of the days before `day` that a model of that day may learn from."""
    end_at = datetime.combine(day, time.min)
    return read_feature_rows(connection, end_at - timedelta(days=policy.look_back_days), end_at)


def training_set_of(past: FeatureRows, day: date, policy: TrainingPolicy) -> TrainingSet:
    """Cut the days before `day` into an earlier slice to learn from and a later to calibrate on."""
    end_at = datetime.combine(day, time.min)
    start_at = end_at - timedelta(days=policy.look_back_days)
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
    estimator = MarketAnomaly(features=training_set.features, seed=policy.seed)
    parameters = asdict(policy) | estimator.get_params()
    return {
        "name": NAME,
        "version": VERSION,
        "features": training_set.features,
        "parameters": {key: value for key, value in parameters.items() if key != "features"},
        "data_window": training_set.data_window,
        "data_digest": training_set.data_digest,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def train(training_set: TrainingSet, policy: TrainingPolicy) -> ModelCard:
    """Learn from the earlier slice, calibrate on the later, and measure how good the model is."""
    fitted, calibration = training_set.fitted, training_set.calibration
    model = MarketAnomaly(features=training_set.features, seed=policy.seed)
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
