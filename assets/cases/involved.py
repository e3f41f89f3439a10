"""The incidents that accounts are part of: an alert names one, or its trades are largely theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.alerts.involvement import shares_behind
from assets.alerts.parties import SHARE
from assets.alerts.reading import alerts_with_ids
from assets.cases.reading import WorkedIncident

Shares = Mapping[str, float | None]
"""By incident: the accounts' share of the money behind its lead alert, 0 to 1; None where an alert
names one of them. Incidents that they are no part of are absent."""


@dataclass(frozen=True)
class Involved:
    """An incident, whether it names one of the accounts, and their share of its money."""

    worked: WorkedIncident
    is_named: bool
    share: float | None
    """Of the money behind its lead alert, 0 to 1; None where an alert names one of them."""


def shares_of_accounts(
    connection: DuckDBPyConnection, incidents: Sequence[WorkedIncident], accounts: Sequence[str]
) -> Shares:
    """Which of the incidents the accounts are part of.

    Of incidents that name none of the accounts the first are looked into; they count where the
    accounts have at least `SHARE` of the money.
    """
    rows = [one.incident for one in incidents]
    found: dict[str, float | None] = {
        row["incident_id"]: None for row in rows if not set(accounts).isdisjoint(row["accounts"])
    }
    leads = {
        row["lead_alert_id"]: row["incident_id"] for row in rows if row["incident_id"] not in found
    }
    by_id = {one["alert_id"]: one for one in alerts_with_ids(connection, list(leads))}
    shares = shares_behind(connection, [by_id[one] for one in leads if one in by_id], accounts)
    return found | {leads[one]: share for one, share in shares.items() if share >= SHARE}


def involved_in(incidents: Sequence[WorkedIncident], shares: Shares) -> list[Involved]:
    """Those of the incidents that have a share, in order."""
    return [
        Involved(one, shares[name] is None, shares[name])
        for one in incidents
        for name in [one.incident["incident_id"]]
        if name in shares
    ]
