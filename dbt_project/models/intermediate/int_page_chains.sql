-- The edges that lie on a chain of at least two whole pages. A sweep now and then looks like an
-- edge, but hardly ever leads to the place where the next edge must be.
with links as (
    select * from {{ ref('int_page_links') }}
),

ends as (
    select
        tape,
        later_line,
        count(*) as page_count,
    from links
    group by tape, later_line
),

starts as (
    select
        tape,
        earlier_line,
    from links
    group by tape, earlier_line
),

chained as (
    select
        links.*,
        before.tape is not null as has_page_before,
        -- if two edges lead to one place, and no page leads to them, neither can be told to be real
        after.tape is not null and own.page_count = 1 as has_page_after,
    from links
    inner join ends as own
        on links.tape = own.tape and links.later_line = own.later_line
    left join ends as before
        on links.tape = before.tape and links.earlier_line = before.later_line
    left join starts as after
        on links.tape = after.tape and links.later_line = after.earlier_line
)

select
    tape,
    earlier_line as page_line,
from chained
where has_page_before or has_page_after
union
select
    tape,
    later_line as page_line,
from chained
where has_page_before
