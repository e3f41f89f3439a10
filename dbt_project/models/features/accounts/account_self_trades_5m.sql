{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Trades with one account on both sides, by account. In a log that reports one side a row, they are
-- an account's rows of both sides of one instant and price: all of them where bought and sold
-- quantities have the same sum, else those whose quantity is on both sides.
with trades as materialized (
    select
        *,
        time_bucket(interval '5 minutes', traded_at) as cell_start_at,
        coalesce(buyer_account_id, seller_account_id) as account_id,
        buyer_account_id is null or seller_account_id is null as is_one_sided,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('5 minutes') }}
        and traded_at < {{ last_cell('5 minutes') }}
),

instants as materialized (
    select
        venue,
        symbol,
        account_id,
        traded_at,
        price_double,
        sum(if(seller_account_id is null, quantity, -quantity)) = 0 as is_balanced,
    from trades
    where is_one_sided
    group by venue, symbol, account_id, traded_at, price_double
    having count(buyer_account_id) > 0 and count(seller_account_id) > 0
),

reported as (
    select
        trades.*,
        instants.is_balanced
        or (
            {% for side in ['buyer', 'seller'] %}
                coalesce(
                    list_contains(
                        list(trades.quantity)
                            filter (where trades.{{ side }}_account_id is not null) over at_once,
                        trades.quantity
                    ),
                    false
                )
                {% if not loop.last %}and{% endif %}
            {% endfor %}
        ) as is_matched,
    from trades
    inner join instants using (venue, symbol, account_id, traded_at, price_double)
    where trades.is_one_sided
    window at_once as (
        partition by
            trades.venue, trades.symbol, trades.account_id, trades.traded_at, trades.price_double
    )
),

self_trades as (
    select * exclude (is_matched) from reported where is_matched
    union all by name
    select * from trades where buyer_account_id = seller_account_id
),

-- of both sides: what two rows report is one trade
cells as materialized (
    select
        venue,
        symbol,
        account_id,
        cell_start_at,
        greatest(
            count(*) filter (where not is_one_sided),
            count(*) filter (where is_one_sided and buyer_account_id is not null)
        ) as trade_count,
        sum(if(is_one_sided, quantity, 2 * quantity)) / 2 as quantity,
        sum(if(is_one_sided, notional, 2 * notional)) / 2 as notional,
        {{ sum_or_null('if(is_one_sided, notional_usd, 2 * notional_usd)') }} / 2 as notional_usd,
        list_sort(list(distinct quantity_double) filter (where is_one_sided))[:100] as quantities,
        bool_and(not is_one_sided) as is_two_sided,
    from self_trades
    group by venue, symbol, account_id, cell_start_at
),

own as (
    {% for side in ['buyer', 'seller'] %}
        select
            trades.venue,
            trades.symbol,
            trades.{{ side }}_account_id as account_id,
            trades.cell_start_at,
            trades.quantity,
        from trades
        inner join cells
            on
                trades.venue = cells.venue
                and trades.symbol = cells.symbol
                and trades.cell_start_at = cells.cell_start_at
                and trades.{{ side }}_account_id = cells.account_id
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

volumes as (
    select venue, symbol, account_id, cell_start_at, sum(quantity) as own_quantity
    from own
    group by venue, symbol, account_id, cell_start_at
)

select
    venue,
    symbol,
    account_id,
    trade_count,
    quantity::double as quantity,
    notional::double as notional,
    notional_usd::double as notional_usd,
    own_quantity::double as own_quantity,
    quantities,
    is_two_sided,
    cell_start_at,
    cell_start_at + interval '5 minutes' as cell_end_at,
    cell_start_at::date as trade_day,
from cells
inner join volumes using (venue, symbol, account_id, cell_start_at)
