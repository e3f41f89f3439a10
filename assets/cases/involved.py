"""The incidents that accounts are part of: an alert names one, or its trades are largely theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.alerts.involvement import shares_behind
from assets.alerts.parties import SHARE
from assets.alerts.reading import alerts_with_ids
from assets.cases.reading import WorkedIncident
from assets.lake.lake import Lake


@dataclass(frozen=True)
class Involved:
    """An incident, whether it names one of the accounts, and their share of its money."""

    worked: WorkedIncident
    is_named: bool
    share: float | None
    """Of the money behind its lead alert, 0 to 1; None where an alert names one of them."""


def incidents_of_accounts(
    lake: Lake, incidents: Sequence[WorkedIncident], accounts: Sequence[str]
) -> list[Involved]:
    """Those of the incidents that the accounts are part of, in order.

    Of incidents that name none of the accounts the first are looked into; they count where the
    accounts have at least `SHARE` of the money.
    """
    named = [one for one in incidents if not set(accounts).isdisjoint(one.incident["accounts"])]
    names = {one.incident["incident_id"] for one in named}
    leads = [
        one.incident["lead_alert_id"]
        for one in incidents
        if one.incident["incident_id"] not in names
    ]
    with lake.connect() as connection:
        by_id = {one["alert_id"]: one for one in alerts_with_ids(connection, leads)}
        shares = shares_behind(connection, [by_id[one] for one in leads if one in by_id], accounts)
    return [
        Involved(one, is_named, share)
        for one in incidents
        for is_named in [one.incident["incident_id"] in names]
        for share in [None if is_named else shares.get(one.incident["lead_alert_id"], 0.0)]
        if share is None or share >= SHARE
    ]
