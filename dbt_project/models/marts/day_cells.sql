{{ config(materialized='ephemeral') }}

-- In how many cells of five minutes a symbol traded on each closing day, and how much of its
-- quantity traded in opposite pairs of equal size. Sums go in order: one of doubles depends on it.
with cells as (
    select venue, symbol, trade_day, count(*) as covered_5m_bars,
    from {{ ref('price_volatility_5m') }}
    where {{ cells_read('1 day') }}
    group by venue, symbol, trade_day
),

pairs as (
    select
        venue,
        symbol,
        trade_day,
        sum(matched_quantity order by cell_start_at)
        / nullif(sum(quantity order by cell_start_at), 0) as matched_share,
    from {{ ref('matched_pairs_5m') }}
    where {{ cells_read('1 day') }}
    group by venue, symbol, trade_day
)

select * from cells
left join pairs using (venue, symbol, trade_day)
