{{ config(window_column='cell_start_at', grain='1 hour') }}

-- Of a pair that met in the hour: its sums of account_pairs_1h over the day up to the hour's end,
-- and how many trades each of the two had in that day, with whomever.
with hours as (
    select
        *,
        cell_start_at >= {{ first_cell('1 hour') }} as is_due,
        sum(trade_count) over last_day as trade_count_1d,
        -- in order, because a sum of doubles depends on it
        list_sum(list_sort(list(expected_count) over last_day)) as expected_count_1d,
        list_sum(list_sort(list(notional) over last_day)) as notional_1d,
        list_sum(list_sort(list(notional_usd) over last_day)) as notional_usd_1d,
        count(*) over last_day as hour_count,
    from {{ ref('account_pairs_1h') }}
    where {{ cells_read('1 hour', '23 hours') }}
    window last_day as (
        partition by venue, symbol, account_id, counterparty_id order by cell_start_at
        range between interval 23 hours preceding and current row
    )
),

due as materialized (
    select distinct venue, symbol, cell_start_at, unnest([account_id, counterparty_id]) as own_id,
    from hours
    where is_due
),

traded as (
    {% for side in ['buyer', 'seller'] %}
        select
            trades.venue,
            trades.symbol,
            trades.{{ side }}_account_id as own_id,
            time_bucket(interval '1 hour', trades.traded_at) as hour_start_at,
            count(*) as trade_count,
        from {{ ref('named_trades') }} as trades
        where
            trades.traded_at >= {{ first_cell('1 hour') }} - interval '23 hours'
            and trades.traded_at < {{ last_cell('1 hour') }}
            and {{ first_cell('1 hour') }} < {{ last_cell('1 hour') }}
            and trades.{{ side }}_account_id in (select own_id from due)
        group by all
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

own as (
    select due.*, sum(traded.trade_count)::bigint as trade_count,
    from due
    inner join traded
        on
            due.venue = traded.venue
            and due.symbol = traded.symbol
            and due.own_id = traded.own_id
            and traded.hour_start_at between due.cell_start_at - interval 23 hours and due.cell_start_at
    group by all
)

select
    hours.venue,
    hours.symbol,
    hours.account_id,
    hours.counterparty_id,
    hours.trade_count_1d::bigint as trade_count,
    hours.expected_count_1d as expected_count,
    one.trade_count as account_trade_count,
    other.trade_count as counterparty_trade_count,
    hours.hour_count,
    hours.notional_1d as notional,
    hours.notional_usd_1d as notional_usd,
    hours.cell_start_at,
    hours.cell_end_at,
    hours.trade_day,
from hours
inner join own as one
    on
        hours.venue = one.venue
        and hours.symbol = one.symbol
        and hours.cell_start_at = one.cell_start_at
        and hours.account_id = one.own_id
inner join own as other
    on
        hours.venue = other.venue
        and hours.symbol = other.symbol
        and hours.cell_start_at = other.cell_start_at
        and hours.counterparty_id = other.own_id
where hours.is_due
