"""What a case rests on, read in one snapshot: its incidents, alerts, hits, trades and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from assets.alerts.episodes import CONFIRMED_WITHIN
from assets.alerts.incident_minutes import incident_minutes
from assets.alerts.incident_reading import parsed
from assets.alerts.minutes import span_about
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.alerts.trades import IN_ORDER, TRADES, condition_of
from assets.cases.decision import Decision
from assets.cases.state import IncidentState, decisions_by_alert, state_of
from assets.detection.tables import HITS
from reports.minute_chart import Minutes
from reports.queries import rows

LANES = 4
ACCOUNTS = """
with once as (
    select distinct a.incident_id, t.* exclude (alert_id)
    from trades as t
    inner join (
        select incident_id, unnest(from_json(alert_ids, '["varchar"]')) as alert_id from incidents
    ) as a using (alert_id)
),

sides as (
    select
        incident_id, venue, symbol, notional,
        unnest([buyer_account_id, seller_account_id]) as account_id,
        unnest([true, false]) as is_buy,
    from once
)

select
    incident_id, venue, symbol, account_id,
    count(*) as side_count,
    coalesce(sum(notional) filter (where is_buy), 0)::decimal(38, 12) as bought,
    coalesce(sum(notional) filter (where not is_buy), 0)::decimal(38, 12) as sold,
from sides
where account_id is not null
group by all
order by incident_id, venue, symbol, bought + sold desc, account_id
"""
"""Who is in the trades of each incident, each trade once; money in quote currency."""
Row = dict[str, Any]


@dataclass(frozen=True)
class CaseIncident:
    """One incident of a case: its row with lists as lists, its state, its alerts, its minutes."""

    incident: Row
    state: IncidentState
    alerts: Sequence[Row]
    """Columns of `alerts.alerts`, the lead first, then by time."""
    minutes: Minutes | None


@dataclass(frozen=True)
class Evidence:
    """What a case rests on."""

    incidents: Sequence[CaseIncident]
    tables: Mapping[str, pa.Table]
    """incidents, alerts, hits, trades (those of each alert, by its id) and accounts."""


def evidence_of(
    connection: DuckDBPyConnection, case_id: str, decisions: Sequence[Decision]
) -> Evidence:
    """The evidence of a case; `connection` has the lake attached at one snapshot."""
    by_alert = decisions_by_alert(decisions)
    current = rows(
        connection,
        f"from lake.{INCIDENTS.name} where status <> 'superseded' "
        "order by window_start_at, incident_id",
    )
    members = [
        (row, state)
        for row in map(parsed, current)
        if (state := state_of(row, by_alert)).case_id == case_id
    ]
    alert_ids = [one for row, _ in members for one in row["alert_ids"]]
    named = "where alert_id in (select unnest(?)) order by window_start_at, alert_id"
    alerts = rows(connection, f"from lake.{ALERTS.name} {named}", [alert_ids])
    tables = {
        "incidents": _arrow(
            connection,
            f"from lake.{INCIDENTS.name} where incident_id in (select unnest(?)) "
            "order by window_start_at, incident_id",
            [[row["incident_id"] for row, _ in members]],
        ),
        "alerts": _arrow(connection, f"from lake.{ALERTS.name} {named}", [alert_ids]),
        "hits": _hits(connection, alert_ids),
        "trades": _trades(connection, alerts),
    }
    tables["accounts"] = accounts_of(tables)
    by_id = {one["alert_id"]: one for one in alerts}
    return Evidence(
        [_case_incident(connection, row, state, by_id, tables) for row, state in members], tables
    )


def accounts_of(tables: Mapping[str, pa.Table]) -> pa.Table:
    """The accounts in the trades of each incident, by the tables `incidents` and `trades`."""
    with duckdb.connect() as connection:
        for name in ("incidents", "trades"):
            connection.register(name, tables[name])
        return connection.execute(ACCOUNTS).to_arrow_table()


def parquet(table: pa.Table) -> bytes:
    """A table as a Parquet file; equal tables give equal bytes."""
    file = BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def _arrow(connection: DuckDBPyConnection, sql: str, values: Sequence[Any]) -> pa.Table:
    return connection.execute(sql, values).to_arrow_table()


def _hits(connection: DuckDBPyConnection, alert_ids: Sequence[str]) -> pa.Table:
    """The hits that the alerts join, and those by which a confirmation may be another's."""
    return _arrow(
        connection,
        f"""
        select distinct h.*
        from lake.{HITS.name} as h
        inner join lake.{ALERTS.name} as a using (
            detector, detector_version, params_digest, subject_kind, subject_id, venue, symbol
        )
        where
            a.alert_id in (select unnest(?))
            and h.cell_start_at >= a.first_hit_start_at
            and h.cell_start_at <= a.window_end_at + ?
        order by all
        """,
        [list(alert_ids), CONFIRMED_WITHIN],
    )


def _trades(connection: DuckDBPyConnection, alerts: Sequence[Row]) -> pa.Table:
    parts = [_arrow(connection, f"select ''::varchar as alert_id, * from {TRADES} limit 0", [])]
    for alert in alerts:
        condition = condition_of(alert)
        if condition is not None:
            parts.append(
                _arrow(
                    connection,
                    f"select ?::varchar as alert_id, * from {TRADES} where {condition.sql} "
                    f"order by {IN_ORDER}",
                    [alert["alert_id"], *condition.values],
                )
            )
    return pa.concat_tables(parts)


def _case_incident(
    connection: DuckDBPyConnection,
    row: Row,
    state: IncidentState,
    by_id: Mapping[str, Row],
    tables: Mapping[str, pa.Table],
) -> CaseIncident:
    alerts = [by_id[one] for one in row["alert_ids"]]
    ordered = sorted(alerts, key=lambda one: one["alert_id"] != row["lead_alert_id"])
    accounts = [
        one["account_id"]
        for one in tables["accounts"].to_pylist()
        if one["incident_id"] == row["incident_id"]
    ]
    span = span_about(row["window_start_at"], row["window_end_at"])
    named = list(dict.fromkeys(accounts))[:LANES]
    minutes = incident_minutes(connection, ordered, named, span)
    return CaseIncident(row, state, ordered, minutes)
