-- An id for each trade that came without one: a hash of what it is and of its ordinal among the
-- identical rows of its file. So the same file twice adds nothing, and identical fills inside a
-- file, which is how a sweep looks, stay apart.
--
-- A downloader that pages by time asks again from the last timestamp it has: what it had of that
-- timestamp then stands in the file twice, one block right after the other. A block of different
-- rows that repeats at the head of its timestamp is such an edge; the first copy is dropped. A
-- single row or a run of equal rows that repeats may as well be real fills, and stays.
with nameless as (
    select
        source,
        source_line,
        source_digest,
        venue,
        symbol,
        traded_at,
        md5(
            concat_ws('|', venue, symbol, traded_at, price, quantity, aggressor_side)
        ) as content,
    from {{ ref('int_trades_parsed') }}
    where trade_id is null and reject_reason is null
),

instants as (
    select
        source_digest,
        venue,
        symbol,
        traded_at,
        list(content order by source_line) as contents,
        list(source_line order by source_line) as source_lines,
    from nameless
    group by source_digest, venue, symbol, traded_at
    having count(*) >= 4
),

edges as (
    select
        *,
        coalesce(
            list_max(
                list_filter(
                    range(2, len(contents) // 2 + 1),
                    lambda n: contents[1:n] = contents[n + 1:2 * n]
                    and list_unique(contents[1:n]) > 1
                )
            ),
            0
        ) as repeated_count,
    from instants
),

repeated as (
    select
        source_digest,
        unnest(source_lines[1:repeated_count]) as source_line,
    from edges
    where repeated_count > 0
),

numbered as (
    select
        nameless.*,
        repeated.source_line is not null as is_page_edge,
        row_number() over (
            partition by
                nameless.source_digest, nameless.content, repeated.source_line is not null
            order by nameless.source_line
        ) as ordinal,
    from nameless
    left join repeated
        on
            nameless.source_digest = repeated.source_digest
            and nameless.source_line = repeated.source_line
)

select
    source,
    source_line,
    is_page_edge,
    left(md5(content || '|' || ordinal), 20) as trade_id,
from numbered
