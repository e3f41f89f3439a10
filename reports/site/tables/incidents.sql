select
    incident_id,
    typology,
    severity,
    list_position(['low', 'medium', 'high', 'critical'], severity)::double as gravity,
    status,
    is_confirmed,
    array_to_string(venues::json::varchar[], ', ') as venues,
    array_to_string(symbols::json::varchar[], ', ') as symbols,
    array_to_string(accounts::json::varchar[], ', ') as accounts,
    alert_count::double as alert_count,
    score,
    window_start_at as started_at,
    strftime(window_start_at, '%Y-%m-%d %H:%M:%S') as started,
    date_diff('second', window_start_at, window_end_at) / 60.0 as minutes,
    description,
    recommended_action,
    strftime(trade_day, '%Y-%m-%d') as day,
from lake.alerts.incidents
where trade_day >= getvariable('first_day')
order by gravity desc, score desc, incident_id asc
