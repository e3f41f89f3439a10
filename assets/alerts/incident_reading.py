"""Incidents as a person or a program asks for them: the queue, ranked, and one with its alerts."""

import json
from dataclasses import dataclass
from math import ceil
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.reading import AlertIdError, Rows, Wanted, alerts_with_ids, ambiguous
from assets.alerts.severity import ORDER
from assets.alerts.tables import INCIDENTS
from assets.lake.lake import Lake
from assets.lake.tables import refuse_other_versions
from reports.queries import rows

# What an analyst reads in a day: 20 incidents for 100 symbols, and some of few symbols.
BUDGET_PER_SYMBOL_DAY = 0.2
LEAST = 10
RANKED = (
    f"list_position({list(ORDER)}, severity) desc, is_confirmed desc, score desc, "
    "window_start_at, incident_id"
)
"""The gravest first; of equals the confirmed ones, then the highest score, then the earliest."""
SORTS = {"rank": RANKED, "time": f"window_start_at desc, {RANKED}"}
LISTS = ("venues", "symbols", "accounts", "detectors", "alert_ids")


@dataclass(frozen=True)
class Queue:
    """The incidents that were asked for, in order, and how many of them the budget shows."""

    incidents: Rows
    budget: int


def shown_first(symbol_days: int) -> int:
    """How many incidents of so many symbol-days are shown first; the others follow on request."""
    return max(LEAST, ceil(BUDGET_PER_SYMBOL_DAY * symbol_days))


def queue(lake: Lake, wanted: Wanted, sort: str = "rank") -> Queue:
    """The incidents that are wanted, in an order of `SORTS`.

    A venue, symbol, account or detector matches where one of the incident's alerts has it.
    """
    condition, values = _condition(wanted)
    with lake.connect() as connection:
        refuse_other_versions(connection, [INCIDENTS])
        found = rows(
            connection,
            f"from lake.{INCIDENTS.name} where {condition} order by {SORTS[sort]}",
            values,
        )
        days = sorted({row["trade_day"] for row in found})
        symbol_days = connection.execute(
            "select count(distinct (venue, symbol, trade_day)) from lake.ops.detector_runs "
            "where trade_day between ? and ?",
            [days[0], days[-1]] if days else [None, None],
        ).fetchall()[0][0]
    return Queue([parsed(row) for row in found], shown_first(symbol_days))


def alerts_of_incident(lake: Lake, incident: dict[str, Any]) -> Rows:
    """The alerts of an incident, by time."""
    with lake.connect() as connection:
        return alerts_with_ids(connection, incident["alert_ids"])


def incident_named(lake: Lake, incident_id: str) -> dict[str, Any] | None:
    """The incident whose id begins so; None if there is none, AlertIdError if more than one."""
    if not incident_id.strip():
        return None
    with lake.connect() as connection:
        if INCIDENTS.name not in refuse_other_versions(connection, [INCIDENTS]):
            return None
        found = rows(
            connection,
            f"from lake.{INCIDENTS.name} where starts_with(incident_id, ?) order by incident_id",
            [incident_id],
        )
    if len(found) > 1:
        raise AlertIdError(ambiguous(incident_id, [one["incident_id"] for one in found]))
    return parsed(found[0]) if found else None


def incidents_beginning(connection: DuckDBPyConnection, text: str) -> Rows:
    """The incidents whose ids begin so, at most 20."""
    found = rows(
        connection,
        f"from lake.{INCIDENTS.name} where starts_with(incident_id, ?) "
        "order by incident_id limit 20",
        [text],
    )
    return [parsed(one) for one in found]


def incident_of_alert(connection: DuckDBPyConnection, alert_id: str) -> str | None:
    """The id of the incident that has an alert, by its whole id; None where none has it."""
    found = connection.execute(
        f"select incident_id from lake.{INCIDENTS.name} "
        "where list_contains(from_json(alert_ids, '[\"varchar\"]'), ?) "
        "order by status = 'superseded', incident_id limit 1",
        [alert_id],
    ).fetchall()
    return found[0][0] if found else None


def parsed(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its lists as lists."""
    return row | {name: json.loads(row[name]) for name in LISTS}


def _condition(wanted: Wanted) -> tuple[str, list[Any]]:
    """A condition over `alerts.incidents`, and the values of its question marks."""
    own = {name: wanted.words.get(name, ()) for name in ("severity", "status", "typology")}
    condition, values = Wanted(wanted.since, wanted.until, own).condition()
    parts = [condition]
    for name, column in (
        *(("venue", "venues"), ("symbol", "symbols"), ("account", "accounts")),
        ("detector", "detectors"),
    ):
        if words := wanted.words.get(name):
            parts.append(
                f"list_has_any(from_json(lower({column}), '[\"varchar\"]'), "
                "list_transform(?, lambda word: lower(word)))"
            )
            values.append(list(words))
    return " and ".join(parts), values
