{{ config(window_column='cell_start_at', grain='1 second') }}

-- `not materialized`: two scans of a few columns cost less than one copy of every trade
with trades as not materialized (
    select *
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 second') }}
        and traded_at < {{ last_cell('1 second') }}
        and is_on_book
),

-- grouping by a small number costs a quarter less than grouping by two strings
markets as materialized (
    select
        venue,
        symbol,
        row_number() over (order by venue, symbol) as market,
    from trades
    group by venue, symbol
),

-- An order is rebuilt from its fills: same symbol, millisecond and aggressor side.
-- Its key encodes the side in the last digit of base four: 2 buyer, 1 seller, 0 unknown.
-- A time at the full second may come from a venue that reports seconds only: those trades are not
-- combined, because unrelated trades of one second are not an order.
fills as not materialized (
    select
        markets.market,
        date_trunc('second', trades.traded_at) as cell_start_at,
        epoch_ms(trades.traded_at) * 4
        + case trades.aggressor_side when 'buyer' then 2 when 'seller' then 1 else 0 end
            as order_key,
        if(epoch_us(trades.traded_at) % 1000000 = 0, hash(trades.trade_id), 0) as apart,
        {{ trade_order() }} as trade_order,
        trades.*,
    from trades
    inner join markets using (venue, symbol)
),

orders as (
    select
        market,
        order_key,
        order_key % 4 as side,
        sum(notional) as notional,
        side = 2 and sum(fill_count) >= 2 as is_rush_order,
    from fills
    group by market, order_key, apart
),

order_cells as (
    select
        market,
        date_trunc('second', make_timestamp_ms(order_key // 4)) as cell_start_at,
        count(*) as order_count,
        count(*) filter (where side = 2) as buyer_order_count,
        sum(notional) filter (where side = 2) as buyer_notional,
        sum(notional) filter (where side = 1) as seller_notional,
        -- of equally large orders the earliest
        max(struct_pack(notional := notional, sooner := -order_key)) as largest,
        count(*) filter (where is_rush_order) as rush_order_count,
        sum(notional) filter (where is_rush_order) as rush_notional,
    from orders
    group by market, date_trunc('second', make_timestamp_ms(order_key // 4))
),

fill_cells as (
    select
        market,
        cell_start_at,
        arg_min(price_double, trade_order) as open,
        max(price_double) as high,
        min(price_double) as low,
        arg_max(price_double, trade_order) as close,
        sum(quantity) as quantity,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
        count(*) as trade_count,
        count(*) filter (where aggressor_side = 'buyer') as buyer_trade_count,
        count(*) filter (where aggressor_side = 'seller') as seller_trade_count,
        sum(fill_count)::bigint as fill_count,
    from fills
    group by market, cell_start_at
),

bars as (
    select
        markets.venue,
        markets.symbol,
        fill_cells.open,
        fill_cells.high,
        fill_cells.low,
        fill_cells.close,
        fill_cells.quantity,
        fill_cells.notional,
        coalesce(order_cells.buyer_notional, 0) as buyer_notional,
        coalesce(order_cells.seller_notional, 0) as seller_notional,
        fill_cells.notional_usd,
        fill_cells.trade_count,
        fill_cells.buyer_trade_count,
        fill_cells.seller_trade_count,
        fill_cells.fill_count,
        order_cells.order_count,
        order_cells.buyer_order_count,
        struct_extract(order_cells.largest, 'notional') as largest_order_notional,
        -struct_extract(order_cells.largest, 'sooner') as largest_order_key,
        case largest_order_key % 4 when 2 then 'buyer' when 1 then 'seller' end
            as largest_order_side,
        make_timestamp_ms(largest_order_key // 4) as largest_order_at,
        order_cells.rush_order_count,
        coalesce(order_cells.rush_notional, 0) as rush_notional,
        fill_cells.cell_start_at,
        fill_cells.cell_start_at + interval '1 second' as cell_end_at,
        fill_cells.cell_start_at::date as trade_day,
    from fill_cells
    inner join order_cells using (market, cell_start_at)
    inner join markets using (market)
)

select * exclude (largest_order_key)
from bars
