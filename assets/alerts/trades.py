"""The trades behind an alert, read by a bound query from what its evidence selects."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from duckdb import DuckDBPyConnection

from assets.detection.evidence import Selection
from reports.queries import Row, rows

IN_ORDER = "traded_at, sequence, trade_id"
LARGEST_FIRST = "notional desc, traded_at, trade_id"
TRADES = "lake.core.trades"
LISTED = """
    venue, symbol, trade_id, traded_at, trade_day, aggressor_side, price_double as price,
    quantity_double as quantity, notional::double as notional, buyer_account_id, seller_account_id
"""
"""Columns of a trade in a list."""


@dataclass(frozen=True)
class Condition:
    """A condition over `core.trades`, with the values of its question marks."""

    sql: str
    values: list[Any]

    def named(self, prefix: str) -> str:
        """The condition with a name for each question mark, for a query whose values have names."""
        names = count()
        return re.sub(r"\?", lambda _: f"${prefix}_{next(names)}", self.sql)

    def values_named(self, prefix: str) -> dict[str, Any]:
        """The values by these names."""
        return {f"{prefix}_{place}": value for place, value in enumerate(self.values)}


def condition_of(alert: Mapping[str, Any]) -> Condition | None:
    """Which trades an alert's evidence selects; None where it selects none.

    `alert` has the columns of `alerts.alerts`. Of an account's alert the trades are those on either
    side of which the account is, where the evidence does not name the accounts itself.
    """
    selections = json.loads(alert["evidence"]).get("trades")
    if not selections:
        return None
    # as the detectors, which judge what the order book made
    parts, values = ["is_on_book"], []
    for name in ("venue", "symbol"):
        if alert[name]:
            parts.append(f"{name} = ?")
            values.append(alert[name])
    chosen = [_selected(one, alert["subject_kind"], alert["subject_id"]) for one in selections]
    parts.append("(" + " or ".join(f"({one.sql})" for one in chosen) + ")")
    values += [value for one in chosen for value in one.values]
    return Condition(" and ".join(parts), values)


def _selected(selection: Selection, subject_kind: str, subject_id: str) -> Condition:
    stretches = selection["stretches"]
    between = " or ".join(["traded_at >= ? and traded_at < ?"] * len(stretches))
    parts = [f"({between})"]
    values: list[Any] = [datetime.fromisoformat(end) for stretch in stretches for end in stretch]
    if subject_kind == "account" and "accounts" not in selection:
        parts.append("? in (buyer_account_id, seller_account_id)")
        values.append(subject_id)
    if "counterparty" in selection:
        # which holds for an account that traded with itself too
        pair = "(buyer_account_id = ? and seller_account_id = ?)"
        parts.append(f"({pair} or {pair})")
        values += [subject_id, selection["counterparty"], selection["counterparty"], subject_id]
    if "side" in selection:
        parts.append("coalesce(aggressor_side, 'unknown') = ?")
        values.append(selection["side"])
    if "quantities" in selection:
        parts.append("quantity_double in (select unnest(?::double[]))")
        values.append(selection["quantities"])
    if "accounts" in selection:
        parts += [
            f"{side}_account_id in (select unnest(?::varchar[]))" for side in ("buyer", "seller")
        ]
        parts.append("buyer_account_id <> seller_account_id")
        values += [selection["accounts"]] * 2
    if "least_quantity" in selection:
        parts.append("quantity_double >= ?")
        values.append(selection["least_quantity"])
    return Condition(" and ".join(parts), values)


def count_trades(connection: DuckDBPyConnection, condition: Condition) -> int:
    """How many trades of the lake meet the condition."""
    counted = f"select count(*) from lake.core.trades where {condition.sql}"
    return connection.execute(counted, condition.values).fetchall()[0][0]


def read_trades(
    connection: DuckDBPyConnection,
    condition: Condition,
    *,
    columns: str = "*",
    order: str = IN_ORDER,
    limit: int | None = None,
    trades: str = TRADES,
) -> list[Row]:
    """The trades that meet the condition, as rows of `core.trades`; `trades` is that or a copy."""
    limited = "" if limit is None else f" limit {limit:d}"
    return rows(
        connection,
        f"select {columns} from {trades} where {condition.sql} order by {order}{limited}",
        condition.values,
    )
