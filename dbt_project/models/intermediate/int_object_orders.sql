{{ config(rows_come_of=['stg_ccxt__trades', 'stg_trade_log__trades']) }}
-- How the rows of a market in a file follow each other, where its venue is not known for ids that
-- count up: the newest first or last, and whether the ids do count up, or down with the newest first.
-- Of a file of many rows, every nth shows it.
with steps as (
    select
        object_number,
        ceil(count(*) / 20000)::bigint as step,
    from {{ ref('int_trades_keyed') }}
    group by object_number
),

shown as (
    select
        keyed.object_number,
        keyed.source_line,
    from {{ ref('int_trades_keyed') }} as keyed
    inner join steps on keyed.object_number = steps.object_number
    where not keyed.is_rejected and keyed.source_line % steps.step = 0
),

trades as (
    select
        parsed.object_number,
        parsed.symbol,
        parsed.traded_at,
        {{ counted_id('parsed.trade_id') }} as counted_id,
        lag(parsed.traded_at) over by_line as traded_before,
        lag(counted_id) over by_line as id_before,
    from {{ ref('int_trades_parsed') }} as parsed
    inner join shown
        on parsed.object_number = shown.object_number and parsed.source_line = shown.source_line
    where parsed.ids_count_up is null
    window by_line as (
        partition by parsed.object_number, parsed.symbol order by parsed.source_line
    )
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
