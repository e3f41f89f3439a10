{{ config(materialized='ephemeral') }}

-- The usual trading of a five-minute cell at that time of day: the same slot and the three on
-- either side, on each of the 14 days before; 28 days if those 14 had fewer than 50 trades a day.
-- Cells without a trade have no row and no logarithm: they are left out, because they measure how
-- often a symbol trades, not how much. Strictly before the cell: the nearest cell is 23 h 45 min
-- old.
with bars as materialized (
    select
        venue,
        symbol,
        ln(notional::double) as log_notional,
        ln(trade_count) as log_trade_count,
        trade_count,
        epoch(cell_start_at)::bigint // 300 as cell,
        cell_start_at,
    from {{ ref('bars_5m') }}
    where
        cell_start_at >= {{ first_cell('5 minutes') }} - interval 29 days
        and cell_start_at < {{ last_cell('5 minutes') }}
        and notional > 0
),

days as (
    select
        venue,
        symbol,
        cell_start_at::date as trade_day,
        sum(trade_count)::bigint as trade_count,
    from bars
    group by venue, symbol, cell_start_at::date
),

spans as (
    select
        venue,
        symbol,
        trade_day,
        coalesce(sum(trade_count) over fortnight, 0) / 14 as trades_per_day,
        case when trades_per_day < {{ thin_trades_per_day() }} then 28 else 14 end as span_days,
    from days
    window fortnight as (
        partition by venue, symbol order by trade_day
        range between interval 14 days preceding and interval 1 day preceding
    )
),

slots as (
    select
        bars.venue,
        bars.symbol,
        bars.cell_start_at,
        spans.trades_per_day,
        spans.span_days,
        bars.cell + neighbours.distance as cell,
        (bars.cell + neighbours.distance) % 288 as slot,
    from bars
    inner join spans
        on
            spans.venue = bars.venue
            and spans.symbol = bars.symbol
            and spans.trade_day = bars.cell_start_at::date
    cross join range(-3, 4) as neighbours (distance)
    where bars.cell_start_at >= {{ first_cell('5 minutes') }}
),

earlier as (
    select
        venue,
        symbol,
        cell,
        cell % 288 as slot,
        log_notional,
        log_trade_count,
        trade_count,
    from bars
),

pooled as (
    select
        slots.venue,
        slots.symbol,
        min(slots.trades_per_day) as trades_per_day,
        min(slots.span_days) as span_days,
        bit_count(bit_or(1::bigint << ((slots.cell - earlier.cell) // 288)))::bigint as day_count,
        sum(earlier.trade_count)::bigint as all_trade_count,
        list(earlier.log_notional::float) as log_notionals,
        list(earlier.log_trade_count::float) as log_trade_counts,
        slots.cell_start_at,
    from slots
    inner join earlier
        on
            earlier.venue = slots.venue
            and earlier.symbol = slots.symbol
            and earlier.slot = slots.slot
            and earlier.cell < slots.cell
            and earlier.cell >= slots.cell - 288 * slots.span_days
    group by slots.venue, slots.symbol, slots.cell_start_at
)

select
    venue,
    symbol,
    trades_per_day,
    span_days,
    len(log_notionals)::bigint as cell_count,
    day_count,
    list_aggregate(log_notionals, 'median') as log_notional_median,
    list_aggregate(log_notionals, 'mad') as log_notional_mad,
    list_aggregate(log_trade_counts, 'median') as log_trade_count_median,
    list_aggregate(log_trade_counts, 'mad') as log_trade_count_mad,
    all_trade_count / len(log_trade_counts) as trade_count_mean,
    cell_start_at,
from pooled
