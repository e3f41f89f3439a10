-- The venue, symbol and days that have single trades: aggregated ones beside them are superseded.
select distinct venue, symbol, trade_day
from {{ ref('int_trades_parsed') }}
where feed = 'trades' and reject_reason is null
