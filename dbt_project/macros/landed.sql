{# The landed objects of the run, of one format; `source` is the object's key, the same on a disk and in a bucket. #}
{% macro landed(format) %}
    select
        *,
        'landing/' || split_part(filename, '/landing/', 2) as source,
        contains(filename, '/date=unknown/') or error is not null as is_unreadable,
    from
        read_parquet(
            getvariable('landed_trades'),
            union_by_name = true,
            filename = true,
            hive_partitioning = false
        )
    where format = '{{ format }}'
{% endmacro %}

{# Seconds, milliseconds, microseconds or nanoseconds since 1970 as text; the magnitude tells which. #}
{# Binance's spot archives changed from milliseconds to microseconds on 2025-01-01. #}
{% macro time_of_epoch(text) %}
    make_timestamp(
        case
            when length({{ text }}) >= 18 then try_cast({{ text }} as bigint) // 1000
            when length({{ text }}) >= 15 then try_cast({{ text }} as bigint)
            when length({{ text }}) >= 12 then try_cast({{ text }} as bigint) * 1000
            else (try_cast({{ text }} as decimal(18, 6)) * 1000000)::bigint
        end
    )
{% endmacro %}

{# ISO 8601; without a zone it is UTC. A plain cast to TIMESTAMP would drop the zone without a word. #}
{% macro time_of_iso(text) %}
    case
        when regexp_matches(right({{ text }}, 6), '[+-]\d\d:?\d\d$|[zZ]$')
            then try_cast({{ text }} as timestamptz) at time zone 'UTC'
        else try_cast({{ text }} as timestamp)
    end
{% endmacro %}

{# Text to DECIMAL(38,18), exactly. Through a narrow decimal where the digits fit: the wide cast costs 70 times as much. #}
{% macro exact_decimal(text) %}
    case
        when
            strpos({{ text }}, '.') between 1 and 9
            and length({{ text }}) - strpos({{ text }}, '.') <= 10
            and strpos(lower({{ text }}), 'e') = 0
            then try_cast({{ text }} as decimal(18, 10))::decimal(38, 18)
        when
            strpos({{ text }}, '.') = 0
            and length({{ text }}) <= 18
            and strpos(lower({{ text }}), 'e') = 0
            then try_cast({{ text }} as decimal(18, 0))::decimal(38, 18)
        else try_cast({{ text }} as decimal(38, 18))
    end
{% endmacro %}

{# `is_buyer_maker` true means that the seller took. #}
{% macro aggressor_of_maker(is_buyer_maker) %}
    case lower({{ is_buyer_maker }}) when 'true' then 'seller' when 'false' then 'buyer' end
{% endmacro %}

{# Side of the aggressor from the word that a venue uses for the taker's side. #}
{% macro aggressor_of_taker(side) %}
    case lower({{ side }}) when 'buy' then 'buyer' when 'sell' then 'seller' end
{% endmacro %}
