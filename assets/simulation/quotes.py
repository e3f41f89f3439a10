"""Resting orders without a fill, as columns: quotes that were placed and cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from assets.simulation.orders import EVENTS

COLUMN_TYPES = ("i8", "i8", "i1", "f8", "i8", "i4", "u1")


@dataclass(frozen=True)
class Quotes:
    """Resting orders of one symbol, one row each, from `at_ms` to `until_ms`.

    `side` is 1 for a bid and -1 for an ask, `distance` its distance from the middle price, as a log
    difference, and `event` its purpose (a row of EVENTS).
    """

    at_ms: np.ndarray
    until_ms: np.ndarray
    side: np.ndarray
    distance: np.ndarray
    lots: np.ndarray
    account: np.ndarray
    event: np.ndarray

    @classmethod
    def of(
        cls,
        at_ms: np.ndarray,
        until_ms: np.ndarray,
        side: np.ndarray | int,
        distance: np.ndarray | float,
        lots: np.ndarray,
        account: np.ndarray | int,
        event: str = "TRADE",
    ) -> Self:
        """Quotes; scalars count for every row, and each rests for a millisecond at least."""
        columns = (at_ms, np.maximum(until_ms, at_ms + 1), side, distance, np.maximum(lots, 1),
                   account, EVENTS.index(event))  # fmt: skip
        return cls(
            *(
                np.broadcast_to(column, len(at_ms)).astype(kind)
                for column, kind in zip(columns, COLUMN_TYPES, strict=True)
            )
        )

    @classmethod
    def together(cls, parts: Sequence["Quotes"]) -> Self:
        """All rows of all parts, part by part."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts]).astype(kind)
                for field, kind in zip(fields(cls), COLUMN_TYPES, strict=True)
            )
        )

    def __len__(self) -> int:
        return len(self.at_ms)


_none = np.zeros(0, np.int64)
NO_QUOTES = Quotes.of(_none, _none, _none, _none, _none, _none)
