{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Trades between accounts of one owner, by owner. Each trade is looked at from both of its sides;
-- where no owner has several accounts, none is.
with owned as materialized (
    select accounts.venue, accounts.account_id, accounts.owner_id
    from {{ source('accounts', 'accounts') }} as accounts
    inner join {{ source('accounts', 'owners') }} as owners using (owner_id)
    where owners.account_count > 1
),

sides as (
    select
        venue,
        symbol,
        time_bucket(interval '5 minutes', traded_at) as cell_start_at,
        quantity,
        notional,
        notional_usd,
        unnest([buyer_account_id, seller_account_id]) as account_id,
        unnest([seller_account_id, buyer_account_id]) as counterparty_id,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('5 minutes') }}
        and traded_at < {{ last_cell('5 minutes') }}
),

trades as (
    select
        sides.*,
        owned.owner_id,
        coalesce(
            owned.owner_id = counterparties.owner_id
            and owned.account_id <> counterparties.account_id,
            false
        ) as is_own,
    from sides
    inner join owned on sides.venue = owned.venue and sides.account_id = owned.account_id
    left join owned as counterparties
        on
            sides.venue = counterparties.venue
            and sides.counterparty_id = counterparties.account_id
)

select
    venue,
    symbol,
    owner_id,
    count(*) filter (where is_own) // 2 as trade_count,
    (sum(quantity) filter (where is_own) / 2)::double as quantity,
    (sum(notional) filter (where is_own) / 2)::double as notional,
    ({{ sum_or_null('case when is_own then notional_usd else 0 end') }} / 2)::double as notional_usd,
    sum(quantity)::double as own_quantity,
    list_sort(list(distinct account_id) filter (where is_own)) as account_ids,
    cell_start_at,
    cell_start_at + interval '5 minutes' as cell_end_at,
    cell_start_at::date as trade_day,
from trades
group by venue, symbol, owner_id, cell_start_at
having bool_or(is_own)
