"""Orders that take liquidity, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

EVENTS = (
    *("TRADE", "PUMP", "DUMP", "WASH", "FLASH_CRASH", "VOLUME_BURST", "LARGE_ORDER"),
    *("SPOOF", "LAYER", "STUFF", "RAMP", "MARK", "IGNITE", "FRONT_RUN", "PRICE_SPIKE"),
    *("RING", "GROW", "INSIDER"),
)
# abuses that others may overlap in time: their trades are known by the event alone
OVERLAPPED = ("RING", "INSIDER")
ORDINARY = EVENTS.index("TRADE")
BUY, SELL = 1, -1
AS_BOOK_DECIDES = 0
ANYBODY = -1


@dataclass(frozen=True)
class Orders:
    """Marketable orders of one symbol, one row each.

    Times are milliseconds since the simulation's first midnight. `priced_at_ms` is the time whose
    middle price applies (a prearranged pair shares one) and `crosses` whether the order pays half
    the spread. `fills` is the number of its trades and `slip` the log distance from its first to
    its last price; at 0 the book decides both. `maker` is the account that it trades with, if that
    was prearranged.
    """

    at_ms: np.ndarray
    priced_at_ms: np.ndarray
    side: np.ndarray
    lots: np.ndarray
    account: np.ndarray
    event: np.ndarray
    fills: np.ndarray
    slip: np.ndarray
    crosses: np.ndarray
    maker: np.ndarray

    @classmethod
    def of(
        cls,
        at_ms: np.ndarray,
        side: np.ndarray | int,
        lots: np.ndarray,
        account: np.ndarray,
        *,
        event: str | np.ndarray = "TRADE",
        priced_at_ms: np.ndarray | None = None,
        fills: np.ndarray | int = AS_BOOK_DECIDES,
        slip: np.ndarray | float = 0.0,
        crosses: bool = True,
        maker: np.ndarray | int = ANYBODY,
    ) -> Self:
        """Orders in the order of time; scalars count for every row."""
        code = EVENTS.index(event) if isinstance(event, str) else event
        columns = (at_ms, at_ms if priced_at_ms is None else priced_at_ms,
                   side, np.maximum(lots, 1), account, code, fills, slip, crosses,
                   maker)  # fmt: skip
        rows = np.argsort(at_ms, kind="stable")
        return cls(
            *(
                np.broadcast_to(column, len(at_ms)).astype(kind)[rows]
                for column, kind in zip(columns, COLUMN_TYPES, strict=True)
            )
        )

    def take(self, rows: np.ndarray) -> Self:
        """The orders at these rows, in the order of the rows."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def together(cls, parts: Sequence["Orders"]) -> Self:
        """All rows of all parts by time; at equal times in the order of the parts."""
        joined = [
            np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)
        ]
        rows = np.argsort(joined[0], kind="stable")
        return cls(*(column[rows] for column in joined))

    def __len__(self) -> int:
        return len(self.at_ms)


COLUMN_TYPES = ("i8", "i8", "i1", "i8", "i4", "u1", "i4", "f8", "?", "i4")
NO_ORDERS = Orders.of(np.zeros(0, np.int64), BUY, np.zeros(0), np.zeros(0, np.int64))
