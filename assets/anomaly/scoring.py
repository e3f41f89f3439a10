"""Each window of a day beside what is usual: by its symbol's own model, else by the pooled one."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from assets.anomaly.feature_rows import FeatureRows, read_feature_rows
from assets.anomaly.models import DayModels, models_of
from assets.anomaly.pooling import POOL, pooled
from assets.anomaly.tables import ANOMALY
from assets.anomaly.training import TrainingPolicy, estimator_of, insufficient_days
from assets.lake.insert import insert_rows
from assets.lake.objects.object_store import ObjectStore
from assets.market.window import ONE_DAY, Window
from ml.estimator import Floats
from ml.registry import ModelCard

FIVE_MINUTES = np.timedelta64(5, "m")
CONTRIBUTION_DIGITS = 6

Row = dict[str, Any]


def score_window(
    connection: DuckDBPyConnection,
    window: Window,
    objects: ObjectStore,
    policy: TrainingPolicy | None = None,
) -> int:
    """Replace the scores of the cells that end inside the window; give their number."""
    rows = scores_of(connection, window, objects, policy)
    save_scores(connection, window, rows)
    return len(rows)


def scores_of(
    connection: DuckDBPyConnection,
    window: Window,
    objects: ObjectStore,
    policy: TrainingPolicy | None = None,
) -> list[Row]:
    """Score every cell that ends inside the window by its day's models, or say why not.

    `connection` holds `lake.features.anomaly_inputs_5m` and is only read; `objects` gains the
    models that it did not hold yet.
    """
    policy = policy or TrainingPolicy()
    rows: list[Row] = []
    for day in window.days:
        today = _closing(connection, day, window)
        if len(today.symbols):
            models = models_of(connection, day, today.symbols, objects, policy)
            rows += _scored(today, models, policy)
    return rows


def save_scores(
    connection: DuckDBPyConnection, window: Window, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Replace the rows of `scores.anomaly_5m` whose cells end inside the window."""
    connection.execute(
        f"delete from lake.{ANOMALY.name} where cell_end_at > ? and cell_end_at <= ?",
        [window.start_at, window.end_at],
    )
    insert_rows(connection, ANOMALY.name, rows)


def _closing(connection: DuckDBPyConnection, day: date, window: Window) -> FeatureRows:
    midnight = datetime.combine(day, time.min)
    today = read_feature_rows(connection, midnight, midnight + ONE_DAY)
    ends = today.starts + FIVE_MINUTES
    return today.where(
        (ends > np.datetime64(window.start_at)) & (ends <= np.datetime64(window.end_at))
    )


def _scored(today: FeatureRows, models: DayModels, policy: TrainingPolicy) -> list[Row]:
    """A row a window: by its symbol's own model, else by the pooled one, else the reason."""
    own = models.own.state["scales"] if models.own is not None else {}
    is_own = np.isin(today.symbols, list(own))
    results: dict[int, Row] = {}
    for card, chosen, windows in (
        (models.own, is_own, today),
        (models.pooled, ~is_own, pooled(today)),
    ):
        if card is not None and chosen.any():
            results |= _results(card, np.flatnonzero(chosen), windows)
    rows: list[Row] = []
    for number, symbol in enumerate(today.symbols.tolist()):
        start_at: datetime = today.starts[number].item()
        venue, _, name = symbol.partition(" ")
        result = results.get(number) or _unscored(models.reasons, symbol, policy)
        rows.append(
            {
                "venue": venue,
                "symbol": name,
                **result,
                "cell_start_at": start_at,
                "cell_end_at": (today.starts[number] + FIVE_MINUTES).item(),
                "trade_day": start_at.date(),
            }
        )
    return rows


def _results(card: ModelCard, places: NDArray[np.intp], windows: FeatureRows) -> dict[int, Row]:
    """By place, what a model says of windows that it knows the symbol of."""
    values = windows.values[places]
    scored = estimator_of(card).score(values, windows.symbols[places])
    results: dict[int, Row] = {}
    for number, place in enumerate(places.tolist()):
        has_score = not np.isnan(scored.scores[number])
        results[place] = {
            "model_id": card.model_id if has_score else None,
            "score": float(scored.scores[number]) if has_score else None,
            "p_value": float(scored.p_values[number]) if has_score else None,
            "contributions": _contributions(card.features, scored.contributions[number])
            if has_score
            else None,
            "is_pooled": bool(windows.symbols[place] == POOL) if has_score else None,
            "reason": None if has_score else _missing(card.features, values[number]),
        }
    return results


def _unscored(reasons: Mapping[str, str], symbol: str, policy: TrainingPolicy) -> Row:
    reason = reasons.get(symbol, insufficient_days(0, policy))
    if POOL in reasons:
        reason += f", and {reasons[POOL]}"
    nothing = ("model_id", "score", "p_value", "contributions", "is_pooled")
    return dict.fromkeys(nothing) | {"reason": reason}


def _missing(features: Sequence[str], values: Floats) -> str:
    names = [name for name, value in zip(features, values, strict=True) if np.isnan(value)]
    return f"features missing: {', '.join(names)}"


def _contributions(features: Sequence[str], parts: Floats) -> str:
    named = {
        name: float(f"{part:.{CONTRIBUTION_DIGITS}g}")
        for name, part in zip(features, parts.tolist(), strict=True)
        # a feature that is missing took no part
        if part != 0
    }
    return json.dumps(named)
