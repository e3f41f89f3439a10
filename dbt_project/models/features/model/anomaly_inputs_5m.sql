{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- The inputs of the anomaly model for a cell. Each baseline ends before the cell and has the same
-- definition on every day: a model cannot compare days that were measured by different rules. Null
-- if the history is too short or sides are unknown; the model then reports that.
with bars as (
    select
        *,
        notional::double as notional_double,
        ln(notional::double / trade_count) as log_mean_trade,
        sum(buyer_notional - seller_notional) over hour as flow_1h,
        sum(buyer_notional + seller_notional) over hour as sided_1h,
        first_value(open) over hour as open_1h,
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
        greatest(
            {{ robust_scale('mad(log_mean_trade) over day_before') }}, {{ least_log_scale() }}
        ) as mean_trade_scale,
        count(*) over day_before >= {{ least_cells_of_a_day() }} as has_day,
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
        time_of_day_log_notional_median::double as notional_center,
        greatest(
            {{ robust_scale('time_of_day_log_notional_mad::double') }}, {{ least_log_scale() }}
        ) as notional_scale,
        time_of_day_log_trade_count_median::double as trade_count_center,
        greatest(
            {{ robust_scale('time_of_day_log_trade_count_mad::double') }}, {{ least_log_scale() }}
        ) as trade_count_scale,
    from {{ ref('volume_baselines_5m') }}
    where {{ cells_read('5 minutes') }} and time_of_day_day_count >= {{ least_days_at_a_time() }}
),

volatilities as (
    select venue, symbol, cell_start_at, log_return, nullif(sigma_5m, 0) as sigma,
    from {{ ref('price_volatility_5m') }}
    where {{ cells_read('5 minutes') }} and return_count >= {{ least_cells_of_a_day() }}
),

pairs as (
    select venue, symbol, cell_start_at, matched_quantity / nullif(quantity, 0) as matched_share,
    from {{ ref('matched_pairs_5m') }}
    where {{ cells_read('5 minutes') }}
),

measured as (
    select
        *,
        (buyer_notional + seller_notional)::double as sided,
        buyer_trade_count + seller_trade_count as sided_trade_count,
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
    {{ robust_score('ln(notional_double)', 'notional_center', 'notional_scale') }} as notional_z,
    {{ robust_score('ln(trade_count)', 'trade_count_center', 'trade_count_scale') }}
        as trade_count_z,
    if(
        has_day,
        {{ robust_score('log_mean_trade', 'mean_trade_center', 'mean_trade_scale') }},
        null
    ) as mean_trade_z,
    largest_order_notional::double / notional_double as largest_order_share,
    log_return / sigma as return_volatilities,
    ln(high / low) / sigma as range_volatilities,
    ln(close / open_1h) / (sigma * sqrt(12)) as return_1h_volatilities,
    (buyer_notional - seller_notional)::double / nullif(sided, 0) as flow_imbalance_5m,
    (buyer_trade_count - seller_trade_count) / nullif(sided_trade_count, 0) as trade_imbalance_5m,
    flow_1h::double / nullif(sided_1h::double, 0) as flow_imbalance_1h,
    if(sided > 0, ln(rush_order_count + 0.5), null) as rush_rate,
    if(sided > 0, rush_notional::double / notional_double, null) as rush_share,
    if(sided > 0, matched_share, null) as matched_share,
    ln(fill_count / order_count) as fills_per_order,
    cell_start_at,
    cell_end_at,
    trade_day,
from measured
