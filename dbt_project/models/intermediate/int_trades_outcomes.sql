-- The trades that are not accepted, decided once for core, quarantine and the dropped: the rejected
-- and the `no_trade`, `page_edge`, `superseded`, `duplicate` or `repeated_fills`; if several apply
-- the first counts.
with found as (
    select
        object_number,
        source_line,
        if(is_no_trade, 0, 1) as place,
        if(is_no_trade, 'no_trade', 'quarantined') as outcome,
    from {{ ref('int_trades_keyed') }}
    where is_rejected
    union all
    select
        object_number,
        source_line,
        2 as place,
        'page_edge' as outcome,
    from {{ ref('int_trades_with_given_id') }}
    where is_page_edge
    union all
    select
        object_number,
        source_line,
        3 as place,
        'superseded' as outcome,
    from {{ ref('int_trades_superseded') }}
    union all
    select
        object_number,
        source_line,
        4 as place,
        if(is_same, 'duplicate', 'quarantined') as outcome,
    from {{ ref('int_trades_repeated') }}
    union all
    select
        object_number,
        source_line,
        5 as place,
        'repeated_fills' as outcome,
    from {{ ref('int_trades_overlapping') }}
)

select
    object_number,
    source_line,
    arg_min(outcome, place) as outcome,
from found
group by object_number, source_line
