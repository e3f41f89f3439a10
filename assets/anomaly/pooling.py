"""What the pooled model learns from: windows of all symbols, for those too young for their own.

It leaves out what compares with the same time of days before. How a young symbol usually differs
from the others is unknown to it: its rate is weaker, and alerts by it say so.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from math import ceil

import numpy as np

from assets.anomaly.feature_rows import FeatureRows
from assets.anomaly.features import FEATURE_NAMES, POOLED_NAMES
from assets.anomaly.training import TrainingPolicy, TrainingSet

POOL = "all symbols"
"""The one name under which the model knows every symbol."""
_COLUMNS = [FEATURE_NAMES.index(name) for name in POOLED_NAMES]


def pooled(rows: FeatureRows) -> FeatureRows:
    """The windows as the pooled model reads them: its features, under one name."""
    return FeatureRows(
        symbols=np.full(len(rows.symbols), POOL),
        starts=rows.starts,
        values=rows.values[:, _COLUMNS],
    )


def pooled_set_of(past: FeatureRows, day: date, policy: TrainingPolicy) -> TrainingSet:
    """Cut the windows before `day`, in order of time, at the policy's share; few give a reason.

    Of very many windows each slice is thinned evenly in time.
    """
    end_at = datetime.combine(day, time.min)
    every = pooled(past)
    usable = every.where(every.complete).by_time
    calibrate_from = _cut(usable, policy, end_at)
    earlier = usable.starts < np.datetime64(calibrate_from)
    fitted, calibration = (_thinned(usable.where(rows), policy) for rows in (earlier, ~earlier))
    return TrainingSet(
        start_at=end_at - timedelta(days=policy.look_back_days),
        calibrate_from=calibrate_from,
        end_at=end_at,
        fitted=fitted,
        calibration=calibration,
        reasons=_reasons(usable, policy),
        incomplete=int((~every.complete).sum()),
        features=POOLED_NAMES,
    )


def _cut(usable: FeatureRows, policy: TrainingPolicy, end_at: datetime) -> datetime:
    """The first time of the later slice: windows of one time are in one slice."""
    if not len(usable.starts):
        return end_at
    place = int(len(usable.starts) * (1 - policy.calibration_share))
    first: datetime = usable.starts[place].item()
    return first


def _thinned(rows: FeatureRows, policy: TrainingPolicy) -> FeatureRows:
    step = -(-len(rows.symbols) // policy.max_pooled_windows)
    return rows.where(np.arange(len(rows.symbols)) % max(step, 1) == 0)


def _reasons(usable: FeatureRows, policy: TrainingPolicy) -> Mapping[str, str]:
    wanted = ceil(
        max(
            policy.min_fit_windows / (1 - policy.calibration_share),
            policy.min_calibration_windows / policy.calibration_share,
        )
    )
    count = len(usable.symbols)
    if count >= wanted:
        return {}
    return {POOL: f"{count:,} of {wanted:,} windows of all symbols together"}
