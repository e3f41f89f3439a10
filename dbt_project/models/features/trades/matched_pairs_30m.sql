{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- The sums of matched_pairs_5m over the half hour up to a cell's end. Doubles are summed by value,
-- so the order of rows has no influence.
with cells as (
    select
        *,
        matched_quantity / quantity * notional as matched_notional,
        matched_quantity / quantity * notional_usd as matched_notional_usd,
    from {{ ref('matched_pairs_5m') }}
    where
        cell_start_at >= {{ first_cell('5 minutes') }} - interval 25 minutes
        and cell_start_at < {{ last_cell('5 minutes') }}
),

half_hours as (
    select
        venue,
        symbol,
        {% for name in [
            'quantity', 'notional', 'matched_quantity', 'matched_notional', 'matched_notional_usd',
            'expected_matched_quantity', 'pair_quantity', 'opposite_pair_quantity',
            'expected_opposite_pair_quantity', 'opposite_pair_quantity_variance',
            'opposite_pair_quantity_third_moment',
        ] %}
            list_sum(list_sort(list({{ name }}) over half_hour)) as {{ name }},
        {% endfor %}
        {% for name in [
            'buyer_order_count', 'seller_order_count', 'pair_count', 'opposite_pair_count',
        ] %}
            (sum({{ name }}) over half_hour)::bigint as {{ name }},
        {% endfor %}
        count(*) filter (where opposite_pair_count > 0) over half_hour as matched_cell_count,
        list_sort(list_distinct(flatten(
            list(matched_quantities) filter (where len(matched_quantities) > 0) over half_hour
        ))) as matched_quantities,
        cell_start_at,
        cell_end_at,
        trade_day,
    from cells
    window half_hour as (
        partition by venue, symbol order by cell_start_at
        range between interval 25 minutes preceding and current row
    )
),

closing as (
    select * from half_hours where cell_start_at >= {{ first_cell('5 minutes') }}
)

select * from closing
