{{ config(rows_come_of=['stg_binance__agg_trades', 'stg_binance_websocket__trades']) }}
-- Aggregates whose fills another aggregate of their market and day reports, by the ids of their
-- first and last fill. In the order of first fills, the longest first, an aggregate counts if it
-- begins behind the last one that counts. Ids of 0 and below stand for no fill.
with aggregates as (
    select
        parsed.object_number,
        parsed.source_line,
        hash(parsed.venue, parsed.symbol, parsed.trade_day) as market_day,
        parsed.first_fill_id,
        parsed.last_fill_id,
    from {{ ref('int_trades_parsed') }} as parsed
    anti join {{ ref('int_trades_repeated') }} as repeated
        on
            parsed.object_number = repeated.object_number
            and parsed.source_line = repeated.source_line
    where parsed.reject_reason is null and parsed.first_fill_id > 0
),

ordered as (
    select
        *,
        coalesce(
            first_fill_id > max(last_fill_id) over (
                in_order rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_group,
        coalesce(lead(first_fill_id) over in_order > last_fill_id, true) as is_before_next,
    from aggregates
    window in_order as (
        partition by market_day
        order by first_fill_id, -last_fill_id, object_number, source_line
    )
),

-- aggregates that overlap, in groups that overlap no other
grouped as (
    select
        *,
        count(*) filter (begins_group) over (
            partition by market_day
            order by first_fill_id, -last_fill_id, object_number, source_line
        ) as group_number,
    from ordered
    where not (begins_group and is_before_next)
),

-- one group after another is folded to the last aggregate that counts, and the places of the others
repeated as (
    select
        unnest(list_reduce(
            list(
                {
                    'last_fill_id': last_fill_id,
                    'first_fill_id': first_fill_id,
                    'place': {'object_number': object_number, 'source_line': source_line},
                    'repeated': []::struct(object_number bigint, source_line bigint)[]
                }
                order by first_fill_id, -last_fill_id, object_number, source_line
            ),
            lambda counted, next: if(
                next.first_fill_id > counted.last_fill_id,
                struct_update(next, repeated := counted.repeated),
                struct_update(counted, repeated := list_append(counted.repeated, next.place))
            )
        ).repeated) as place,
    from grouped
    group by market_day, group_number
)

select
    place.object_number,
    place.source_line,
from repeated
