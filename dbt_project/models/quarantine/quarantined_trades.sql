{{
    config(
        alias='trades',
        window_column='traded_at',
        pre_hook="{{ forget_timeless_rows() }}"
    )
}}
-- Every landed trade that was rejected, as it came, with the reason.
with classified as (
    select * from {{ ref('int_trades_classified') }}
)

select
    venue,
    source,
    source_file,
    source_line,
    trade_id,
    quarantine_reason as reason,
    -- a trade whose id another has was readable: it is told by its fields
    coalesce(
        raw,
        to_json({
            'symbol': symbol,
            'time': traded_at,
            'price': price,
            'quantity': quantity,
            'side': aggressor_side
        })::varchar
    ) as raw,
    traded_at,
    trade_day,
from classified
where outcome = 'quarantined'
