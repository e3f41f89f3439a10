-- Each alert; price and value in the hours that it touches and the one after, for the markets.
with recent as (
    select * from lake.alerts.alerts where trade_day >= getvariable('first_day')
),

hours as (
    select
        *,
        buyer_notional::double * notional_usd::double / nullif(notional::double, 0) as bought_usd,
        seller_notional::double * notional_usd::double / nullif(notional::double, 0) as sold_usd,
    from lake.marts.symbol_hours
    where trade_day >= getvariable('first_day')
),

moves as (
    select
        alert_id,
        arg_min(open, hour_start_at) as first_price,
        max(high) as highest_price,
        arg_max(close, hour_start_at) as last_price,
        sum(bought_usd) as bought_usd,
        sum(sold_usd) as sold_usd,
    from recent
    inner join hours
        on
            recent.venue = hours.venue
            and recent.symbol = hours.symbol
            and hours.hour_start_at >= date_trunc('hour', window_start_at)
            and hours.hour_start_at <= date_trunc('hour', window_end_at) + interval 1 hour
    group by alert_id
)

select
    recent.alert_id,
    recent.detector,
    recent.typology,
    recent.severity,
    list_position(['low', 'medium', 'high', 'critical'], recent.severity)::double as gravity,
    recent.status,
    recent.is_confirmed,
    recent.subject_kind,
    recent.subject_id,
    recent.venue,
    recent.symbol,
    recent.window_start_at as started_at,
    strftime(recent.window_start_at, '%Y-%m-%d %H:%M:%S') as started,
    date_diff('second', recent.window_start_at, recent.window_end_at) / 60.0 as minutes,
    recent.score,
    recent.statistic,
    recent.threshold,
    recent.statistic / nullif(recent.threshold, 0) as times_threshold,
    100 * (moves.highest_price / nullif(moves.first_price, 0) - 1) as rise_percent,
    100 * (1 - moves.last_price / nullif(moves.highest_price, 0)) as fall_percent,
    moves.bought_usd,
    moves.sold_usd,
    recent.description,
    recent.recommended_action,
    strftime(recent.trade_day, '%Y-%m-%d') as day,
from recent
left join moves using (alert_id)
order by recent.window_start_at, recent.alert_id
