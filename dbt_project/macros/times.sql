{# A time as text, in UTC: a count since 1970 or ISO 8601. The same reading as landing's (assets/landing/files/times.py), #}
{# which chose the day by it. #}
{% macro time_of(text) %}
    case
        when strpos({{ text }}, '-') > 1 then {{ time_of_iso(text) }}
        else {{ time_of_epoch(text) }}
    end
{%- endmacro %}

{# Seconds, milliseconds, microseconds or nanoseconds since 1970; the magnitude determines it. Binance's spot archives #}
{# went from milliseconds to microseconds on 2025-01-01. #}
{% macro time_of_epoch(text) %}
    make_timestamp(
        case
            when contains({{ text }}, '.') then {{ microseconds_of(text, 'double') }}
            else {{ microseconds_of(text, 'bigint') }}
        end
    )
{%- endmacro %}

{# As a double: the least integer has no absolute value. #}
{% macro microseconds_of(text, type) %}
    {%- set count = "try_cast(" ~ text ~ " as " ~ type ~ ")" -%}
    {%- set size = "abs(" ~ count ~ "::double)" -%}
    case
        when {{ size }} < 1e11 then try_cast({{ count }} * 1000000 as bigint)
        when {{ size }} < 1e14 then try_cast({{ count }} * 1000 as bigint)
        when {{ size }} < 1e17 then try_cast({{ count }} as bigint)
        when {{ size }} < 9e18 then try_cast({{ count }} // 1000 as bigint)
    end
{%- endmacro %}

{# Without a zone it is UTC. A plain cast to TIMESTAMP would silently drop a zone, one to TIMESTAMPTZ would read #}
{# a time without a zone in the session's. #}
{% macro time_of_iso(text) %}
    case
        when
            length({{ text }}) > 11
            and (
                contains(substr({{ text }}, 12), '+')
                or contains(substr({{ text }}, 12), '-')
                or ends_with(upper({{ text }}), 'Z')
            )
            then
                try_cast(
                    regexp_replace(trim({{ text }}), ' ([+-]\d)', '\1') as timestamptz
                ) at time zone 'UTC'
        else try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{# A count of microseconds since 1970. Null outside of the years 1970 to 9999, which not every reader of the lake can show. #}
{% macro time_of_microseconds(count) %}
    case
        when try_cast({{ count }} as bigint) between 0 and 253402300799999999
            then make_timestamp(try_cast({{ count }} as bigint))
    end
{%- endmacro %}
