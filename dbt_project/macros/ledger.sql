{# The ledger of landed objects, written in the transaction that writes their rows. An object's ledger entry is a #}
{# function of the object alone, so a window that runs twice changes nothing. #}
{% macro record_landed_objects() %}
    {{ forget_objects('true') }};

    {{ record_objects('true') }}
{% endmacro %}

{% macro forget_objects(condition) %}
    delete from lake.ops.landed_objects
    where
        object in (select object from {{ ref('int_object_days') }} where window_row_count > 0)
        and {{ condition }}
{% endmacro %}

{% macro record_objects(condition) %}
    insert into lake.ops.landed_objects
    select
        object,
        'trades' as dataset,
        venue,
        digest,
        source_file,
        row_count,
        least_traded_at,
        greatest_traded_at,
        trade_day
    from {{ ref('int_object_days') }}
    where
        object in (select object from {{ ref('int_object_days') }} where window_row_count > 0)
        and {{ condition }}
{% endmacro %}

{# A rejected row without a time lies in no window: it is replaced with the object that it came in. #}
{% macro forget_timeless_rows(relation) %}
    delete from {{ relation }}
    where traded_at is null and source in (select object from {{ ref('int_object_days') }})
{% endmacro %}
