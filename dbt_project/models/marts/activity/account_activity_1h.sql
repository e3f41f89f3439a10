{{ config(window_column='cell_start_at', grain='1 hour') }}

-- What each account traded in an hour, on either side of any symbol of its venue. A trade with
-- itself is one.
with trades as not materialized (
    select
        venue,
        buyer_account_id,
        seller_account_id,
        notional_usd,
        time_bucket(interval '1 hour', traded_at) as cell_start_at,
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 hour') }}
        and traded_at < {{ last_cell('1 hour') }}
),

sides as (
    select
        venue,
        cell_start_at,
        buyer_account_id as account_id,
        notional_usd,
    from trades
    where buyer_account_id is not null
    union all
    select
        venue,
        cell_start_at,
        seller_account_id,
        notional_usd,
    from trades
    where seller_account_id is not null and seller_account_id is distinct from buyer_account_id
)

select
    venue,
    account_id,
    count(*) as trade_count,
    count(notional_usd) as priced_count,
    coalesce(sum(notional_usd), 0)::decimal(38, 12) as notional_usd,
    max(notional_usd) as largest_notional_usd,
    cell_start_at,
    cell_start_at + interval '1 hour' as cell_end_at,
    cell_start_at::date as trade_day,
from sides
group by venue, account_id, cell_start_at
