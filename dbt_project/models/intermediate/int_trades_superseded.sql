-- The aggregated trades of a venue, symbol and day that has the single trades too.
with aggregated as (
    select
        object_number,
        source_line,
        venue,
        symbol,
        trade_day,
    from {{ ref('int_trades_parsed') }}
    where feed = 'aggregate' and reject_reason is null
),

single as (
    select
        parsed.venue,
        parsed.symbol,
        parsed.trade_day,
    from {{ ref('int_trades_parsed') }} as parsed
    where
        parsed.feed = 'single'
        and parsed.reject_reason is null
        and (parsed.venue, parsed.symbol, parsed.trade_day) in (
            select
                aggregated.venue,
                aggregated.symbol,
                aggregated.trade_day,
            from aggregated
        )
    group by parsed.venue, parsed.symbol, parsed.trade_day
)

select
    aggregated.object_number,
    aggregated.source_line,
from aggregated
inner join single
    on
        aggregated.venue = single.venue
        and aggregated.symbol = single.symbol
        and aggregated.trade_day = single.trade_day
