{{ config(rows_come_of=['int_page_edges']) }}
-- Pairs of candidate edges that may be the two ends of a full page: Binance's interface gives at
-- most 500 or 1,000 trades at once, the same in one file, and an hour at most.
with edges as (
    select * from {{ ref('int_page_edges') }}
),

full_pages as (
    select
        earlier.tape,
        earlier.page_line as earlier_line,
        later.page_line as later_line,
        limits.row_limit,
    from edges as earlier
    cross join {{ ref('page_limits') }} as limits
    inner join edges as later
        on
            earlier.tape = later.tape
            and earlier.page_line + limits.row_limit = later.page_line
            and later.traded_at <= earlier.traded_at + interval 1 hour
),

counted as (
    select
        tape,
        row_limit,
        count(*) as page_count,
    from full_pages
    group by tape, row_limit
),

-- of pages of 500, edges two pages apart fit pages of 1,000 too, but there is one pair less of them
chosen as (
    select
        tape,
        arg_max(row_limit, (page_count, -row_limit)) as row_limit,
    from counted
    group by tape
)

select full_pages.*
from full_pages
inner join chosen
    on full_pages.tape = chosen.tape and full_pages.row_limit = chosen.row_limit
