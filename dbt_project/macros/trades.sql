{# The order of trades inside a symbol: by time, then by id as a number would sort. #}
{% macro trade_order() %}{'at': traded_at, 'length': length(trade_id), 'id': trade_id}{% endmacro %}

{# A sum that is null as soon as one part of it is unknown, instead of silently too small. #}
{% macro sum_or_null(column) %}case when count({{ column }}) = count(*) then sum({{ column }}) end{% endmacro %}
