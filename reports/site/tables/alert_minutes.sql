-- How many alerts begin in each minute.
select
    date_trunc('minute', window_start_at) as minute_at,
    venue,
    symbol,
    typology,
    severity,
    count(*)::double as alert_count,
    strftime(trade_day, '%Y-%m-%d') as day,
from lake.alerts.alerts
where trade_day >= getvariable('first_day')
group by all
order by minute_at, venue, symbol, typology, severity
