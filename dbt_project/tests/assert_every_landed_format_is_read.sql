-- A format that landing writes and no staging model reads: its rows would be lost silently.
select
    format,
    count(*) as row_count,
from {{ ref('base_trades') }}
where
    format is null
    or format not in (
        'binance_trades', 'binance_agg_trades', 'binance_websocket', 'trade_log', 'hyperliquid',
        'tapewatch',        {{ unified_formats() }}
    )
group by format
