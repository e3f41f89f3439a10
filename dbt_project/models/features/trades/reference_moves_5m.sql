{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- The five minutes before a full hour, when funding, settlement and index prices are recorded,
-- beside each of the three cells after it: how much of the move they have taken back. Other cells
-- have a row too, so that a day without a full hour counts as one that was looked at.
with bars as (
    select * from {{ ref('bars_5m') }}
    where {{ cells_read('5 minutes', '15 minutes') }}
),

volatilities as (
    select * from {{ ref('price_volatility_5m') }}
    where {{ cells_read('5 minutes', '15 minutes') }}
),

cells as (
    select
        bars.*,
        volatilities.sigma_scaled as volatility_5m,
    from bars
    inner join volatilities using (venue, symbol, cell_start_at)
),

baselines as (
    select * from {{ ref('rush_baselines_1m') }}
    where {{ cells_read('5 minutes', '15 minutes') }}
),

closing as (
    select
        cells.venue,
        cells.symbol,
        reference.open as price_before,
        reference.close as reference_price,
        cells.close,
        (reference.close - cells.close) / nullif(reference.close - reference.open, 0)
            as share_taken_back,
        reference.volatility_5m,
        reference.buyer_notional,
        reference.seller_notional,
        reference.notional,
        reference.order_count,
        reference.notional_usd::double / nullif(reference.notional, 0)::double as usd_per_quote,
        baselines.baseline_minutes,
        baselines.notional::double / baselines.baseline_minutes * 60 as usual_notional_per_hour,
        reference.cell_end_at as reference_at,
        cells.cell_start_at,
        cells.cell_end_at,
        cells.trade_day,
    from cells
    left join cells as reference
        on
            cells.venue = reference.venue
            and cells.symbol = reference.symbol
            and date_trunc('hour', cells.cell_start_at) = reference.cell_end_at
            and extract(minute from cells.cell_start_at) < 15
    left join baselines
        on
            reference.venue = baselines.venue
            and reference.symbol = baselines.symbol
            and reference.cell_start_at = baselines.cell_start_at
    where cells.cell_start_at >= {{ first_cell('5 minutes') }}
)

select * from closing
