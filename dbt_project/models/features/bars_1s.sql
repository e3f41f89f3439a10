{{ config(window_column='cell_start_at', grain='1 second') }}

-- An order is rebuilt from its fills: same symbol, millisecond and aggressor side.
-- `not materialized`: two cheap column scans, where one shared copy would hold every trade in memory.
with trades as not materialized (
    select
        *,
        epoch_ms(traded_at) as millisecond,
        date_trunc('second', traded_at) as cell_start_at,
    from {{ ref('trades') }}
    where traded_at >= {{ first_cell('1 second') }} and traded_at < {{ last_cell('1 second') }}
),

orders as (
    select
        venue,
        symbol,
        aggressor_side,
        millisecond,
        sum(notional) as notional,
        aggressor_side = 'buyer' and sum(fill_count) >= 2 as is_rush_order,
    from trades
    group by venue, symbol, aggressor_side, millisecond
),

order_cells as (
    select
        venue,
        symbol,
        date_trunc('second', make_timestamp_ms(millisecond)) as cell_start_at,
        count(*) as order_count,
        sum(notional) filter (where aggressor_side = 'buyer') as buyer_notional,
        sum(notional) filter (where aggressor_side = 'seller') as seller_notional,
        -- of equally large orders the earliest
        max(
            {'notional': notional, 'sooner': -millisecond, 'side': aggressor_side}
        ) as largest_order,
        count(*) filter (where is_rush_order) as rush_order_count,
        sum(notional) filter (where is_rush_order) as rush_notional,
    from orders
    group by venue, symbol, date_trunc('second', make_timestamp_ms(millisecond))
),

trade_cells as (
    select
        venue,
        symbol,
        cell_start_at,
        arg_min(price_double, {{ trade_order() }}) as open,
        max(price_double) as high,
        min(price_double) as low,
        arg_max(price_double, {{ trade_order() }}) as close,
        sum(quantity) as quantity,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
        count(*) as trade_count,
        count(*) filter (where aggressor_side = 'buyer') as buyer_trade_count,
        count(*) filter (where aggressor_side = 'seller') as seller_trade_count,
        sum(fill_count)::bigint as fill_count,
    from trades
    group by venue, symbol, cell_start_at
),

bars as (
    select
        trade_cells.venue,
        trade_cells.symbol,
        trade_cells.open,
        trade_cells.high,
        trade_cells.low,
        trade_cells.close,
        trade_cells.quantity,
        trade_cells.notional,
        coalesce(order_cells.buyer_notional, 0) as buyer_notional,
        coalesce(order_cells.seller_notional, 0) as seller_notional,
        trade_cells.notional_usd,
        trade_cells.trade_count,
        trade_cells.buyer_trade_count,
        trade_cells.seller_trade_count,
        trade_cells.fill_count,
        order_cells.order_count,
        order_cells.largest_order.notional as largest_order_notional,
        order_cells.largest_order.side as largest_order_side,
        make_timestamp_ms(-order_cells.largest_order.sooner) as largest_order_at,
        order_cells.rush_order_count,
        coalesce(order_cells.rush_notional, 0) as rush_notional,
        trade_cells.cell_start_at,
        trade_cells.cell_start_at + interval '1 second' as cell_end_at,
        trade_cells.cell_start_at::date as trade_day,
    from trade_cells
    inner join order_cells using (venue, symbol, cell_start_at)
)

select * from bars
