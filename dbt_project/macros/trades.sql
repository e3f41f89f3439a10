{# A key that sorts the trades of a market: by time, within an instant as their source had them. As one blob it costs #}
{# half of what a struct costs as the key of arg_min and arg_max. #}
{% macro trade_order() %}
    {%- set ascending = "'asc nulls last'" -%}
    create_sort_key(
        traded_at, {{ ascending }}, sequence, {{ ascending }}, trade_id, {{ ascending }}
    )
{%- endmacro %}

{# A venue's id as the number that it counts, if it is one: `a` before it marks an aggregate. #}
{% macro counted_id(id) %}try_cast(ltrim({{ id }}, 'a') as bigint){% endmacro %}

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

{# The formats that land under ccxt's names of the columns (assets/landing/formats/venue_archives.py). #}
{% macro unified_formats() %}
    'ccxt', 'tardis', 'bybit_derivatives', 'bybit_spot', 'okx', 'okx_by_name', 'kucoin'
{%- endmacro %}
