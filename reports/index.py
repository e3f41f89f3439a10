"""The index of all days: one row a day, newest first, with its trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from reports.alerts import SEVERITIES
from reports.documents import render_document
from reports.queries import rows


@dataclass(frozen=True)
class DayRow:
    """A day's figures; None where the lake has no row of it any more."""

    day: date
    incidents: dict[str, int]
    """By severity, the gravest first; without those that have none."""
    alerts: int
    by_chance: float | None
    trades: int
    symbols: int

    @property
    def incident_count(self) -> int:
        return sum(self.incidents.values())


@dataclass(frozen=True)
class Summary:
    """Another document over several days: its address and its title."""

    address: str
    title: str


def render_index(
    connection: DuckDBPyConnection,
    days: Sequence[date],
    summaries: Sequence[Summary] = (),
    detectors: str = "",
) -> str:
    """Render the index of the days that have a report.

    `detectors` is the address of the detectors' page.
    """
    found = day_rows(connection, days)
    return render_document(
        "index.html.j2",
        days=list(reversed(found)),
        severities=SEVERITIES,
        most=most_of(found),
        folder="daily/",
        summaries=summaries,
        detectors=detectors,
    )


def most_of(found: Sequence[DayRow]) -> dict[str, int]:
    """The largest of each figure, which fills its bar."""
    return {
        "incidents": max((one.incident_count for one in found), default=0),
        "alerts": max((one.alerts for one in found), default=0),
        "trades": max((one.trades for one in found), default=0),
    }


def day_rows(connection: DuckDBPyConnection, days: Sequence[date]) -> list[DayRow]:
    """The figures of some days, in order."""
    if not days:
        return []
    found = rows(
        connection,
        """
        with days as (select unnest($days::date[]) as trade_day),
        incidents as (
            select trade_day, severity, count(*) as incident_count
            from lake.alerts.incidents
            where status <> 'superseded' and trade_day between $first and $last
            group by all
        ),
        alerts as (
            select trade_day, count(*) as alert_count
            from lake.alerts.alerts
            where status <> 'superseded' and trade_day between $first and $last
            group by all
        ),
        runs as (
            select trade_day, sum(expected_false_alerts) as by_chance
            from lake.ops.detector_runs
            where outcome <> 'failed' and trade_day between $first and $last
            group by all
        ),
        traded as (
            select
                trade_day, sum(trade_count)::bigint as trade_count, count(*) as symbol_count
            from lake.marts.symbol_days
            where trade_day between $first and $last
            group by all
        )
        select
            days.trade_day,
            coalesce(list((severity, incident_count)) filter (where severity is not null), [])
                as incidents,
            coalesce(any_value(alert_count), 0) as alert_count,
            any_value(by_chance) as by_chance,
            coalesce(any_value(trade_count), 0) as trade_count,
            coalesce(any_value(symbol_count), 0) as symbol_count
        from days
        left join incidents using (trade_day)
        left join alerts using (trade_day)
        left join runs using (trade_day)
        left join traded using (trade_day)
        group by days.trade_day
        order by days.trade_day
        """,
        {"days": list(days), "first": min(days), "last": max(days)},
    )
    return [
        DayRow(
            day=row["trade_day"],
            incidents=_by_severity(row["incidents"]),
            alerts=row["alert_count"],
            by_chance=row["by_chance"],
            trades=row["trade_count"],
            symbols=row["symbol_count"],
        )
        for row in found
    ]


def _by_severity(found: Sequence[tuple[str, int]]) -> dict[str, int]:
    counted = dict(found)
    order = [*reversed(SEVERITIES), *sorted(set(counted) - set(SEVERITIES))]
    return {name: counted[name] for name in order if name in counted}
