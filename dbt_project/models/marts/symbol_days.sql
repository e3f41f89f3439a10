{{ config(window_column='trade_day', grain='1 day') }}

with bars as (
    select
        *,
        -- the order of a minute's high and low is unknown: only earlier highs count
        greatest(open, coalesce(max(high) over earlier, open)) as peak,
    from {{ ref('bars_1m') }}
    where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
    window earlier as (
        partition by venue, symbol, trade_day order by cell_start_at
        rows between unbounded preceding and 1 preceding
    )
),

totals as (
    select
        venue, symbol, trade_day,
        arg_min(open, cell_start_at) as open,
        max(high) as high,
        min(low) as low,
        arg_max(close, cell_start_at) as close,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
        sum(buyer_notional)::double as bought,
        sum(seller_notional)::double as sold,
        sum(trade_count)::bigint as trade_count,
        sum(order_count)::bigint as order_count,
        sum(rush_order_count)::bigint as rush_order_count,
        count(*) as active_minutes,
        greatest(max(1 - low / peak), 0) as max_drawdown,
    from bars
    group by venue, symbol, trade_day
)

select
    venue,
    symbol,
    open,
    high,
    low,
    close,
    notional,
    notional_usd,
    trade_count,
    order_count,
    bought / nullif(bought + sold, 0) as buyer_share,
    max_drawdown,
    active_minutes,
    covered_5m_bars,
    matched_share,
    rush_order_count,
    covered_5m_bars < {{ least_cells_of_a_covered_day() }} as is_sparse,
    case
        when is_sparse
            then 'only ' || covered_5m_bars || ' of 288 five-minute bars hold a trade'
    end as sparse_reason,
    trade_day,
from totals
left join {{ ref('day_cells') }} using (venue, symbol, trade_day)
