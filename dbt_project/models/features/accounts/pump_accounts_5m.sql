{{ config(window_column='cell_start_at', grain='5 minutes', rows_come_of=['price_rises_5m']) }}

-- Who had bought before a steep rise, and what each of them sold since: over the hour from the first
-- cell that shows the rise. No account is looked up where nothing rose. A rise is the first in an
-- hour; it began three minutes before the end of the cell that shows it.
with rises as materialized (
    select
        * exclude (cell_start_at, cell_end_at, trade_day),
        seen_at - lag(seen_at) over (partition by venue, symbol order by seen_at)
        <= interval '1 hour' as goes_on,
    from {{ ref('price_rises_5m') }}
    where {{ cells_read('5 minutes', '2 hours') }}
),

openings as materialized (
    select
        rises.* exclude (goes_on, log_rise),
        sum(bars_5s.quantity)::double as market_quantity,
    from rises
    inner join {{ ref('bars_5s') }} as bars_5s
        on
            rises.venue = bars_5s.venue
            and rises.symbol = bars_5s.symbol
            and bars_5s.cell_start_at >= rises.rose_at - interval '1 hour'
            and rises.rose_at > bars_5s.cell_start_at
    where
        rises.goes_on is not true
        and rises.seen_at >= {{ first_cell('5 minutes') }} - interval '1 hour'
        and bars_5s.cell_start_at >= {{ first_cell('5 minutes') }} - interval '123 minutes'
        and bars_5s.cell_start_at < {{ last_cell('5 minutes') }}
    group by all
),

-- of these markets, from a day before the rise to an hour after it
traded as materialized (
    select
        venue,
        symbol,
        openings.seen_at,
        trades.buyer_account_id,
        trades.seller_account_id,
        trades.quantity,
        trades.notional,
        case
            when trades.traded_at >= openings.rose_at then 'since'
            when trades.traded_at >= openings.rose_at - interval '1 hour' then 'before'
            else 'earlier'
        end as stage,
        time_bucket(interval '5 minutes', greatest(trades.traded_at, openings.rose_at)) as known_in,
    from {{ ref('named_trades') }} as trades
    inner join openings using (venue, symbol)
    where
        trades.traded_at >= {{ first_cell('5 minutes') }} - interval '1503 minutes'
        and trades.traded_at < {{ last_cell('5 minutes') }}
        and {{ first_cell('5 minutes') }} < {{ last_cell('5 minutes') }}
        and trades.buyer_account_id is distinct from trades.seller_account_id
        and trades.traded_at >= openings.rose_at - interval '24 hours'
        and trades.traded_at < openings.seen_at + interval '1 hour'
),

sides as (
    {% for side in ['buyer', 'seller'] %}
        select
            venue,
            symbol,
            seen_at,
            {{ side }}_account_id as account_id,
            stage,
            known_in,
            {% for other in ['buyer', 'seller'] %}
                {% set sign = '1' if other == side else '0' %}
                count(*) * {{ sign }} as {{ other }}_count,
                sum(quantity) * {{ sign }} as {{ other }}_quantity,
                sum(notional) * {{ sign }} as {{ other }}_notional,
            {% endfor %}
        from traded
        where {{ side }}_account_id is not null
        group by all
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

buyers as (
    select
        venue,
        symbol,
        seen_at,
        account_id,
        coalesce(sum(buyer_quantity + seller_quantity) filter (where stage = 'earlier'), 0)
            as traded_earlier,
        sum(buyer_count) filter (where stage = 'before') as bought_count_before,
        sum(buyer_quantity) filter (where stage = 'before') as bought_before,
        sum(seller_quantity) filter (where stage = 'before') as sold_before,
        sum(buyer_notional) filter (where stage = 'before') as bought_notional_before,
    from sides
    where stage <> 'since'
    group by all
    having bought_before > sold_before
),

hour_since as (
    select
        *,
        unnest(generate_series(
            time_bucket(interval '5 minutes', seen_at), seen_at + interval '55 minutes', interval '5 minutes'
        )) as cell_start_at,
    from openings
),

cells as (
    select
        hour_since.*,
        max(rises.log_rise) as log_rise,
    from hour_since
    inner join rises
        on
            hour_since.venue = rises.venue
            and hour_since.symbol = rises.symbol
            and hour_since.seen_at <= rises.seen_at
            and hour_since.cell_start_at + interval '5 minutes' > rises.seen_at
    where
        hour_since.cell_start_at >= {{ first_cell('5 minutes') }}
        and hour_since.cell_start_at < {{ last_cell('5 minutes') }}
    group by all
),

since as (
    select
        cells.venue,
        cells.symbol,
        cells.seen_at,
        cells.cell_start_at,
        sides.account_id,
        sum(sides.seller_count) as sold_count,
        sum(sides.buyer_quantity) as bought,
        sum(sides.seller_quantity) as sold,
        sum(sides.seller_notional) as sold_notional,
    from cells
    inner join sides
        on
            cells.venue = sides.venue
            and cells.symbol = sides.symbol
            and cells.seen_at = sides.seen_at
            and cells.cell_start_at >= sides.known_in
    where sides.stage = 'since'
    group by all
)

select
    venue,
    symbol,
    account_id,
    cells.seen_at,
    cells.rose_at,
    cells.baseline_minutes,
    cells.price_before,
    cells.log_rise,
    cells.volatility_1m,
    cells.market_quantity,
    buyers.traded_earlier::double as traded_earlier,
    buyers.bought_count_before::bigint as bought_count_before,
    buyers.bought_before::double as bought_before,
    buyers.sold_before::double as sold_before,
    buyers.bought_notional_before::double as bought_notional_before,
    coalesce(since.sold_count, 0)::bigint as sold_count_since,
    coalesce(since.bought, 0)::double as bought_since,
    coalesce(since.sold, 0)::double as sold_since,
    coalesce(since.sold_notional, 0)::double as sold_notional_since,
    cells.cell_start_at,
    cells.cell_start_at + interval '5 minutes' as cell_end_at,
    cells.cell_start_at::date as trade_day,
from cells
inner join buyers using (venue, symbol, seen_at)
left join since using (venue, symbol, seen_at, cell_start_at, account_id)
