{{ config(window_column='cell_start_at', grain='1 minute') }}

-- Stretches in which the price moved far, where it is looked up who led it: bursts of half a minute
-- and moves of the five minutes before a full hour that were taken back, steady rises of half an hour.
-- Each stands in the minute with whose end its detector judges it.
with stretches as (
    {% for direction, side, furthest, other in [
        ('rise', 'buyer', 'high', 'seller'), ('fall', 'seller', 'low', 'buyer'),
    ] %}
        select
            venue,
            symbol,
            '{{ direction }}' as stretch,
            '{{ side }}' as side,
            {{ direction }}_until - interval '30 seconds' as led_from,
            {{ direction }}_until as led_until,
            cell_end_at,
        from {{ ref('price_bursts_1m') }}
        where
            {{ cells_read('1 minute') }}
            and {{ direction }} >= {{ least_burst() }}
            and {{ direction }}_order_count >= {{ least_burst_orders() }}
            and {{ other }}_notional::double >= 0.5 * {{ direction }}_notional
            and ({{ furthest }} - close) / ({{ furthest }} - {{ direction }}_price_before)
            >= {{ least_burst_taken_back() }}
        union all
    {% endfor %}
    select
        venue,
        symbol,
        'reference' as stretch,
        if(reference_price > price_before, 'buyer', 'seller') as side,
        reference_at - interval '5 minutes' as led_from,
        reference_at as led_until,
        cell_end_at,
    from {{ ref('reference_moves_5m') }}
    where
        {{ cells_read('5 minutes') }}
        and abs(ln(reference_price / price_before)) >= {{ least_reference_move() }}
        and share_taken_back >= {{ least_share_taken_back() }}
    union all
    select
        venue,
        symbol,
        'run' as stretch,
        'buyer' as side,
        cell_end_at - interval '30 minutes' as led_from,
        cell_end_at as led_until,
        cell_end_at,
    from {{ ref('price_runs_5m') }}
    where
        {{ cells_read('5 minutes') }}
        and log_move >= {{ least_run() }}
        and log_move >= {{ least_efficiency() }} * path
),

-- The usual size of a minute's move before the stretch. Pumps and crashes of the day, which a sum of
-- squares would remember, leave a median as it is.
minutes as (
    select
        venue,
        symbol,
        cell_start_at,
        cell_end_at,
        abs({{ log_return(at_most='1 hour') }}) / sqrt(
            date_diff('minute', lag(cell_start_at) over by_symbol, cell_start_at)
        ) as move,
    from {{ ref('bars_1m') }}
    where {{ cells_read('1 minute', '26 hours') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
)

select
    venue,
    symbol,
    stretch,
    side,
    led_from,
    led_until,
    {{ robust_scale("median(minutes.move)") }} as usual_move_1m,
    stretches.cell_end_at - interval '1 minute' as cell_start_at,
    stretches.cell_end_at,
    (stretches.cell_end_at - interval '1 minute')::date as trade_day,
from stretches
inner join minutes using (venue, symbol)
where
    minutes.cell_end_at <= stretches.led_from
    and minutes.cell_start_at >= stretches.led_from - interval '24 hours'
group by all
