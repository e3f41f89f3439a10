"""What is usual in a symbol and of an account before an hour, as CTEs of the scoring of trades.

Everything is of before the trade's hour, but for the trade's own minute: so an hour scored when it
closes has the values that a whole day has. Parameters: start_at, end_at (of one UTC day).
"""

from assets.transform.size_bins import bins_of_a_doubling

HISTORY_DAYS = 29
LEAST_TRADES = 100
"""Trades of the symbol before, without which its sizes are not known."""
LEAST_HOURS = 6
"""Hours with trades of the account before, without which its usual hour is not known."""
LEAST_MINUTES = 60
"""Minutes before, without which the symbol's usual move is not known."""
# a scale as of the models' robust scores: less is rounding
LEAST_LOG_SCALE = 0.05
HISTORY = f"interval {HISTORY_DAYS} days"
MIDNIGHT = "date_trunc('day', $start_at::timestamp)"


def sizes() -> str:
    """CTEs `hours` (a market and hour) and `bins`: how many trades before lie below a size.

    `hours`: market, hour, seen (trades before), bottom and top (bins), center and scale (of the
    logarithm, in bins). `bins`: market, hour, size_bin, below and in_bin (trades before).
    """
    least_scale = f"{LEAST_LOG_SCALE} / ln(2) * {bins_of_a_doubling()}"
    return f"""
    notionals as (
        select
            market,
            size_bin,
            -- of earlier days all hours are known from the day's first on
            if(cell_start_at < {MIDNIGHT}, {MIDNIGHT}, cell_end_at) as known_at,
            sum(trade_count) as trade_count,
        from lake.marts.trade_notionals_1h
        inner join markets using (venue, symbol)
        where cell_start_at >= {MIDNIGHT} - {HISTORY} and cell_start_at < $end_at
        group by all
    ),

    notionals_before as (
        select market, hour, size_bin, sum(trade_count)::bigint as in_bin,
        from notionals
        inner join (
            select unnest(range(
                date_trunc('hour', $start_at::timestamp), $end_at::timestamp, interval 1 hour
            )) as hour
        ) on known_at <= hour
        group by all
    ),

    ranges as (
        select
            market, hour, min(size_bin) as bottom, max(size_bin) as top,
            sum(in_bin)::bigint as seen,
        from notionals_before
        group by all
    ),

    bins as materialized (
        select
            *,
            (sum(in_bin) over (partition by market, hour order by size_bin) - in_bin)::bigint
                as below,
        from (
            select
                market, hour, every.size_bin, coalesce(in_bin, 0) as in_bin, seen, bottom, top,
            from (
                select *, unnest(range(bottom, top + 1))::integer as size_bin, from ranges
            ) as every
            left join notionals_before using (market, hour, size_bin)
        )
    ),

    hours as materialized (
        select
            market,
            hour,
            any_value(seen) as seen,
            any_value(bottom) as bottom,
            any_value(top) as top,
            min(size_bin) filter ((below + in_bin) * 2 >= seen) + 0.5::double as center,
            greatest(
                (
                    min(size_bin) filter ((below + in_bin) * 4 >= seen * 3)
                    - min(size_bin) filter ((below + in_bin) * 4 >= seen)
                ) / 1.349,
                {least_scale}
            ) as scale,
        from bins
        group by market, hour
    )
    """


def prices() -> str:
    """CTEs `minutes` (close, notional, usual_move, known_minutes) and `seconds` (first_price)."""
    return """
    minutes as materialized (
        select
            market,
            bars.cell_start_at as minute,
            bars.close,
            bars.notional::double as minute_notional,
            usual.baseline_minutes as known_minutes,
            sqrt(usual.squared_returns / usual.baseline_minutes) as usual_move,
        from lake.features.bars_1m as bars
        inner join markets using (venue, symbol)
        left join lake.features.rush_baselines_1m as usual using (venue, symbol, cell_start_at)
        where
            bars.cell_start_at >= date_trunc('minute', $start_at::timestamp)
            and bars.cell_start_at < $end_at
    ),

    seconds as materialized (
        select market, cell_start_at as second, open as first_price,
        from lake.features.bars_1s
        inner join markets using (venue, symbol)
        where
            cell_start_at >= date_trunc('second', $start_at::timestamp)
            and cell_start_at < $end_at
    )
    """


def activity(tier_rows: str) -> str:
    """CTE `activity`: an account's trades in an hour, of usual hours before, its tier's limit."""
    return f"""
    tiers as ({tier_rows}),

    limits as (
        select venue, account_id, usd_24h,
        from lake.core.accounts
        inner join tiers on lower(kyc_tier) = tier
    ),

    before as (
        select venue, account_id, sum(trade_count) as trade_count, count(*) as hour_count,
        from lake.marts.account_activity_1h
        where cell_start_at >= {MIDNIGHT} - {HISTORY} and cell_start_at < {MIDNIGHT}
        group by all
    ),

    today as (
        select
            venue,
            account_id,
            cell_start_at as hour,
            trade_count,
            coalesce(sum(trade_count) over earlier, 0) as count_before,
            count(*) over earlier as hours_before,
        from lake.marts.account_activity_1h
        where cell_start_at >= {MIDNIGHT} and cell_start_at < $end_at
        window earlier as (
            partition by venue, account_id order by cell_start_at
            rows between unbounded preceding and 1 preceding
        )
    ),

    activity as materialized (
        select
            venue,
            account_id,
            hour,
            today.trade_count,
            hours_before + coalesce(before.hour_count, 0) as known_hours,
            if(
                known_hours < {LEAST_HOURS},
                null,
                today.trade_count * known_hours
                / (count_before + coalesce(before.trade_count, 0))::double
            ) as velocity_ratio,
            usd_24h,
        from today
        left join before using (venue, account_id)
        left join limits using (venue, account_id)
        where hour >= date_trunc('hour', $start_at::timestamp)
    )
    """


def trades() -> str:
    """CTEs `markets`, which numbers them, and `trades`."""
    return f"""
    markets as materialized (
        select venue, symbol, row_number() over (order by venue, symbol) as market,
        from (
            select distinct venue, symbol from lake.core.trades
            where traded_at >= $start_at and traded_at < $end_at
        )
    ),

    trades as not materialized (
        select
            market, venue, symbol, trade_id, buyer_account_id, seller_account_id, aggressor_side,
            price_double, quantity_double, is_on_book,
            notional::double as notional,
            notional_usd::double as notional_usd,
            log2(nullif(notional::double, 0)) * {bins_of_a_doubling()} as size,
            floor(log2(nullif(notional::double, 0)) * {bins_of_a_doubling()})::integer as size_bin,
            date_trunc('hour', traded_at) as hour,
            date_trunc('minute', traded_at) as minute,
            date_trunc('second', traded_at) as second,
            traded_at,
            trade_day,
        from lake.core.trades
        inner join markets using (venue, symbol)
        where traded_at >= $start_at and traded_at < $end_at
    )
    """
