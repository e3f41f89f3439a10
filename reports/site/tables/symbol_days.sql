-- Each symbol and day: what traded, how its price varied, what was missing, how risky it was.
select
    days.venue,
    days.symbol,
    days.close,
    days.notional_usd::double as notional_usd,
    days.trade_count::double as trade_count,
    100 * days.buyer_share as buyer_percent,
    100 * days.max_drawdown as drawdown_percent,
    100 * moves.annualised_volatility as volatility_percent,
    quality.uncovered_hour_count::double as hours_with_gaps,
    quality.quarantined_count::double as rejected_rows,
    risk.total as risk,
    risk.total_reason as risk_reason,
    risk.market as market_risk,
    risk.liquidity as liquidity_risk,
    risk.integrity as integrity_risk,
    risk.abuse as abuse_risk,
    risk.data_quality as data_quality_risk,
    risk.alert_count::double as alert_count,
    risk.expected_false_alerts,
    strftime(days.trade_day, '%Y-%m-%d') as day,
from lake.marts.symbol_days as days
left join lake.marts.market_risk_days as moves using (venue, symbol, trade_day)
left join lake.marts.data_quality_days as quality using (venue, symbol, trade_day)
left join lake.scores.symbol_risk as risk using (venue, symbol, trade_day)
where days.trade_day >= getvariable('first_day')
order by days.trade_day, days.venue, days.symbol
