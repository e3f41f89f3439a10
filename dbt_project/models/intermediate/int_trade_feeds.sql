-- The venue, symbol and days that have single trades beside aggregated ones; the latter are
-- superseded there.
with aggregated as (
    select
        venue,
        symbol,
        trade_day,
    from {{ ref('int_trades_parsed') }}
    where feed = 'aggregate' and reject_reason is null
    group by venue, symbol, trade_day
)

select
    single.venue,
    single.symbol,
    single.trade_day,
from {{ ref('int_trades_parsed') }} as single
inner join aggregated
    on
        single.venue = aggregated.venue
        and single.symbol = aggregated.symbol
        and single.trade_day = aggregated.trade_day
where single.feed = 'single' and single.reject_reason is null
group by single.venue, single.symbol, single.trade_day
