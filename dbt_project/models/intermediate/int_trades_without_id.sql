-- An id for each trade that came without one: a hash of what it is and of its ordinal among the
-- identical rows of its file. So the same file twice adds nothing, and identical fills inside a
-- file stay apart.
with numbered as (
    select
        nameless.object_number,
        nameless.source_line,
        nameless.market_hash,
        nameless.content,
        repeats.source_line is not null as is_page_edge,
        row_number() over (
            partition by
                nameless.tape, nameless.content, repeats.source_line is not null
            order by nameless.source_line
        ) as ordinal,
    from {{ ref('int_trades_nameless') }} as nameless
    left join {{ ref('int_page_repeats') }} as repeats
        on
            nameless.tape = repeats.tape
            and nameless.source_line = repeats.source_line
)

select
    object_number,
    source_line,
    is_page_edge,
    left(md5(content || '|' || ordinal), 20) as trade_id,
    hash(market_hash, left(md5(content || '|' || ordinal), 20)) as key_hash,
from numbered
