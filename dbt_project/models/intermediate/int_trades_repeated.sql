-- The rows whose key another row has too, and what becomes of each. The first by object and line
-- stays: objects are named by content, so it does not matter which landed first.
with repeated_keys as (
    select key_hash
    from {{ ref('int_trades_identified') }}
    where reject_reason is null and not is_page_edge
    group by key_hash
    having count(*) > 1
),

candidates as (
    select
        identified.source,
        identified.source_line,
        identified.venue,
        identified.symbol,
        identified.trade_id,
        (
            identified.traded_at, identified.price, identified.quantity, identified.aggressor_side
        ) as content,
    from {{ ref('int_trades_identified') }} as identified
    inner join repeated_keys on identified.key_hash = repeated_keys.key_hash
    where identified.reject_reason is null and not identified.is_page_edge
),

compared as (
    select
        source,
        source_line,
        content,
        first_value(content) over first_come as kept_content,
        row_number() over first_come as place,
    from candidates
    window first_come as (
        partition by venue, symbol, trade_id
        order by source, source_line
        rows between unbounded preceding and unbounded following
    )
)

select
    source,
    source_line,
    content is not distinct from kept_content as is_same,
from compared
where place > 1
