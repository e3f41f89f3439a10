-- If a venue and symbol have single and aggregate trades in the same minute, one of the two feeds
-- is used: the single trades, unless their notional is less than the aggregates'. So nothing counts
-- twice, and a few single trades do not replace a day of aggregates.
with aggregated_days as materialized (
    select
        venue,
        symbol,
        trade_day,
    from {{ ref('int_trades_parsed') }}
    where feed = 'aggregate' and reject_reason is null
    group by venue, symbol, trade_day
),

candidates as materialized (
    select
        parsed.object_number,
        parsed.source_line,
        parsed.venue,
        parsed.symbol,
        parsed.feed,
        parsed.notional,
        date_trunc('minute', parsed.traded_at) as minute_start_at,
    from {{ ref('int_trades_parsed') }} as parsed
    where
        parsed.reject_reason is null
        and (parsed.venue, parsed.symbol, parsed.trade_day) in (
            select
                aggregated_days.venue,
                aggregated_days.symbol,
                aggregated_days.trade_day,
            from aggregated_days
            inner join {{ ref('int_trades_parsed') }} as single
                on
                    aggregated_days.venue = single.venue
                    and aggregated_days.symbol = single.symbol
                    and aggregated_days.trade_day = single.trade_day
            where single.feed = 'single' and single.reject_reason is null
        )
),

minutes as (
    select
        candidates.venue,
        candidates.symbol,
        candidates.minute_start_at,
        sum(candidates.notional) filter (candidates.feed = 'single') as single_notional,
        sum(candidates.notional) filter (candidates.feed = 'aggregate') as aggregated_notional,
        coalesce(single_notional::double, 0)
        >= {{ whole_feed_share() }} * coalesce(aggregated_notional::double, 0) as is_whole,
    from candidates
    -- what a file or an aggregate tells again must not count twice
    anti join {{ ref('int_trades_repeated') }} as repeated
        on
            candidates.object_number = repeated.object_number
            and candidates.source_line = repeated.source_line
    anti join {{ ref('int_trades_overlapping') }} as overlapping
        on
            candidates.object_number = overlapping.object_number
            and candidates.source_line = overlapping.source_line
    group by candidates.venue, candidates.symbol, candidates.minute_start_at
)

select
    candidates.object_number,
    candidates.source_line,
from candidates
inner join minutes
    on
        candidates.venue = minutes.venue
        and candidates.symbol = minutes.symbol
        and candidates.minute_start_at = minutes.minute_start_at
where candidates.feed = if(minutes.is_whole, 'aggregate', 'single')
