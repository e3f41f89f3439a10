{{
    config(
        window_column='traded_at',
        post_hook=["{{ record_instruments() }}", "{{ record_landed_objects() }}"]
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
    accepted.buyer_account_id,
    accepted.seller_account_id,
    accepted.customer_id,
    accepted.wallet_address,
    accepted.aggressor_side,
    accepted.price,
    accepted.quantity,
    accepted.price_double,
    accepted.quantity_double,
    accepted.notional,
    if(accepted.is_usd, accepted.notional, null) as notional_usd,
    accepted.fill_count,
    accepted.condition,
    {{ made_by_the_book('accepted.condition') }} as is_on_book,
    objects.object as source,
    accepted.source_line,
    case
        when coalesce(accepted.ids_count_up, orders.ids_count_up)
            then {{ counted_id('accepted.trade_id') }}
        when orders.is_newest_first then -accepted.source_line
        else accepted.source_line
    end as sequence,
    accepted.received_at,
    accepted.traded_at,
    accepted.trade_day,
from {{ ref('int_trades_accepted') }} as accepted
inner join {{ ref('base_landed_objects') }} as objects
    on accepted.object_number = objects.object_number
left join {{ ref('int_object_orders') }} as orders
    on accepted.object_number = orders.object_number and accepted.symbol = orders.symbol
