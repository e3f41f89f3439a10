{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Three orders of an account in a row, within two minutes: how many such stretches there were, and
-- in how many each order was half as large again as the one before. An order is what an account
-- fills on one side in one millisecond, as taker or as the side that a row of one side reports.
-- What goes on growing counts once, at its third order.
with orders as (
    select
        venue,
        symbol,
        {{ order_account() }} as account_id,
        epoch_ms(traded_at) as at_ms,
        aggressor_side,
        sum(notional) as notional,
    from {{ ref('named_trades') }}
    where
        traded_at >= {{ first_cell('5 minutes') }} - interval '4 minutes'
        and traded_at < {{ last_cell('5 minutes') }}
        and {{ first_cell('5 minutes') }} < {{ last_cell('5 minutes') }}
    group by all
),

in_a_row as (
    select
        *,
        lag(notional) over in_order as second,
        lag(notional, 2) over in_order as first,
        lag(notional, 3) over in_order as earlier,
        lag(at_ms, 2) over in_order as first_at,
        lag(at_ms) over in_order - lag(at_ms, 3) over in_order <= {{ growth_milliseconds() }}
        and second >= {{ growth() }} * first
        and first >= {{ growth() }} * earlier as was_growing,
    from orders
    window in_order as (
        partition by venue, symbol, account_id order by at_ms, notional, aggressor_side
    )
),

stretches as (
    select
        *,
        notional >= {{ growth() }} * second and second >= {{ growth() }} * first as is_growing,
        time_bucket(interval '5 minutes', make_timestamp_ms(at_ms)) as cell_start_at,
    from in_a_row
    where at_ms - first_at <= {{ growth_milliseconds() }} and was_growing is not true
)

select
    venue,
    symbol,
    account_id,
    count(*) as stretch_count,
    count(*) filter (where is_growing) as run_count,
    -- in millionths, because a sum of doubles depends on their order
    coalesce(sum(round(1e6 * ln((notional / first)::double))::bigint) filter (where is_growing), 0)::bigint
        as growth,
    coalesce(sum(first + second + notional) filter (where is_growing), 0)::decimal(38, 12) as run_notional,
    max([notional, second, first]) filter (where is_growing)::double[] as largest_run,
    cell_start_at,
    cell_start_at + interval '5 minutes' as cell_end_at,
    cell_start_at::date as trade_day,
from stretches
where cell_start_at >= {{ first_cell('5 minutes') }}
group by all
