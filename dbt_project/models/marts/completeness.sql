{{ config(schema='ops', window_column='cell_start_at', grain='1 hour') }}

-- The trades of each hour, and whether some are missing: by consecutive ids, or by a silence in
-- which the symbol usually trades. A symbol has rows until a day after its last trade.
with trades as not materialized (
    select
        venue,
        symbol,
        traded_at,
        -- aggregates' ids are consecutive too, after a letter
        try_cast(
            if(starts_with(trade_id, 'a'), substr(trade_id, 2), trade_id) as bigint
        ) as number,
    from {{ ref('trades') }}
    where traded_at >= {{ first_cell('1 hour') }} and traded_at < {{ last_cell('1 hour') }}
),

counted as (
    select
        venue,
        symbol,
        time_bucket(interval '1 hour', traded_at) as cell_start_at,
        count(*) as trade_count,
        min(traded_at) as first_traded_at,
        max(traded_at) as last_traded_at,
        case
            when count(number) = count(*)
                then try_cast(max(number)::hugeint - min(number) + 1 - count(*) as bigint)
        end as missing_id_count,
    from trades
    group by venue, symbol, time_bucket(interval '1 hour', traded_at)
),

measured as (
    select
        * replace (coalesce(trade_count, 0) as trade_count),
        case
            when trade_count is null then 3600
            when trades_per_second is null then other_seconds
            else greatest(leading_seconds, other_seconds)
        end as longest_gap_seconds,
        floor(trades_per_second * longest_gap_seconds)::bigint as usual_trade_count,
    from counted
    full join {{ ref('usual_rates_1h') }} using (venue, symbol, cell_start_at)
    left join {{ ref('trade_silences_1h') }} using (venue, symbol, cell_start_at)
),

judged as (
    select
        *,
        case
            -- if more ids are missing than present they are not consecutive numbers
            when
                missing_id_count <= trade_count
                -- divided, because a product of huge ids would overflow
                and missing_id_count > trade_count // {{ trades_to_a_missing_id() }}
                then missing_id_count || ' ids are missing'
            when
                longest_gap_seconds >= {{ silent_seconds() }}
                and usual_trade_count >= {{ silent_trades() }}
                then
                    'no trade for ' || longest_gap_seconds || ' s, in which '
                    || usual_trade_count || ' are usual'
        end as reason,
    from measured
)

select
    venue,
    symbol,
    trade_count,
    first_traded_at,
    last_traded_at,
    longest_gap_seconds,
    missing_id_count,
    reason is null as is_covered,
    reason,
    cell_start_at,
    cell_start_at + interval '1 hour' as cell_end_at,
    cell_start_at::date as trade_day,
from judged
