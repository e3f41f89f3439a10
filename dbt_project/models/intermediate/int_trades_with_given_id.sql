-- An id for each trade without one: a hash of its content and of its ordinal among the identical
-- rows of its file. So the same file twice adds nothing, and identical fills inside a file are
-- separate trades.
with numbered as (
    select
        without_id.object_number,
        without_id.source_line,
        without_id.market_hash,
        without_id.content,
        repeats.source_line is not null as is_page_edge,
        row_number() over (
            partition by
                without_id.tape, without_id.content, repeats.source_line is not null
            order by without_id.source_line
        ) as ordinal,
    from {{ ref('int_trades_without_venue_id') }} as without_id
    left join {{ ref('int_page_repeats') }} as repeats
        on
            without_id.tape = repeats.tape
            and without_id.source_line = repeats.source_line
)

select
    object_number,
    source_line,
    is_page_edge,
    left(md5(content || '|' || ordinal), 20) as trade_id,
    hash(market_hash, left(md5(content || '|' || ordinal), 20)) as key_hash,
from numbered
