{# The ledger of landed objects, written in the transaction that brings their rows. What it says of an object is a #}
{# function of the object alone, so a window that runs twice changes nothing. #}
{% macro record_landed_objects() %}
    delete from lake.ops.landed_objects
    where list_contains(
        list_transform(
            getvariable('landed_trades'),
            lambda path: 'landing/' || split_part(path, '/landing/', 2)
        ),
        object
    );

    insert into lake.ops.landed_objects
    select
        source as object,
        'trades' as dataset,
        min(venue) as venue,
        min(source_digest) as digest,
        min(source_file) as source_file,
        count(*) as row_count,
        min(traded_at) as least_traded_at,
        max(traded_at) as greatest_traded_at,
        traded_at::date as trade_day
    from {{ ref('int_trades_landed') }}
    group by source, traded_at::date
{% endmacro %}

{# A rejected row without a time lies in no window: it is replaced with the object that it came in. #}
{% macro forget_timeless_rows() %}
    delete from {{ this }}
    where
        traded_at is null
        and source in (select distinct source from {{ ref('int_trades_parsed') }})
{% endmacro %}

