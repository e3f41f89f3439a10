"""A model as a document: its inputs, its learnt parameters, and the digest that names it.

Numbers in JSON, never a pickle: loading one runs no code. The name is the hash of the document's
bytes, so a changed parameter, library, data window or learnt number is another model.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self


class ModelError(Exception):
    """The content of the stored model does not match its digest."""


@dataclass(frozen=True)
class ModelCard:
    """The complete description of one trained model.

    Parameters
    ----------
    data_window
        `start_at`, `calibrate_from` and `end_at`, ISO times in UTC: learnt from the first to the
        second, calibrated from the second to the third, both ends outside.
    data_digest
        Hash of the training windows themselves.
    metrics
        Measured while training: windows used and left out, recall of planted windows.
    state
        The estimator's learnt parameters.
    """

    name: str
    version: int
    features: tuple[str, ...]
    parameters: Mapping[str, Any]
    data_window: Mapping[str, str]
    data_digest: str
    libraries: Mapping[str, str]
    metrics: Mapping[str, Any]
    state: Mapping[str, Any]

    @cached_property
    def model_id(self) -> str:
        """The digest: SHA-256 of the document, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Write the document, the same bytes for the same model."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, document: bytes, model_id: str) -> Self:
        """Read a document; raise ModelError unless its digest is the model's id."""
        if (found := hashlib.sha256(document).hexdigest()) != model_id:
            raise ModelError(
                f"model {model_id[:12]} was changed after it was saved: its content has the digest "
                f"{found[:12]}; remove it and score the day again"
            )
        content = json.loads(document)
        return cls(**content | {"features": tuple(content["features"])})
