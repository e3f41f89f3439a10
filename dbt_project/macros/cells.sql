{# The finer cells that a model reads: those of the window's closing cells, and as far back as it looks. #}
{# The last line folds to a constant: a window that closes no cell then reads no file. #}
{% macro cells_read(grain, look_back='0 minutes') -%}
    cell_start_at >= {{ first_cell(grain) }} - interval '{{ look_back }}'
    and cell_start_at < {{ last_cell(grain) }}
    and {{ first_cell(grain) }} < {{ last_cell(grain) }}
{%- endmacro %}

{# Log return from the last earlier cell with a trade; null if that one is older than `at_most`. #}
{% macro log_return(at_most) -%}
    case
        when cell_start_at - lag(cell_start_at) over by_symbol <= interval '{{ at_most }}'
            then ln(close / lag(close) over by_symbol)
    end
{%- endmacro %}

{# A window frame: the cells of the last minutes, this one among them. #}
{% macro minutes_up_to_now(count) -%}
    (
        partition by venue, symbol order by cell_start_at
        range between interval {{ count - 1 }} minutes preceding and current row
    )
{%- endmacro %}

{# Distance from the mean of an ordered list, in its standard deviations; null where it is constant. #}
{% macro z_score(value, history) -%}
    ({{ value }} - list_avg({{ history }})) / nullif(list_stddev_samp({{ history }}), 0)
{%- endmacro %}
