-- The edges that lie on a chain of at least four whole pages. A sweep sometimes looks like an edge,
-- but an edge that is linked to other edges page by page is real.
with recursive links as (
    select * from {{ ref('int_page_links') }}
),

steps as (
    select
        tape,
        'before' as side,
        earlier_line as from_line,
        later_line as to_line,
    from links
    union all
    select
        tape,
        'after' as side,
        later_line as from_line,
        earlier_line as to_line,
    from links
),

-- the number of pages before an edge, and after it, counted up to four
walked as (
    select
        tape,
        side,
        to_line as page_line,
        1 as page_count,
    from steps
    union
    select
        steps.tape,
        steps.side,
        steps.to_line as page_line,
        walked.page_count + 1 as page_count,
    from walked
    inner join steps
        on
            walked.tape = steps.tape
            and walked.side = steps.side
            and walked.page_line = steps.from_line
    where walked.page_count < 4
),

counted as (
    select
        tape,
        page_line,
        coalesce(max(page_count) filter (side = 'before'), 0) as before_count,
        coalesce(max(page_count) filter (side = 'after'), 0) as after_count,
    from walked
    group by tape, page_line
),

-- if several edges lead to one edge, and no page leads to them, none is known to be real
leaders as (
    select
        tape,
        min(earlier_line) as page_line,
    from links
    group by tape, later_line
    having count(*) = 1
)

select
    counted.tape,
    counted.page_line,
from counted
left join leaders on counted.tape = leaders.tape and counted.page_line = leaders.page_line
where
    counted.before_count + counted.after_count >= 4
    and (counted.before_count > 0 or leaders.tape is not null)
group by counted.tape, counted.page_line
