"""What is known of an account, for its page and for programs, read from the lake."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from duckdb import DuckDBPyConnection

from assets.cases.involved import involved_in, shares_of_accounts
from assets.cases.reading import WorkedIncident, between
from assets.subjects.accounts import (
    DAYS,
    Account,
    account_counterparties,
    account_days,
    account_facts,
    account_symbols,
    last_day,
)
from orchestration.api.problems import Refusal, silent_lake
from orchestration.api.recent import Recent
from orchestration.api.shared_lake import SharedLake
from reports.day_strip import DayTraded

Row = dict[str, Any]


def account_view(lake: SharedLake, account: Account) -> Row:
    """Its facts, symbols, counterparties, days and incidents of the last days of the lake.

    A Refusal where it never traded.
    """
    recent, found = lake.once(
        ("account", account), lambda recent, connection: _read(recent, connection, account)
    )
    if found is None:
        raise silent_lake()
    own = _incidents(recent, account, found["until"])
    return found | {"involved": involved_in(own, found["shares"]), "recent": recent}


def _read(recent: Recent, connection: DuckDBPyConnection, account: Account) -> Row:
    facts = account_facts(connection, account)
    until = last_day(connection)
    if facts is None or until is None:
        raise Refusal(
            HTTPStatus.NOT_FOUND,
            f"no trade names an account {account.account_id!r} at venue {account.venue!r}: "
            "/accounts and the desk's search list accounts",
        )
    own = _incidents(recent, account, until)
    days: list[DayTraded] = account_days(connection, account, until)
    return {
        "facts": facts,
        "until": until,
        "symbols": account_symbols(connection, account, until),
        "counterparties": account_counterparties(connection, account, until),
        "days": days,
        "shares": shares_of_accounts(connection, own, [account.account_id]),
    }


def _incidents(recent: Recent, account: Account, until: date) -> list[WorkedIncident]:
    of_days = between(recent.every_incident().incidents, *_bounds(until))
    return [one for one in of_days if account.venue in one.incident["venues"]]


def _bounds(until: date) -> tuple[datetime, datetime]:
    end = datetime.combine(until, time()) + timedelta(days=1)
    return end - timedelta(days=DAYS), end
