-- How the rows of a market in a file follow each other, where its venue is not known for ids that
-- count up: the newest first or last, and whether the ids do count up, or down with the newest first.
with trades as (
    select
        object_number,
        symbol,
        traded_at,
        {{ counted_id('trade_id') }} as counted_id,
        lag(traded_at) over by_line as traded_before,
        lag(counted_id) over by_line as id_before,
    from {{ ref('int_trades_parsed') }}
    where ids_count_up is null and reject_reason is null
    window by_line as (partition by object_number, symbol order by source_line)
),

counted as (
    select
        object_number,
        symbol,
        count(*) = count(counted_id) as has_numbers,
        count_if(counted_id > id_before) as rises,
        count_if(counted_id < id_before) as falls,
        count_if(traded_at < traded_before) > count_if(traded_at > traded_before) as is_newest_first,
    from trades
    group by object_number, symbol
)

select
    object_number,
    symbol,
    is_newest_first,
    -- a page that was asked for twice goes back once
    has_numbers and least(rises, falls) * 100 <= greatest(rises, falls) as ids_count_up,
from counted
