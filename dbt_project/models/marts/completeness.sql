{{ config(schema='ops', window_column='cell_start_at', grain='1 day') }}

-- The trades of each hour of a day that is over, and whether some are missing: by ids, or by a
-- silence in which the symbol usually trades. A symbol has rows until a day after its last trade.
with counted as (
    select
        venue,
        symbol,
        time_bucket(interval '1 hour', traded_at) as cell_start_at,
        count(*) as trade_count,
        min(traded_at) as first_traded_at,
        max(traded_at) as last_traded_at,
    from {{ ref('trades') }}
    where traded_at >= {{ first_cell('1 day') }} and traded_at < {{ last_cell('1 day') }}
    group by venue, symbol, time_bucket(interval '1 hour', traded_at)
),

measured as (
    select
        * exclude (hole_count, missing_id_count, missing_count)
        replace (coalesce(trade_count, 0) as trade_count),
        coalesce(missing_id_count, 0) as missing_id_count,
        case
            when trade_count is null then 3600
            when trades_per_second is null then other_seconds
            else greatest(leading_seconds, other_seconds)
        end as longest_gap_seconds,
        floor(trades_per_second * longest_gap_seconds)::bigint as usual_trade_count,
        case
            when missing_count * {{ trades_to_a_missing_id() }} > coalesce(trade_count, 0)
                then
                    hole_id_count || ' ids are missing between '
                    || strftime(starts_at, '%Y-%m-%d %H:%M:%S') || ' and '
                    || strftime(ends_at, '%Y-%m-%d %H:%M:%S')
                    || if(hole_count > 1, ', in ' || hole_count || ' holes', '')
        end as missing_ids,
    from counted
    full join {{ ref('usual_rates_1h') }} using (venue, symbol, cell_start_at)
    full join {{ ref('id_holes_1h') }} using (venue, symbol, cell_start_at)
    left join {{ ref('trade_silences_1h') }} using (venue, symbol, cell_start_at)
),

judged as (
    select
        *,
        coalesce(
            missing_ids,
            case
                when
                    longest_gap_seconds >= {{ silent_seconds() }}
                    and usual_trade_count >= {{ silent_trades() }}
                    then
                        'no trade for ' || longest_gap_seconds || ' s, in which '
                        || usual_trade_count || ' are usual'
            end
        ) as reason,
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
