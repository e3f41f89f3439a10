{{ config(window_column='cell_start_at', grain='1 minute', rows_come_of=['price_moves_1m']) }}

-- Who led a stretch in which the price moved far: of the accounts that took on its side the one that
-- took most, and what that account took on the other side since. An order is what an account takes on
-- one side in one millisecond.
with moves as (
    select *
    from {{ ref('price_moves_1m') }}
    where {{ cells_read('1 minute') }}
),

minutes as (
    select
        moves.*,
        unnest(range(
            time_bucket(interval '1 minute', led_from), cell_end_at, interval '1 minute'
        )) as minute_start_at,
    from moves
),

orders as (
    select
        venue,
        symbol,
        if(aggressor_side = 'buyer', buyer_account_id, seller_account_id) as account_id,
        aggressor_side,
        epoch_ms(traded_at) as at_ms,
        sum(notional) as notional,
        time_bucket(interval '1 minute', traded_at) as minute_start_at,
    from {{ ref('named_trades') }}
    where
        aggressor_side is not null
        and traded_at >= {{ first_cell('1 minute') }} - interval '31 minutes'
        and traded_at < {{ last_cell('1 minute') }}
        and {{ first_cell('1 minute') }} < {{ last_cell('1 minute') }}
    group by all
),

takers as (
    select
        venue,
        symbol,
        stretch,
        cell_end_at,
        account_id,
        count(*) filter (where is_leading) as order_count,
        sum(notional) filter (where is_leading) as notional,
        coalesce(sum(notional) filter (where is_going_back), 0) as notional_back,
    from (
        select
            minutes.*,
            orders.account_id,
            orders.notional,
            orders.at_ms < epoch_ms(led_until) and orders.aggressor_side = side as is_leading,
            orders.at_ms >= epoch_ms(led_until) and orders.aggressor_side <> side as is_going_back,
        from minutes
        inner join orders using (venue, symbol, minute_start_at)
        where orders.at_ms >= epoch_ms(led_from)
    )
    group by all
    having order_count > 0
),

ranked as (
    select
        *,
        sum(notional) over of_stretch as side_notional,
        row_number() over (of_stretch order by notional desc, account_id asc) as place,
    from takers
    window of_stretch as (partition by venue, symbol, stretch, cell_end_at)
)

select
    venue,
    symbol,
    moves.stretch,
    ranked.account_id,
    ranked.order_count::bigint as order_count,
    ranked.notional::double as notional,
    ranked.side_notional::double as side_notional,
    ranked.notional_back::double as notional_back,
    moves.led_from,
    moves.led_until,
    moves.usual_move_1m,
    moves.cell_start_at,
    moves.cell_end_at,
    moves.trade_day,
from moves
inner join ranked using (venue, symbol, stretch, cell_end_at)
where ranked.place = 1 and ranked.account_id is not null
