{{ config(materialized='ephemeral') }}

-- Amihud's ratio and the spread of Abdi and Ranaldo over the hours of each closing day. Sums of
-- doubles go in order: they depend on it.
with hours as (
    select
        venue,
        symbol,
        trade_day,
        cell_start_at,
        abs({{ log_return(at_most='24 hours') }}) / notional::double as impact,
        -- the hour before: its close from its middle, and from that of this hour
        case
            when cell_start_at - lag(cell_start_at) over by_symbol = interval '1 hour'
                then
                    (lag(ln(close)) over by_symbol - lag(ln(high * low) / 2) over by_symbol)
                    * (lag(ln(close)) over by_symbol - ln(high * low) / 2)
        end as spread_product,
    from {{ ref('bars_1h') }}
    where {{ cells_read('1 day', '24 hours') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
)

select
    venue,
    symbol,
    trade_day,
    count(impact) as hour_count,
    if(hour_count >= {{ least_hours() }}, 1e6 * avg(impact order by cell_start_at), null)
        as amihud_hourly,
    count(spread_product) as hour_pair_count,
    if(
        hour_pair_count >= {{ least_hours() }},
        2 * sqrt(greatest(avg(spread_product order by cell_start_at), 0)),
        null
    ) as abdi_ranaldo_spread,
from hours
where cell_start_at >= {{ first_cell('1 day') }}
group by venue, symbol, trade_day
