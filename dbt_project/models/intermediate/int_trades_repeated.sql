-- The rows whose key another row of the day has too, and whether their fields are equal. The first
-- by object and line is accepted: objects are named by content, so the order of landing has no
-- influence. Keys are compared within a day, because a run covers any number of whole days.
with keyed as (
    select
        object_number,
        source_line,
        key_hash,
    from {{ ref('int_trades_keyed') }}
    where key_hash is not null and not is_rejected
    union all
    select
        object_number,
        source_line,
        key_hash,
    from {{ ref('int_trades_with_given_id') }}
    where not is_page_edge
),

repeated_keys as (
    select key_hash
    from keyed
    group by key_hash
    having count(*) > 1
),

places as (
    select
        keyed.object_number,
        keyed.source_line,
    from keyed
    inner join repeated_keys on keyed.key_hash = repeated_keys.key_hash
),

candidates as (
    select
        identified.venue,
        identified.symbol,
        identified.trade_id,
        identified.trade_day,
        identified.object_number,
        identified.source_line,
        (
            -- the same trade may come in microseconds from an archive, in milliseconds from a feed
            epoch_ms(identified.traded_at),
            identified.price,
            identified.quantity,
            identified.aggressor_side
        ) as content,
    from {{ ref('int_trades_identified') }} as identified
    inner join places
        on
            identified.object_number = places.object_number
            and identified.source_line = places.source_line
),

compared as (
    select
        object_number,
        source_line,
        content,
        first_value(content) over first_come as kept_content,
        row_number() over first_come as place,
    from candidates
    window first_come as (
        partition by venue, symbol, trade_id, trade_day
        order by object_number, source_line
    )
)

select
    object_number,
    source_line,
    -- nulls inside are equal to one another
    content = kept_content as is_same,
from compared
where place > 1
