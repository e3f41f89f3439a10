"""What is known of an account, for its page and for programs, read from the lake."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from assets.alerts.reading import Wanted
from assets.cases.involved import incidents_of_accounts
from assets.cases.reading import STATES, worked_queue
from assets.subjects.accounts import (
    DAYS,
    Account,
    account_counterparties,
    account_days,
    account_facts,
    account_symbols,
    last_day,
)
from orchestration.api.problems import Refusal
from orchestration.api.shared_lake import SharedLake
from reports.day_strip import DayTraded

Row = dict[str, Any]


def account_view(lake: SharedLake, account: Account) -> Row:
    """Its facts, symbols, counterparties, days and incidents of the last days of the lake.

    A Refusal where it never traded.
    """
    with lake.connect() as connection:
        facts = account_facts(connection, account)
        until = last_day(connection)
        if facts is None or until is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                f"no trade names an account {account.account_id!r} at venue {account.venue!r}: "
                "/accounts and the desk's search list accounts",
            )
        symbols = account_symbols(connection, account, until)
        counterparties = account_counterparties(connection, account, until)
        days: list[DayTraded] = account_days(connection, account, until)
    worked = worked_queue(
        lake.recent(), Wanted(*_bounds(until)), sort="time", states=STATES
    ).incidents
    own = [one for one in worked if account.venue in one.incident["venues"]]
    involved = incidents_of_accounts(lake, own, [account.account_id])
    return {
        "facts": facts,
        "until": until,
        "symbols": symbols,
        "counterparties": counterparties,
        "days": days,
        "involved": involved,
    }


def _bounds(until: date) -> tuple[datetime, datetime]:
    end = datetime.combine(until, time()) + timedelta(days=1)
    return end - timedelta(days=DAYS), end
