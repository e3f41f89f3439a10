{# No stage takes a NUL inside a text: a sort key and the catalog's statistics end at it. Landing rejects such a row; an #}
{# older version landed it. #}
{% macro has_nul(columns) -%}
    contains(concat_ws('', {{ columns | join(', ') }}), chr(0))
{%- endmacro %}

{# The text with each NUL written out, as landing writes it; looking for one costs a quarter of replacing it. #}
{% macro without_nul(column) -%}
    if(contains({{ column }}, chr(0)), replace({{ column }}, chr(0), '\x00'), {{ column }})
{%- endmacro %}
