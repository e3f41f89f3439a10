-- Pairs of candidate edges that may be the two ends of one page, full or of a whole hour: one edge
-- determines the place of the next.
with edges as (
    select * from {{ ref('int_page_edges') }}
),

whole_edges as (
    select * from edges
    where is_whole
),

full_pages as (
    select * from {{ ref('int_full_pages') }}
),

row_limits as (
    select
        tape,
        max(row_limit) as row_limit,
    from full_pages
    group by tape
),

-- from an edge to the last instant of the hour that follows
hours as (
    select
        earlier.tape,
        earlier.page_line as earlier_line,
        later.page_line as later_line,
    from edges as earlier
    asof inner join whole_edges as later
        on
            earlier.tape = later.tape
            and earlier.traded_at + interval 1 hour >= later.traded_at
    left join row_limits on earlier.tape = row_limits.tape
    where
        later.traded_at > earlier.traded_at
        and later.next_traded_at > earlier.traded_at + interval 1 hour
        and later.page_line - earlier.page_line <= coalesce(row_limits.row_limit, 1000)
)

select
    tape,
    earlier_line,
    later_line,
from full_pages
union
select * from hours
