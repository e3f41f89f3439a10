{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- What the anomaly model judges a cell by: each measure against the symbol's own past, which ends
-- before the cell. Null where that past is too short; the model then says so.
with bars as (
    select
        *,
        notional::double as notional_double,
        ln(notional::double / trade_count) as log_mean_trade,
        sum(notional) over hour as notional_1h,
        sum(buyer_notional - seller_notional) over hour as flow_1h,
        first_value(close) over hour as close_at_hour_start,
    from {{ ref('bars_5m') }}
    where {{ cells_read('5 minutes', '25 hours') }} and notional > 0
    window hour as (
        partition by venue, symbol order by cell_start_at
        range between interval 55 minutes preceding and current row
    )
),

histories as (
    select
        *,
        median(log_mean_trade) over day_before as mean_trade_center,
        greatest(1.4826 * mad(log_mean_trade) over day_before, 0.05) as mean_trade_scale,
        sum(rush_order_count) over day_before / count(*) over day_before as usual_rush_orders,
        count(*) over day_before as history_cell_count,
    from bars
    window day_before as (
        partition by venue, symbol order by cell_start_at
        range between interval 24 hours preceding and interval 5 minutes preceding
    )
),

baselines as (
    select
        venue,
        symbol,
        cell_start_at,
        case
            when time_of_day_day_count >= 10 then time_of_day_log_notional_median
            when trailing_cell_count >= 144 then trailing_log_notional_median
        end as notional_center,
        1.4826 * case
            when time_of_day_day_count >= 10 then time_of_day_log_notional_mad
            else trailing_log_notional_mad
        end as notional_spread,
        case
            when time_of_day_day_count >= 10 then time_of_day_log_trade_count_median
            when trailing_cell_count >= 144 then trailing_log_trade_count_median
        end as trade_count_center,
        1.4826 * case
            when time_of_day_day_count >= 10 then time_of_day_log_trade_count_mad
            else trailing_log_trade_count_mad
        end as trade_count_spread,
    from {{ ref('volume_baselines_5m') }}
    where {{ cells_read('5 minutes') }}
),

volatilities as (
    select venue, symbol, cell_start_at, log_return, nullif(sigma_scaled, 0) as sigma,
    from {{ ref('price_volatility_5m') }}
    where {{ cells_read('5 minutes') }}
),

pairs as (
    select venue, symbol, cell_start_at, matched_quantity / quantity as matched_share,
    from {{ ref('matched_pairs_5m') }}
    where {{ cells_read('5 minutes') }} and quantity > 0
),

measured as (
    select
        histories.*,
        baselines.notional_center,
        greatest(baselines.notional_spread, 0.05) as notional_scale,
        baselines.trade_count_center,
        greatest(baselines.trade_count_spread, 0.05) as trade_count_scale,
        volatilities.log_return,
        volatilities.sigma,
        pairs.matched_share,
        histories.history_cell_count >= 144 as has_history,
    from histories
    left join baselines using (venue, symbol, cell_start_at)
    left join volatilities using (venue, symbol, cell_start_at)
    left join pairs using (venue, symbol, cell_start_at)
    where histories.cell_start_at >= {{ first_cell('5 minutes') }}
)

select
    venue,
    symbol,
    notional_double as notional,
    notional_usd::double as notional_usd,
    trade_count,
    notional_center,
    notional_scale,
    trade_count_center,
    trade_count_scale,
    mean_trade_center,
    mean_trade_scale,
    usual_rush_orders,
    (ln(notional_double) - notional_center) / notional_scale as notional_z,
    (ln(trade_count) - trade_count_center) / trade_count_scale as trade_count_z,
    if(has_history, (log_mean_trade - mean_trade_center) / mean_trade_scale, null) as mean_trade_z,
    largest_order_notional::double / notional_double as largest_order_share,
    log_return / sigma as return_volatilities,
    ln(high / low) / sigma as range_volatilities,
    ln(close / close_at_hour_start) / (sigma * sqrt(12)) as return_1h_volatilities,
    (buyer_notional - seller_notional)::double / notional_double as flow_imbalance_5m,
    (buyer_trade_count - seller_trade_count) / trade_count as trade_imbalance_5m,
    flow_1h::double / notional_1h::double as flow_imbalance_1h,
    if(has_history, ln((rush_order_count + 0.5) / (usual_rush_orders + 0.5)), null) as rush_rate,
    rush_notional::double / notional_double as rush_share,
    coalesce(matched_share, 0) as matched_share,
    ln(fill_count / order_count) as fills_per_order,
    cell_start_at,
    cell_end_at,
    trade_day,
from measured
