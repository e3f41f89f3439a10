"""Rules of the systems that this one replaces, to see what changes for their users.

A rule is SQL over accepted trades with the numbers of the original, its faults included. The
systems' models are no rules, and are not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from duckdb import DuckDBPyConnection

# alarms of one rule and subject that are closer than this are one episode
TOGETHER = timedelta(minutes=30)


# every side of a trade that names its account, as one trade of that account
ACCOUNT_TRADES = """
    account_trades as (
        select
            venue, symbol, account_id, side, quantity_double as quantity,
            notional::double as notional, price, traded_at,
            row_number() over (partition by account_id order by traded_at, sequence, trade_id, side)
                as place,
        from (
            select * exclude (account_id), buyer_account_id as account_id, 'BUY' as side
            from lake.core.trades
            union all
            select * exclude (account_id), seller_account_id, 'SELL' from lake.core.trades
        )
        where account_id is not null
    )
"""
# detectors that answer here for a rule on wash trades
WASH = ("round_trip", "self_trade", "wash_trading", "wash_ring", "pre_arranged_pair")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of another system.

    Parameters
    ----------
    ours
        The detectors that answer for it here.
    meaning
        When it fires, in words.
    query
        SQL of its alarms: venue, symbol, account_id (null: the market), start_at, end_at, and
        first_place, last_place (null: all count), of which alarms of one account must not overlap.
    """

    system: str
    name: str
    ours: tuple[str, ...]
    meaning: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm of a rule, or several of one subject that are together."""

    venue: str
    symbol: str
    account_id: str | None
    start_at: datetime
    end_at: datetime


def alarms_of(connection: DuckDBPyConnection, rule: Rule) -> list[Alarm]:
    """A rule's alarms over the lake's accepted trades, as its system would count them."""
    found = connection.execute(
        "select venue, symbol, account_id, start_at, end_at, first_place, last_place "
        f"from ({rule.query}) order by account_id, last_place, start_at, end_at, venue, symbol"
    ).fetchall()
    alarms: list[Alarm] = []
    account, used = None, 0
    for venue, symbol, account_id, start_at, end_at, first_place, last_place in found:
        if first_place is not None:
            # what one alarm has used, no other begins with
            if account_id == account and first_place <= used:
                continue
            account, used = account_id, last_place
        alarms.append(
            Alarm(
                venue=venue, symbol=symbol, account_id=account_id, start_at=start_at, end_at=end_at
            )
        )
    return alarms


def episodes_of(alarms: list[Alarm]) -> list[Alarm]:
    """Alarms of one market or account that are together, as one."""

    def subject(alarm: Alarm) -> tuple[str, str, str]:
        return alarm.venue, alarm.symbol, alarm.account_id or ""

    ordered = sorted(alarms, key=lambda alarm: (subject(alarm), alarm.start_at, alarm.end_at))
    return [one for _, own in groupby(ordered, subject) for one in _joined(own)]


def _joined(alarms: Iterator[Alarm]) -> Iterator[Alarm]:
    joined = next(alarms)
    for alarm in alarms:
        if alarm.start_at - joined.end_at <= TOGETHER:
            joined = replace(joined, end_at=max(joined.end_at, alarm.end_at))
        else:
            yield joined
            joined = alarm
    yield joined
