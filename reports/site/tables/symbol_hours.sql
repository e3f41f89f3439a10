select
    venue,
    symbol,
    hour_start_at,
    close,
    buyer_notional::double * notional_usd::double / nullif(notional::double, 0) as bought_usd,
    seller_notional::double * notional_usd::double / nullif(notional::double, 0) as sold_usd,
    strftime(trade_day, '%Y-%m-%d') as day,
from lake.marts.symbol_hours
where trade_day >= getvariable('first_day')
order by hour_start_at, venue, symbol
