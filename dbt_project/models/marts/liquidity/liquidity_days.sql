{{ config(window_column='trade_day', grain='1 day') }}

-- What a day's trades say of liquidity; where too few of its bars say it, only how many there are.
select
    venue,
    symbol,
    1e6 * abs(ln(close / open)) / notional::double as amihud_day,
    amihud_hourly,
    coalesce(hour_count, 0) as hour_count,
    kyle_lambda,
    kyle_t,
    kyle_r2,
    linear_lambda,
    linear_t,
    linear_r2,
    coalesce(regression_cell_count, 0) as regression_cell_count,
    effective_spread,
    spread_deviation,
    coalesce(spread_cell_count, 0) as spread_cell_count,
    roll_spread,
    roll_undefined_share,
    coalesce(roll_hour_count, 0) as roll_hour_count,
    abdi_ranaldo_spread,
    coalesce(hour_pair_count, 0) as hour_pair_count,
    order_flow_imbalance,
    mean_absolute_imbalance,
    coalesce(imbalance_cell_count, 0) as imbalance_cell_count,
    mean_trade_notional,
    median_trade_notional,
    largest_trade_share,
    largest_hundredth_share,
    basis_median_bp,
    basis_p95_bp,
    basis_wide_share,
    coalesce(basis_minute_count, 0) as basis_minute_count,
    -- the greatest of null and zero would be zero
    case when spread_deviation is not null then greatest(effective_spread + 3 * spread_deviation, 0) / 2 end
        as spread_cost,
    -- the position in the symbol's quote currency: null where that is no dollar coin
    case when kyle_lambda is not null then greatest(kyle_lambda, 0) end
    * sqrt({{ position_usd() }} * notional::double / nullif(notional_usd, 0)::double) as impact_cost,
    trade_day,
from {{ ref('symbol_days') }}
left join {{ ref('hourly_illiquidity') }} using (venue, symbol, trade_day)
left join {{ ref('kyle_lambdas') }} using (venue, symbol, trade_day)
left join {{ ref('side_spreads') }} using (venue, symbol, trade_day)
left join {{ ref('bounce_spreads') }} using (venue, symbol, trade_day)
left join {{ ref('flow_imbalances') }} using (venue, symbol, trade_day)
left join {{ ref('print_sizes') }} using (venue, symbol, trade_day)
left join {{ ref('venue_bases') }} using (venue, symbol, trade_day)
where trade_day >= {{ first_cell('1 day') }}::date and trade_day < {{ last_cell('1 day') }}::date
