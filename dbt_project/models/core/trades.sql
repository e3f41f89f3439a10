{{
    config(
        window_column='traded_at',
        post_hook="{{ record_landed_objects() }}"
    )
}}
with classified as (
    select * from {{ ref('int_trades_classified') }}
)

select
    venue,
    symbol,
    trade_id,
    order_id,
    order_type,
    account_id,
    null::varchar as counterparty_account_id,
    null::varchar as customer_id,
    aggressor_side,
    price,
    quantity,
    price_double,
    quantity_double,
    notional,
    if(is_usd, notional, null) as notional_usd,
    fill_count,
    source,
    source_line,
    received_at,
    traded_at,
    trade_day,
from classified
where outcome = 'accepted'
