-- The rows that a downloader's page edges repeated: the second copies at edges on a chain of pages.
-- Where a day of a file shows no such rhythm, a block of different rows that repeats at once counts
-- as an edge; a single row, or a run of equal ones, never does: that is how a sweep looks.
--
-- The 25 recordings of pumps of 2018 to 2020 hold 10,549 rows that equal another. Of these 6,933
-- are dropped, at 5,499 edges, 418 after a page of 500 trades, the others after an hour. A
-- walk from page to page through each file ends where these are, but for a few beside silences. The
-- other equal rows lie where no page can have ended, and stay.
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
