{{ config(window_column='cell_start_at', grain='1 minute') }}

-- The largest rise and the largest fall within half a minute of the last six, and what came since.
with cells as (
    select
        *,
        last_value(close) over before_it as price_before,
        sum(buyer_order_count) over half_minute as buyer_orders,
        sum(order_count - buyer_order_count) over half_minute as seller_orders,
        (sum(buyer_notional) over half_minute)::double as bought,
        (sum(seller_notional) over half_minute)::double as sold,
    from {{ ref('bars_5s') }}
    where {{ cells_read('1 minute', '8 minutes') }}
    window
        half_minute as (
            partition by venue, symbol order by cell_start_at
            range between interval 25 seconds preceding and current row
        ),
        before_it as (
            partition by venue, symbol order by cell_start_at
            range between interval 120 seconds preceding and interval 30 seconds preceding
        )
),

minutes as (
    select
        venue,
        symbol,
        {% for name, by, orders, taken in [
            ('rise', 'close / price_before', 'buyer_orders', 'bought'),
            ('fall', 'price_before / close', 'seller_orders', 'sold'),
        ] %}
            max({
                'by': {{ by }},
                'price_before': price_before,
                'order_count': {{ orders }}::bigint,
                'notional': {{ taken }},
                'taker_share': {{ taken }} / nullif(bought + sold, 0),
                'until': cell_end_at
            }) filter (where price_before is not null) as {{ name }},
        {% endfor %}
        max(high) as high,
        min(low) as low,
        arg_max(close, cell_start_at) as close,
        sum(buyer_notional) as buyer_notional,
        sum(seller_notional) as seller_notional,
        sum(order_count) as order_count,
        {{ sum_or_null('notional_usd') }}::double / nullif(sum(notional), 0)::double as usd_per_quote,
        time_bucket(interval 1 minute, cell_start_at) as cell_start_at,
    from cells
    group by venue, symbol, time_bucket(interval 1 minute, cell_start_at)
),

bursts as (
    select
        venue,
        symbol,
        max(rise) over six_minutes as rise,
        max(fall) over six_minutes as fall,
        max(high) over six_minutes as high,
        min(low) over six_minutes as low,
        close,
        (sum(buyer_notional) over six_minutes)::decimal(38, 12) as buyer_notional,
        (sum(seller_notional) over six_minutes)::decimal(38, 12) as seller_notional,
        (sum(order_count) over six_minutes)::bigint as order_count,
        usd_per_quote,
        cell_start_at,
    from minutes
    window six_minutes as (
        partition by venue, symbol order by cell_start_at
        range between interval 5 minutes preceding and current row
    )
),

baselines as (
    select * from {{ ref('rush_baselines_1m') }} where {{ cells_read('1 minute') }}
),

closing as (
    select
        venue,
        symbol,
        {% for name in ['rise', 'fall'] %}
            ln(bursts.{{ name }}.by) as {{ name }},
            {% for column in ['price_before', 'order_count', 'notional', 'taker_share', 'until'] %}
                bursts.{{ name }}.{{ column }} as {{ name }}_{{ column }},
            {% endfor %}
        {% endfor %}
        bursts.* exclude (venue, symbol, rise, fall, cell_start_at),
        baselines.baseline_minutes,
        baselines.buyer_order_count::double / (baselines.baseline_minutes * 60)
            as usual_buyer_orders_per_second,
        baselines.notional::double / baselines.baseline_minutes * 60 as usual_notional_per_hour,
        sqrt(baselines.squared_returns / baselines.baseline_minutes) as volatility_1m,
        cell_start_at,
        cell_start_at + interval 1 minute as cell_end_at,
        cell_start_at::date as trade_day,
    from bursts
    left join baselines using (venue, symbol, cell_start_at)
    where bursts.cell_start_at >= {{ first_cell('1 minute') }}
)

select * from closing
