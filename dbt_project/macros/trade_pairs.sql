{# Fills of one millisecond and side are one order: this trade starts another than the one before it. #}
{% macro opens_order(trade, earlier) -%}
    ({{ trade }}.is_buyer <> {{ earlier }}.is_buyer or {{ trade }}.at // 1000 <> {{ earlier }}.at // 1000)
{%- endmacro %}

{# Two trades that follow one another, of different orders: the same quantity at nearly the same time and price #}
{# (measurement.sql). Sides are not compared. #}
{% macro closes_pair(trade, earlier) -%}
    (
            {{ opens_order(trade, earlier) }}
            and {{ trade }}.quantity = {{ earlier }}.quantity
            and {{ trade }}.at - {{ earlier }}.at <= {{ pair_microseconds() }}
            and abs({{ trade }}.price - {{ earlier }}.price) <= {{ pair_price_share() }} * {{ earlier }}.price
        )
{%- endmacro %}

{# The sum over the pairs of a cell by quantity, 0 without any; in order, because doubles are not associative. #}
{% macro sum_in_order(expression) %}coalesce(sum({{ expression }} order by quantity), 0){% endmacro %}
