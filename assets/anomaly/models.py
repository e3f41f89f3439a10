"""The models of market anomalies of a day: trained from the days before it, stored as documents.

A symbol is judged by its own past; one whose past is too short by the pooled model of all symbols.
The models of a day are pure functions of the features of the 14 days before it. Nothing of the day
itself, no label and no alert takes part, so it does not matter in which order days run.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from assets.anomaly.pooling import pooled_set_of
from assets.anomaly.training import (
    NAME,
    TrainingPolicy,
    TrainingSet,
    past_of,
    provenance,
    train,
    training_set_of,
)
from assets.lake.objects.object_store import ObjectStore
from ml.registry import ModelCard


@dataclass(frozen=True)
class DayModels:
    """The models of a day: that of symbols with a past of their own, and the pooled one.

    Either is None where too little came before the day, or nobody needs it; `reasons` say by symbol
    why it has no model of its own, and under `POOL` why there is no pooled one.
    """

    own: ModelCard | None
    pooled: ModelCard | None
    reasons: Mapping[str, str]


def models_of(
    connection: DuckDBPyConnection,
    day: date,
    symbols: NDArray[np.str_],
    objects: ObjectStore,
    policy: TrainingPolicy,
) -> DayModels:
    """The models that judge these symbols on a day; a stored one is read, not trained again."""
    past = past_of(connection, day, policy)
    own_set = training_set_of(past, day, policy)
    own = _stored_or_trained(own_set, objects, policy) if len(own_set.fitted.symbols) else None
    known = own.state["scales"] if own is not None else {}
    if all(symbol in known for symbol in symbols.tolist()):
        return DayModels(own, None, own_set.reasons)
    pooled_set = pooled_set_of(past, day, policy)
    card = None if pooled_set.reasons else _stored_or_trained(pooled_set, objects, policy)
    return DayModels(own, card, {**own_set.reasons, **pooled_set.reasons})


def _stored_or_trained(
    training_set: TrainingSet, objects: ObjectStore, policy: TrainingPolicy
) -> ModelCard:
    """The model of a provenance."""
    pointer = f"models/{NAME}/recipes/{_digest(provenance(training_set, policy))}"
    if objects.exists(pointer):
        return load(objects, objects.read(pointer).decode())
    card = train(training_set, policy)
    save(objects, card)
    _put(objects, pointer, card.model_id.encode())
    return card


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
