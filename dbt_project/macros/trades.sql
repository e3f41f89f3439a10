{# A key that sorts the trades of a symbol: by time, then by id as a number would sort. As one blob it costs half of #}
{# what a struct costs as the key of arg_min and arg_max. #}
{% macro trade_order() %}
    {%- set ascending = "'asc nulls last'" -%}
    create_sort_key(
        traded_at, {{ ascending }}, length(trade_id), {{ ascending }}, trade_id, {{ ascending }}
    )
{%- endmacro %}

{# A sum that is null as soon as one part of it is unknown, instead of silently too small. #}
{% macro sum_or_null(column) %}case when count({{ column }}) = count(*) then sum({{ column }}) end{% endmacro %}

{# Landing chose the object by a row's time; a row with another day's time would belong to no run of any day, so it #}
{# counts as one without a time. #}
{% macro time_in_object() %}
    case
        when landed.traded_at >= objects.rows_start_at and landed.traded_at < objects.rows_end_at
            then landed.traded_at
    end
{%- endmacro %}
