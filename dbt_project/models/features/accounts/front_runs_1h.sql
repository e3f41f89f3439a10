{{ config(window_column='cell_start_at', grain='1 hour') }}

-- An account's flips that closed in the hour: an order, and its next one, of the other side and of
-- about the same size. Of how many another account's much larger order followed the first one at
-- once, before the flip was closed: the account ran ahead. What chance gives is measured twice: by
-- the rate of such orders in the hour, and by how often one came as short a time before.
with orders as materialized (
    select
        venue,
        symbol,
        {{ order_account() }} as account_id,
        {{ order_sells() }} as is_sale,
        epoch_ms(traded_at) as at_ms,
        sum(quantity)::double as quantity,
        sum(notional)::double as notional,
        time_bucket(interval '1 hour', make_timestamp_ms(at_ms)) as cell_start_at,
        {{ size_bin('sum(quantity)::double') }} as size_bin,
        -- three seconds lie in two of these stretches
        at_ms // {{ lead_milliseconds() }} as stretch,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('1 hour') }} - interval '63 seconds'
        and traded_at < {{ last_cell('1 hour') }}
        and {{ first_cell('1 hour') }} < {{ last_cell('1 hour') }}
        and buyer_account_id is distinct from seller_account_id
    group by all
),

in_a_row as (
    select
        *,
        lag({ 'at_ms': at_ms, 'is_sale': is_sale, 'quantity': quantity, 'notional': notional })
            over (partition by venue, symbol, account_id order by at_ms, is_sale) as opened,
    from orders
),

flips as materialized (
    select
        venue,
        symbol,
        account_id,
        at_ms,
        cell_start_at,
        opened['at_ms'] as opened_ms,
        opened['is_sale'] as is_sale,
        opened['quantity'] as opened_quantity,
        opened['notional'] as opened_notional,
        least(at_ms - opened_ms, {{ lead_milliseconds() }}) as exposed_ms,
        {{ size_bin('opened_quantity * ' ~ client_size()) }} as client_size_bin,
        if(opened['is_sale'], -1, 1)
        * (least(quantity, opened_quantity) * (notional / quantity - opened_notional / opened_quantity))
            as gain,
    from in_a_row
    where
        is_sale <> opened['is_sale']
        and at_ms - opened['at_ms'] between 1 and {{ flip_milliseconds() }}
        and least(quantity, opened['quantity'])
        >= {{ flip_size_share() }} * greatest(quantity, opened['quantity'])
        and cell_start_at >= {{ first_cell('1 hour') }}
),

sizes as (
    select
        venue,
        symbol,
        is_sale,
        cell_start_at,
        size_bin,
        count(*) as order_count,
    from orders
    group by all
),

asked as (
    select distinct
        venue,
        symbol,
        is_sale,
        cell_start_at,
        client_size_bin,
    from flips
),

rates as (
    select
        asked.*,
        sum(sizes.order_count) / 3.6e6 as orders_a_millisecond,
    from asked
    inner join sizes using (venue, symbol, is_sale, cell_start_at)
    where sizes.size_bin >= asked.client_size_bin
    group by all
),

stretches as (
    select
        * exclude (account_id),
        account_id as own_id,
        unnest([-1, 0, 1]) + opened_ms // {{ lead_milliseconds() }} as stretch,
    from flips
),

near as (
    select
        venue,
        symbol,
        stretches.own_id as account_id,
        stretches.at_ms,
        max({
            'quantity': orders.quantity,
            'lead_ms': orders.at_ms - stretches.opened_ms,
            'account_id': orders.account_id
        }) filter (where orders.at_ms > stretches.opened_ms) as client,
        bool_or(orders.at_ms < stretches.opened_ms) as is_one_before,
    from stretches
    inner join orders using (venue, symbol, is_sale, stretch)
    where
        orders.account_id <> stretches.own_id
        and orders.quantity >= {{ client_size() }} * stretches.opened_quantity
        and abs(orders.at_ms - stretches.opened_ms) between 1 and stretches.exposed_ms
    group by all
),

judged as (
    select
        flips.*,
        near.client,
        coalesce(near.is_one_before, false) as is_one_before,
        1 - exp(-coalesce(rates.orders_a_millisecond, 0) * flips.exposed_ms) as chance,
    from flips
    left join near using (venue, symbol, account_id, at_ms)
    left join rates using (venue, symbol, is_sale, cell_start_at, client_size_bin)
)

-- in billionths and decimals, because a sum of doubles depends on their order
select
    venue,
    symbol,
    account_id,
    count(*) as flip_count,
    count(client) as run_count,
    count(*) filter (where is_one_before) as before_count,
    sum(round(1e9 * chance)::bigint)::bigint as chance,
    coalesce(sum(gain::decimal(38, 12)) filter (where client is not null), 0)::decimal(38, 12) as gain,
    coalesce(sum(opened_notional::decimal(38, 12)) filter (where client is not null), 0)::decimal(38, 12)
        as run_notional,
    coalesce(sum(client['lead_ms']), 0)::bigint as lead_ms,
    coalesce(list_sort(list(client['account_id']) filter (where client is not null)), []) as client_ids,
    cell_start_at,
    cell_start_at + interval '1 hour' as cell_end_at,
    cell_start_at::date as trade_day,
from judged
group by venue, symbol, account_id, cell_start_at
