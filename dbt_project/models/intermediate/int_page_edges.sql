-- Rows of one instant that a file has twice, the second copy directly after the first. A downloader
-- that pages by time produces them, because each page begins again at the last instant of the page
-- before. Fills of one sweep may look the same, so the rows are only candidates.
with instants as (
    select
        tape,
        traded_at,
        list(content order by source_line) as contents,
        list(source_line order by source_line) as source_lines,
    from {{ ref('int_trades_without_venue_id') }}
    group by tape, traded_at
),

followed as (
    select
        *,
        lead(traded_at) over (partition by tape order by traded_at) as next_traded_at,
    from instants
),

copies as (
    select
        *,
        unnest(
            list_filter(
                range(1, len(contents) // 2 + 1),
                lambda n: contents[1:n] = contents[n + 1:2 * n]
            )
        ) as row_count,
    from followed
    where len(contents) > 1
)

select
    tape,
    traded_at,
    next_traded_at,
    row_count,
    -- a page that ended by time had all rows of the instant, a full page perhaps a part
    len(contents) = 2 * row_count as is_whole,
    list_unique(contents[1:row_count]) as different_count,
    source_lines[row_count + 1] as page_line,
    source_lines[row_count + 1:2 * row_count] as repeated_lines,
from copies
