-- The rows that a downloader's page edges repeated: the second copies at edges on a chain of pages.
-- If a day of a file has no such chain, a block of different rows that repeats at once counts as an
-- edge; a single row, or a run of equal rows, never does, because a sweep looks like that.
--
-- The 25 recordings of pumps of 2018 to 2020 have 10,549 rows that equal another. 6,933 of them are
-- dropped, at 5,499 edges, 418 after a page of 500 trades, the others after an hour. A walk from
-- page to page through each file ends at those edges, except for a few beside silences. The other
-- equal rows lie where no page can have ended, and are not dropped.
with chosen as (
    select edges.*
    from {{ ref('int_page_edges') }} as edges
    left join {{ ref('int_page_chains') }} as chains
        on edges.tape = chains.tape and edges.page_line = chains.page_line
    where
        chains.tape is not null
        or (
            edges.different_count > 1
            and edges.tape not in (
                select rhythmic.tape from {{ ref('int_page_chains') }} as rhythmic
            )
        )
)

-- of several lengths that fit an instant the longest
select
    tape,
    unnest(max_by(repeated_lines, row_count)) as source_line,
from chosen
group by tape, traded_at
