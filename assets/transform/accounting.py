"""Where every landed row went: into core, dropped as a repeat, or quarantined."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from assets.transform.tables import INSTRUMENTS, LANDED_OBJECTS
from reports.numbers import amount, plural
from reports.off_book import by_condition, off_book_trades

REASONS = ("duplicate", "page_edge", "superseded", "no_trade")
# as int_trades_set_aside.sql says it
SAME_ID = "another trade with other fields has the same id"


def row_accounting(connection: DuckDBPyConnection, days: Sequence[date]) -> list[dict[str, Any]]:
    """Count by venue over some days; rows without a readable time count on any day."""
    dropped = ", ".join(
        f"count(*) filter (where outcome = '{reason}') as {reason}" for reason in REASONS
    )
    result = connection.execute(
        f"""
        with kept as (
            select venue, 'core' as outcome from lake.core.trades
            where list_contains($days, trade_day)
            union all
            select venue, if(reason = 'repeated_fills', 'duplicate', reason)
            from lake.ops.dropped_trades
            where list_contains($days, trade_day)
            union all
            select venue, 'quarantined' from lake.quarantine.trades
            where trade_day is null or list_contains($days, trade_day)
        ),

        counted as (
            select
                venue,
                count(*) filter (where outcome = 'core') as core,
                {dropped},
                count(*) filter (where outcome = 'quarantined') as quarantined,
            from kept
            group by venue
        ),

        landed as (
            -- the ledger has no venue of an object of unreadable messages alone
            select coalesce(venue, 'unknown') as venue, sum(row_count)::bigint as landed
            from lake.{LANDED_OBJECTS.name}
            where trade_day is null or list_contains($days, trade_day)
            group by all
        )

        select venue, landed, core, {", ".join(REASONS)}, quarantined
        from landed
        full join counted using (venue)
        order by venue
        """,
        {"days": list(days)},
    )
    names = [column[0] for column in result.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    for row in rows:
        parts = (row["core"], *(row[reason] for reason in REASONS), row["quarantined"])
        row["unaccounted"] = (row["landed"] or 0) - sum(part or 0 for part in parts)
    return rows


def repeated_fills(connection: DuckDBPyConnection, days: Sequence[date]) -> list[str]:
    """Say of each market of some days which aggregates repeat fills that others report."""
    found = connection.execute(
        """
        select venue, symbol, count(*), list(source_line order by source, source_line)[1:5]
        from lake.ops.dropped_trades
        where reason = 'repeated_fills' and list_contains($days, trade_day)
        group by venue, symbol
        order by venue, symbol
        """,
        {"days": list(days)},
    ).fetchall()
    return [
        f"{symbol} on {venue}, line {_listed(lines, count)}: {plural(count, 'aggregate')} "
        f"{'repeats' if count == 1 else 'repeat'} fills that another one reports, by the ids of "
        "first and last fill; each fill counts once"
        for venue, symbol, count, lines in found
    ]


def rejections(connection: DuckDBPyConnection, days: Sequence[date]) -> list[str]:
    """Say of each reason for which readable rows of some days were rejected, where they stand.

    Rows that could not be read at all were named when their file landed.
    """
    found = connection.execute(
        """
        select
            reason,
            source_file,
            count(*) as row_count,
            list(source_line order by source_line)[1:5] as lines,
        from lake.quarantine.trades
        where list_contains($days, trade_day)
        group by reason, source_file
        order by source_file, reason
        """,
        {"days": list(days)},
    ).fetchall()
    return [
        f"{file}, line {_listed(lines, count)}: {reason}; {_cure(reason)}; "
        "the other lines are in core"
        for reason, file, count, lines in found
    ]


def unsized_contracts(connection: DuckDBPyConnection, days: Sequence[date]) -> list[str]:
    """Say of each contract of some days whose size no venue, user or symbol says what is used."""
    found = connection.execute(
        f"""
        select venue, symbol, venue_symbol, base, quote, contract_size, source
        from lake.{INSTRUMENTS.name} as instruments
        where
            kind <> 'spot'
            and (contract_size is null or source = 'values')
            and exists (
                select 1 from lake.core.trades
                where
                    list_contains($days, trade_day)
                    and trades.venue = instruments.venue and trades.symbol = instruments.symbol
            )
        order by venue, symbol
        """,
        {"days": list(days)},
    ).fetchall()
    return [
        f"{venue} {symbol}: "
        + (
            f"the values of its trades say a contract of {size:g}, which is used"
            if source == "values"
            else f"nobody says the size of a contract of {name}, so its amounts count as {base}"
        )
        + "; say it in instruments.toml if it is another"
        for venue, symbol, name, base, _, size, source in found
    ]


def trades_of_no_book(connection: DuckDBPyConnection, days: Sequence[date]) -> list[str]:
    """Say how many trades of some days no order book made, if any, and what made them."""
    totals = by_condition(off_book_trades(connection, days))
    if not totals:
        return []
    made = ", ".join(
        f"{total.trade_count:,} {total.made_by}"
        + ("" if total.notional_usd is None else f" of {amount(total.notional_usd)} US dollars")
        for total in totals
    )
    count = sum(total.trade_count for total in totals)
    return [
        f"no order book made {plural(count, 'trade')} ({made}): core.trades has them, with "
        "is_on_book false; they move no price and no detector"
    ]


def _listed(lines: Sequence[int], count: int) -> str:
    """The first lines by number, the others as a number."""
    more = f" and {count - len(lines):,} more" if count > len(lines) else ""
    return ", ".join(str(line) for line in lines) + more


def _cure(reason: str) -> str:
    """What a person can do; a mended row does not replace one that landed with the same id."""
    if reason == SAME_ID:
        return "the trade that stands in core may be the wrong one: see which of the two is right"
    return "mend it and land the file again"
