{# Bars of a grain from finer bars, cell by closed cell; exact, because every sum is over decimals. #}
{% macro coarser_bars(bars, grain) %}
select
    venue,
    symbol,
    arg_min(open, cell_start_at) as open,
    max(high) as high,
    min(low) as low,
    arg_max(close, cell_start_at) as close,
    sum(quantity) as quantity,
    sum(notional) as notional,
    sum(buyer_notional) as buyer_notional,
    sum(seller_notional) as seller_notional,
    {{ sum_or_null('notional_usd') }} as notional_usd,
    sum(trade_count)::bigint as trade_count,
    sum(buyer_trade_count)::bigint as buyer_trade_count,
    sum(seller_trade_count)::bigint as seller_trade_count,
    sum(fill_count)::bigint as fill_count,
    sum(order_count)::bigint as order_count,
    sum(buyer_order_count)::bigint as buyer_order_count,
    max(largest_order_notional) as largest_order_notional,
    arg_max_null(largest_order_side, {{ largest_first() }}) as largest_order_side,
    arg_max(largest_order_at, {{ largest_first() }}) as largest_order_at,
    sum(rush_order_count)::bigint as rush_order_count,
    sum(rush_notional) as rush_notional,
    time_bucket(interval '{{ grain }}', cell_start_at) as cell_start_at,
    time_bucket(interval '{{ grain }}', cell_start_at) + interval '{{ grain }}' as cell_end_at,
    time_bucket(interval '{{ grain }}', cell_start_at)::date as trade_day,
from {{ bars }}
where cell_start_at >= {{ first_cell(grain) }} and cell_start_at < {{ last_cell(grain) }}
group by venue, symbol, time_bucket(interval '{{ grain }}', cell_start_at)
{% endmacro %}

{# Of equally large orders the earliest; two finer bars never share a time. #}
{% macro largest_first() %}{'notional': largest_order_notional, 'sooner': -epoch_us(largest_order_at)}{% endmacro %}
