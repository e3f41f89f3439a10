{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- The quantity traded in opposite pairs, and the expected one if the sides of the cell's orders
-- were permuted at random: mean and variance over all permutations, in closed form. Of two pairs,
-- both are opposite with chance `chance / 2` if they share a trade, else with chance
-- `chance_of_two`. The third moment is that of independent sides without its negative part (of
-- three pairs in a chain), so not too small.
with pairs as (
    select
        venue,
        symbol,
        sum(buyer_order_count)::bigint as buyer_order_count,
        sum(seller_order_count)::bigint as seller_order_count,
        sum(pair_count)::bigint as pair_count,
        sum(opposite_pair_count)::bigint as opposite_pair_count,
        -- few rows per cell, summed in order: a sum of doubles depends on the order
        {{ sum_in_order('quantity * pair_count') }} as pair_quantity,
        {{ sum_in_order('quantity ** 2 * pair_count') }} as squares,
        {{ sum_in_order('quantity ** 3 * pair_count') }} as cubes,
        {{ sum_in_order('quantity * shared_trade_count') }} as shared_quantity,
        {{ sum_in_order('quantity ** 2 * shared_trade_count') }} as shared_squares,
        {{ sum_in_order('quantity ** 3 * shared_trade_count') }} as shared_cubes,
        {{ sum_in_order('quantity * opposite_pair_count') }} as opposite_pair_quantity,
        {{ sum_in_order('quantity * (2 * opposite_pair_count - opposite_shared_trade_count)') }}
            as matched_quantity,
        list(quantity order by quantity * opposite_pair_count desc, quantity)
            filter (where opposite_pair_count > 0) as quantities,
        cell_start_at,
    from {{ ref('trade_pairs_5m') }}
    group by venue, symbol, cell_start_at
),

chances as (
    select
        *,
        buyer_order_count::double as buyers,
        seller_order_count::double as sellers,
        buyers + sellers as orders,
        coalesce(2 * buyers * sellers / nullif(orders * (orders - 1), 0), 0) as chance,
        coalesce(
            2 * chance * (buyers - 1) * (sellers - 1) / nullif((orders - 2) * (orders - 3), 0), 0
        ) as chance_of_two,
        greatest(chance / 2 - chance ** 2, 0) as excess_of_shared,
    from pairs
),

shuffled as (
    select
        *,
        chance * pair_quantity as expected_pair_quantity,
        greatest(
            squares * (chance - chance ** 2)
            + 2 * shared_squares * (chance / 2 - chance ** 2)
            + (pair_quantity ** 2 - squares - 2 * shared_squares) * (chance_of_two - chance ** 2),
            0
        ) as variance,
        greatest(1 - 2 * chance, 0)
        * (chance * (1 - chance) * cubes + 6 * excess_of_shared * shared_cubes) as third_moment,
        chance * (2 * pair_quantity - shared_quantity / 2) as expected_matched_quantity,
    from chances
),

cells as (
    select
        bars.venue,
        bars.symbol,
        bars.quantity::double as quantity,
        bars.notional::double as notional,
        bars.notional_usd::double as notional_usd,
        coalesce(shuffled.buyer_order_count, 0) as buyer_order_count,
        coalesce(shuffled.seller_order_count, 0) as seller_order_count,
        coalesce(shuffled.pair_count, 0) as pair_count,
        coalesce(shuffled.opposite_pair_count, 0) as opposite_pair_count,
        coalesce(shuffled.pair_quantity, 0) as pair_quantity,
        coalesce(shuffled.opposite_pair_quantity, 0) as opposite_pair_quantity,
        coalesce(shuffled.expected_pair_quantity, 0) as expected_opposite_pair_quantity,
        coalesce(shuffled.variance, 0) as opposite_pair_quantity_variance,
        coalesce(shuffled.third_moment, 0) as opposite_pair_quantity_third_moment,
        coalesce(shuffled.matched_quantity, 0) as matched_quantity,
        coalesce(shuffled.expected_matched_quantity, 0) as expected_matched_quantity,
        shuffled.quantities[:100] as matched_quantities,
        bars.cell_start_at,
        bars.cell_end_at,
        bars.trade_day,
    from {{ ref('bars_5m') }} as bars
    left join shuffled using (venue, symbol, cell_start_at)
    where
        bars.cell_start_at >= {{ first_cell('5 minutes') }}
        and bars.cell_start_at < {{ last_cell('5 minutes') }}
)

select * from cells
