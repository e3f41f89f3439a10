{{ config(window_column='cell_start_at', grain='5 seconds') }}

with cells as (
    select * from {{ ref('bars_5s') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 5 minutes
        and cell_start_at < {{ last_cell('5 seconds') }}
),

moves as (
    select
        venue,
        symbol,
        high,
        low,
        close,
        -- a cell's open comes before its low, its own high may come after
        greatest(open, max(high) over five_minutes_before) as high_5m,
        (sum(seller_notional) over five_minutes)::decimal(38, 12) as seller_notional_5m,
        (sum(notional) over five_minutes)::decimal(38, 12) as notional_5m,
        notional_usd::double / nullif(notional, 0)::double as usd_per_quote,
        cell_start_at,
        cell_end_at,
        trade_day,
    from cells
    window
        five_minutes_before as (
            partition by venue, symbol order by cell_start_at
            range between interval 295 seconds preceding and interval 5 seconds preceding
        ),
        five_minutes as (
            partition by venue, symbol order by cell_start_at
            range between interval 295 seconds preceding and current row
        )
),

volatilities as (
    select
        venue,
        symbol,
        sigma_scaled,
        cell_end_at,
    from {{ ref('price_volatility_5m') }}
    where
        sigma_scaled > 0
        and cell_start_at >= {{ first_cell('5 seconds') }} - interval 130 minutes
        and cell_start_at < {{ last_cell('5 seconds') }}
),

-- the volatility before the five minutes, at most two hours old
closing as (
    select
        moves.venue,
        moves.symbol,
        moves.high,
        moves.low,
        moves.close,
        moves.high_5m,
        moves.seller_notional_5m,
        moves.notional_5m,
        moves.usd_per_quote,
        if(
            volatilities.cell_end_at > moves.cell_end_at - interval 2 hours,
            volatilities.sigma_scaled,
            null
        ) as volatility_5m,
        moves.cell_start_at,
        moves.cell_end_at,
        moves.trade_day,
    from moves
    asof left join volatilities
        on
            moves.venue = volatilities.venue
            and moves.symbol = volatilities.symbol
            and moves.cell_end_at - interval 5 minutes >= volatilities.cell_end_at
    where moves.cell_start_at >= {{ first_cell('5 seconds') }}
)

select * from closing
