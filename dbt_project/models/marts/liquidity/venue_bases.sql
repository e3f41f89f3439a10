{{ config(materialized='ephemeral') }}

-- How far a venue's price was from that of the symbol's other venues in the minutes of each closing
-- day in which two or more of them traded it: the same base, quote and settlement, nothing converted.
with closes as (
    select
        venue,
        symbol,
        trade_day,
        cell_start_at,
        close,
    from {{ ref('bars_1m') }}
    where {{ cells_read('1 day') }}
    qualify count(*) over (partition by symbol, cell_start_at) > 1
),

minutes as (
    select
        own.venue,
        own.symbol,
        own.trade_day,
        1e4 * ln(own.close / median(other.close)) as basis_bp,
    from closes as own
    inner join closes as other
        on
            own.symbol = other.symbol
            and own.cell_start_at = other.cell_start_at
            and own.venue <> other.venue
    group by own.venue, own.symbol, own.trade_day, own.cell_start_at, own.close
)

select
    venue,
    symbol,
    trade_day,
    count(*) as basis_minute_count,
    basis_minute_count >= {{ least_minutes_of_a_basis() }} as is_enough,
    if(is_enough, median(basis_bp), null) as basis_median_bp,
    if(is_enough, quantile_cont(abs(basis_bp), 0.95), null) as basis_p95_bp,
    if(
        is_enough,
        count(*) filter (where abs(basis_bp) > {{ wide_basis_bp() }}) / basis_minute_count,
        null
    ) as basis_wide_share,
from minutes
group by venue, symbol, trade_day
