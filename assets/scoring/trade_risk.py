"""Risk of a trade in four parts of 0 to 1, and what to do about it, from its own market's past.

With n trades of the symbol before (29 days, and the day's hours before the trade's), of which m are
as large, and its largest L (`marts.trade_notionals_1h`, bins of 9 %, straight inside a bin):

- volume: log10 of 1 / p over 5, p = (m + 1) / (n + 1), beyond the largest p = L / x / (n + 1);
  the median trade has .06, the largest of a hundred .4, one in a hundred thousand 1.
- behaviour: 1 - (1 - h) (1 - v). h is the greatest score of a hit whose evidence selects the trade
  by its account or its quantity; v is log10(r) / 4, at most a half, r the account's trades in the
  hour over those of its usual hour with trades; of two accounts the busier counts.
- market impact: sqrt(s c). s is the trade's share of its minute's notional, c the move from the
  first price of its second to its minute's close, the taker's way (either way where nobody knows
  who took), over six usual minutes' moves (`features.rush_baselines_1m`), up to 1.
- compliance: (1 + log10(d / T)) / 2, d its dollars, T the reporting threshold: .5 at T.

All are clipped to 0 to 1; `levels.py` says how they become a score and a level. A part that cannot
be known is null, with the reason. All else equal a larger trade never scores lower. Weights,
steps and shapes are our own choice: no authority publishes any.
"""

from duckdb import DuckDBPyConnection

from assets.market.window import ONE_HOUR, Window, floor
from assets.scoring.levels import DIGITS, certainty_of, clipped, level_of, score_of
from assets.scoring.reporting import NOT_CHECKED, Reporting
from assets.scoring.selected_trades import SELECTED, selected_since
from assets.scoring.tables import TRADE_RISK
from assets.scoring.trade_history import (
    LEAST_HOURS,
    LEAST_MINUTES,
    LEAST_TRADES,
    activity,
    prices,
    sizes,
    trades,
)
from assets.transform.size_bins import bins_of_a_doubling

# what detectors found leads; a size, a move or a sum alone makes no trade critical
WEIGHTS = {"volume": 0.5, "behaviour": 0.9, "market_impact": 0.5, "compliance": 0.3}
RARITY_DIGITS = 5
USUAL_MINUTES = 6
"""As many usual moves of a minute are the full move."""


def score_trades(connection: DuckDBPyConnection, window: Window, reporting: Reporting) -> int:
    """Replace the scores of the hours that end in the window; the number of rows.

    Trades before them that a hit of the window selects are scored anew. `connection` is in a
    transaction, with the lake attached as `lake`.
    """
    scored = scored_window(connection, window)
    if scored is None:
        return 0
    clear_scores(connection, scored)
    return insert_scores(connection, scored, reporting, f"lake.{TRADE_RISK.name}")


def scored_window(connection: DuckDBPyConnection, window: Window) -> Window | None:
    """The time whose trades are scored anew for a window; None where no hour ends in it."""
    first, last = (floor(at, ONE_HOUR) for at in (window.start_at, window.end_at))
    if first >= last:
        return None
    return Window(selected_since(connection, Window(first, last)), last)


def clear_scores(connection: DuckDBPyConnection, scored: Window) -> None:
    """Delete the scores of a time."""
    connection.execute(
        f"delete from lake.{TRADE_RISK.name} where traded_at >= $start_at and traded_at < $end_at "
        "and trade_day between $start_at::date and $end_at::date",
        vars(scored),
    )


def insert_scores(
    connection: DuckDBPyConnection, scored: Window, reporting: Reporting, table: str
) -> int:
    """Insert the scores of a time's trades into a table of their columns; the number of rows."""
    columns = ", ".join(TRADE_RISK.column_names)
    count = 0
    for day in scored.days:
        part = Window(
            max(scored.start_at, Window.of_day(day).start_at),
            min(scored.end_at, Window.of_day(day).end_at),
        )
        # in a table the few that hits select have a known number: a join else holds every trade
        connection.execute(
            f"create or replace temp table selected as {selected_query()}", vars(part)
        )
        inserted = connection.execute(
            f"insert into {table} ({columns}) {query_of(reporting, columns)}", vars(part)
        )
        count += int(inserted.fetchall()[0][0])
    connection.execute("drop table if exists temp.selected")
    return count


def selected_query() -> str:
    """The trades that hits select, of those from start_at up to end_at, parameters."""
    return f"with {trades()}, {SELECTED} select * from found"


def query_of(reporting: Reporting, columns: str) -> str:
    """The scores of the trades from start_at up to end_at, parameters, both of one UTC day.

    What hits select of them is in the table `selected`.
    """
    return f"""
    with {trades()},
    {sizes()},
    {prices()},
    {activity(reporting.tier_rows)},
    {_measured(reporting)},
    {_parts()},
    scored as (
        select
            *, {score_of(WEIGHTS)} as score, {certainty_of(WEIGHTS)} as certainty,
            {level_of("score")} as level,
        from parts
    )
    select {columns}
    from (select *, {_actions()} as mitigation_actions from scored)
    """


