{{ config(window_column='trade_day', grain='1 day') }}

-- The landed rows of each symbol and day by outcome; the parts add up to `landed_count`. A rejected
-- row with an unknown symbol counts in its venue's row without a symbol.
with hours as (
    select
        *,
        case
            when trade_count > 0
                then coalesce(
                    max(last_traded_at) over earlier,
                    -- a symbol that is known already was silent from midnight on
                    case when min(trade_count) over earlier = 0 then trade_day::timestamp end
                )
        end as silent_from,
    from {{ ref('completeness') }}
    where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
    window earlier as (
        partition by venue, symbol, trade_day order by cell_start_at
        rows between unbounded preceding and 1 preceding
    )
),

accepted as (
    select
        venue,
        symbol,
        trade_day,
        sum(trade_count)::bigint as accepted_count,
        min(first_traded_at) as first_traded_at,
        max(last_traded_at) as last_traded_at,
        greatest(
            max(longest_gap_seconds),
            max(epoch_us(first_traded_at) - epoch_us(silent_from)) // 1000000,
            case
                when count(first_traded_at) = 0 then 3600 * count(*)
                else epoch(trade_day + 1)::bigint - 1 - epoch_us(max(last_traded_at)) // 1000000
            end
        )::bigint as longest_gap_seconds,
        count(*) filter (where not is_covered) as uncovered_hour_count,
        sum(missing_id_count)::bigint as missing_id_count,
    from hours
    group by venue, symbol, trade_day
),

counted as (
    select
        coalesce(accepted.venue, rejected.venue) as venue,
        coalesce(accepted.symbol, rejected.symbol) as symbol,
        coalesce(accepted.accepted_count, 0) as accepted_count,
        coalesce(rejected.duplicate_count, 0) as duplicate_count,
        coalesce(rejected.page_edge_count, 0) as page_edge_count,
        coalesce(rejected.superseded_count, 0) as superseded_count,
        coalesce(rejected.no_trade_count, 0) as no_trade_count,
        coalesce(rejected.quarantined_count, 0) as quarantined_count,
        accepted.longest_gap_seconds,
        accepted.uncovered_hour_count,
        accepted.missing_id_count,
        accepted.first_traded_at,
        accepted.last_traded_at,
        coalesce(accepted.trade_day, rejected.trade_day) as trade_day,
    from accepted
    full join {{ ref('rejected_days') }} as rejected
        on
            accepted.venue = rejected.venue
            and accepted.symbol = rejected.symbol
            and accepted.trade_day = rejected.trade_day
)

select
    venue,
    symbol,
    accepted_count
    + duplicate_count
    + page_edge_count
    + superseded_count
    + no_trade_count
    + quarantined_count
        as landed_count,
    accepted_count,
    duplicate_count,
    page_edge_count,
    superseded_count,
    no_trade_count,
    quarantined_count,
    longest_gap_seconds,
    uncovered_hour_count,
    missing_id_count,
    case when symbol is not null then 1440 - coalesce(active_minutes, 0) end as empty_minutes,
    first_traded_at,
    last_traded_at,
    trade_day,
from counted
left join {{ ref('symbol_days') }} using (venue, symbol, trade_day)
