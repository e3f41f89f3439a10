"""The model of market anomalies: trained for each day, stored as a document, scores the day.

The model of a day is a pure function of the features of the 14 days before it. Nothing of the day
itself, no label and no alert takes part, so it does not matter in which order days run.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from assets.anomaly.features import FEATURE_NAMES
from assets.anomaly.tables import ANOMALY
from assets.anomaly.training import (
    NAME,
    FeatureRows,
    TrainingPolicy,
    estimator_of,
    insufficient_days,
    provenance,
    read_feature_rows,
    train,
    training_set_of,
)
from assets.lake.insert import insert_rows
from assets.lake.objects.object_store import ObjectStore
from assets.market.window import ONE_DAY, Window
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
    """Score every cell that ends inside the window by its day's model, or give the reason why not.

    `connection` holds `lake.features.anomaly_inputs_5m` and is only read; `objects` gains the
    models that it did not hold yet.
    """
    policy = policy or TrainingPolicy()
    rows: list[Row] = []
    for day in window.days:
        today = _closing(connection, day, window)
        if len(today.symbols):
            card, reasons = model_of(connection, day, objects, policy)
            rows += _scored(today, card, reasons, policy)
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


def model_of(
    connection: DuckDBPyConnection, day: date, objects: ObjectStore, policy: TrainingPolicy
) -> tuple[ModelCard | None, Mapping[str, str]]:
    """The model of a day, None if no symbol has past enough, and by symbol why it has not.

    A stored model of the same provenance is read, not trained again.
    """
    training_set = training_set_of(connection, day, policy)
    if not len(training_set.fitted.symbols):
        return None, training_set.reasons
    pointer = f"models/{NAME}/recipes/{_digest(provenance(training_set, policy))}"
    if objects.exists(pointer):
        return load(objects, objects.read(pointer).decode()), training_set.reasons
    card = train(training_set, policy)
    save(objects, card)
    _put(objects, pointer, card.model_id.encode())
    return card, training_set.reasons


def save(objects: ObjectStore, card: ModelCard) -> str:
    """Store the model under its digest, which is its id."""
    _put(objects, _key(card.model_id), card.to_bytes())
    return card.model_id


def load(objects: ObjectStore, model_id: str) -> ModelCard:
    """Read a stored model; raise ModelError unless its content has the digest that names it."""
    return ModelCard.from_bytes(objects.read(_key(model_id)), model_id)


def _key(model_id: str) -> str:
    return f"models/{NAME}/{model_id}.json"


def _put(objects: ObjectStore, key: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        objects.put_new(key, path)


def _digest(made_of: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _closing(connection: DuckDBPyConnection, day: date, window: Window) -> FeatureRows:
    midnight = datetime.combine(day, time.min)
    today = read_feature_rows(connection, midnight, midnight + ONE_DAY)
    ends = today.starts + FIVE_MINUTES
    return today.where(
        (ends > np.datetime64(window.start_at)) & (ends <= np.datetime64(window.end_at))
    )


def _scored(
    today: FeatureRows, card: ModelCard | None, reasons: Mapping[str, str], policy: TrainingPolicy
) -> list[Row]:
    if card is None:
        blank = np.full(len(today.symbols), np.nan)
        scores, p_values, parts = blank, blank, np.full_like(today.values, np.nan)
    else:
        scored = estimator_of(card).score(today.values, today.symbols)
        scores, p_values, parts = scored.scores, scored.p_values, scored.contributions
    rows: list[Row] = []
    for number, symbol in enumerate(today.symbols.tolist()):
        has_score = not np.isnan(scores[number])
        reason = None if has_score else reasons.get(symbol)
        if not has_score and reason is None:
            known = card is not None and symbol in card.state["scales"]
            reason = _missing(today.values[number]) if known else insufficient_days(0, policy)
        start_at: datetime = today.starts[number].item()
        venue, _, name = symbol.partition(" ")
        rows.append(
            {
                "venue": venue,
                "symbol": name,
                "model_id": card.model_id if card is not None and has_score else None,
                "score": float(scores[number]) if has_score else None,
                "p_value": float(p_values[number]) if has_score else None,
                "contributions": _contributions(parts[number]) if has_score else None,
                "reason": reason,
                "cell_start_at": start_at,
                "cell_end_at": (today.starts[number] + FIVE_MINUTES).item(),
                "trade_day": start_at.date(),
            }
        )
    return rows


def _missing(values: np.ndarray) -> str:
    names = [name for name, value in zip(FEATURE_NAMES, values, strict=True) if np.isnan(value)]
    return f"features missing: {', '.join(names)}"


def _contributions(parts: np.ndarray) -> str:
    named = {
        name: float(f"{part:.{CONTRIBUTION_DIGITS}g}")
        for name, part in zip(FEATURE_NAMES, parts.tolist(), strict=True)
        # a feature that is missing took no part
        if part != 0
    }
    return json.dumps(named)
