{{
    config(
        window_column='traded_at',
        post_hook="{{ record_landed_objects() }}"
    )
}}
-- Every accepted trade, once. Written last, with the ledger in the same transaction: of an object
-- in the ledger all rows are in the lake.
-- depends_on: {{ ref('quarantined_trades') }}
-- depends_on: {{ ref('dropped_trades') }}
-- depends_on: {{ ref('labelled_trades') }}
select
    accepted.venue,
    accepted.symbol,
    accepted.trade_id,
    accepted.order_id,
    accepted.order_type,
    accepted.account_id,
    accepted.counterparty_account_id,
    accepted.customer_id,
    accepted.aggressor_side,
    accepted.price,
    accepted.quantity,
    accepted.price_double,
    accepted.quantity_double,
    accepted.notional,
    if(accepted.is_usd, accepted.notional, null) as notional_usd,
    accepted.fill_count,
    objects.object as source,
    accepted.source_line,
    accepted.received_at,
    accepted.traded_at,
    accepted.trade_day,
from {{ ref('int_trades_accepted') }} as accepted
inner join {{ ref('base_landed_objects') }} as objects
    on accepted.object_number = objects.object_number
