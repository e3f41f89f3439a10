-- Pairs of candidate edges that are the two ends of one page. A page of Binance's interface holds
-- at most 500 or 1,000 trades and at most one hour: so from one edge the place of the next follows.
with edges as (
    select * from {{ ref('int_page_edges') }}
),

whole_edges as (
    select * from edges
    where is_whole
),

full_pages as (
    select
        earlier.tape,
        earlier.page_line as earlier_line,
        later.page_line as later_line,
    from edges as earlier
    cross join {{ ref('page_limits') }} as limits
    inner join edges as later
        on
            earlier.tape = later.tape
            and earlier.page_line + limits.row_limit = later.page_line
            and later.traded_at <= earlier.traded_at + interval 1 hour
),

-- to the last instant within the hour
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
    where
        later.traded_at > earlier.traded_at
        and later.next_traded_at > earlier.traded_at + interval 1 hour
        and later.page_line - earlier.page_line
        <= (select max(limits.row_limit) from {{ ref('page_limits') }} as limits)
)

select * from full_pages
union
select * from hours