def _measured(reporting: Reporting) -> str:
    """CTE `measured`: each trade beside what is usual."""
    bins = bins_of_a_doubling()
    return f"""
    measured as (
        select
            trades.*,
            hours.seen,
            case
                when coalesce(hours.seen, 0) < {LEAST_TRADES} or size is null then null
                when size >= hours.top + 1
                    then 2 ** ((hours.top + 1 - size) / {bins}) / (hours.seen + 1)
                when size < hours.bottom then 1
                else (hours.seen + 1 - below - (size - trades.size_bin) * in_bin) / (hours.seen + 1)
            end as larger_share,
            if(larger_share is null, null, (size - center) / scale) as volume_z,
            greatest(buyers.trade_count, sellers.trade_count) as trading_velocity,
            greatest(buyers.velocity_ratio, sellers.velocity_ratio) as velocity_ratio,
            least(buyers.usd_24h, sellers.usd_24h) as usd_24h,
            selected.hit_score,
            selected.patterns,
            known_minutes,
            usual_move,
            case aggressor_side when 'buyer' then 1 when 'seller' then -1 end as taken_way,
            if(is_on_book, taken_way * ln(price_double / first_price), null) as price_slippage,
            if(is_on_book, ln(minutes.close / first_price), null) as move,
            if(
                known_minutes < {LEAST_MINUTES},
                null,
                coalesce(taken_way * move, abs(move)) / nullif(usual_move, 0)
            ) as price_move,
            if(is_on_book, least(1, notional / minute_notional), null) as liquidity_consumption,
            notional_usd / {reporting.reported_usd!r} as reported_times,
        from trades
        left join hours using (market, hour)
        left join bins
            on
                trades.market = bins.market
                and trades.hour = bins.hour
                and trades.size_bin = bins.size_bin
        left join minutes using (market, minute)
        left join seconds using (market, second)
        left join activity as buyers
            on
                trades.venue = buyers.venue
                and trades.buyer_account_id = buyers.account_id
                and trades.hour = buyers.hour
        left join activity as sellers
            on
                trades.venue = sellers.venue
                and trades.seller_account_id = sellers.account_id
                and trades.hour = sellers.hour
        left join temp.selected as selected using (market, traded_at, trade_id)
    )
    """


def _parts() -> str:
    """CTE `parts`: the parts, what is not known of them, the flags."""
    is_named = "(buyer_account_id is not null or seller_account_id is not null)"
    # that an account is busy alone makes no trade critical
    velocity = f"least(0.5, {clipped('log10(velocity_ratio) / 4')})"
    # a price that went the other way moved by nothing
    full_move = f"least(1, greatest(0, price_move / {USUAL_MINUTES}))"
    impact = f"if(price_move is null, null, sqrt(liquidity_consumption * {full_move}))"
    found = f"1 - (1 - coalesce(hit_score, 0)) * (1 - if(velocity_ratio is null, 0, {velocity}))"
    return f"""
    parts as (
        select
            * exclude (volume_z, velocity_ratio, price_slippage, price_move, liquidity_consumption),
            {clipped(f"-log10(larger_share) / {RARITY_DIGITS}")} as volume,
            if({is_named} or hit_score is not null, {clipped(found)}, null) as behaviour,
            {clipped(impact)} as market_impact,
            {clipped("(1 + log10(reported_times)) / 2")} as compliance,
            round(1 - larger_share, {DIGITS}) as volume_percentile,
            {_rounded("volume_z", "velocity_ratio", "price_move", "liquidity_consumption")},
            -- without the sign of a zero
            round(price_slippage, 6) + 0 as price_slippage,
            nullif(concat_ws(
                '; ',
                if(volume is null, 'volume: ' || coalesce(seen, 0) || ' of {LEAST_TRADES} trades '
                    || 'before', null),
                if(
                    behaviour is null,
                    'behaviour: no account is named',
                    if({is_named} and velocity_ratio is null,
                        'behaviour: fewer than {LEAST_HOURS} hours of its accounts before', null)
                ),
                if(
                    market_impact is null,
                    if(
                        is_on_book,
                        'market_impact: the usual move of {LEAST_MINUTES} minutes before is not '
                            || 'known',
                        'market_impact: not of the order book'
                    ),
                    null
                ),
                if(compliance is null, 'compliance: no dollar value', null)
            ), '') as unknown,
            coalesce(patterns, []) as triggered_patterns,
            reported_times >= 1 as is_reported,
            {_flags()} as compliance_flags,
        from measured
    )
    """


def _rounded(*names: str) -> str:
    return ", ".join(f"round({name}, {DIGITS}) as {name}" for name in names)


def _flags() -> str:
    """The flags of a trade: what is so, and what nobody could check."""
    always = ", ".join(f"'{flag}'" for flag in NOT_CHECKED)
    return f"""
        case
            when reported_times is null then ['NOT_CHECKED: reporting threshold']
            when reported_times >= 1 then ['REPORTING_THRESHOLD']
            else []
        end
        || case
            when usd_24h is null or notional_usd is null then ['NOT_CHECKED: tier limits']
            when notional_usd > usd_24h then ['TIER_LIMIT_24H']
            else []
        end
        || [{always}]
    """


def _actions() -> str:
    """What to do about a level, and about a threshold."""
    return """
        case level
            when 'CRITICAL' then ['MANUAL_REVIEW', 'ESCALATE']
            when 'HIGH' then ['MANUAL_REVIEW']
            when 'MEDIUM' then ['WATCH']
            else []
        end
        || if(is_reported, ['CHECK_REPORTING'], [])
    """
