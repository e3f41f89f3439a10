{# The window that a run answers for: DuckDB session variables, set on every connection. They fold into constants, so #}
{# filters on them prune data files, and the compiled SQL of a model is the same for every window. #}
{% macro window_start() %}getvariable('window_start')::timestamp{% endmacro %}

{% macro window_end() %}getvariable('window_end')::timestamp{% endmacro %}

{# Cells of a grain that close inside the window: first_cell <= cell_start_at < last_cell. #}
{% macro first_cell(grain) %}time_bucket(interval '{{ grain }}', {{ window_start() }}){% endmacro %}

{% macro last_cell(grain) %}time_bucket(interval '{{ grain }}', {{ window_end() }}){% endmacro %}
