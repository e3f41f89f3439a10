{{ config(materialized='ephemeral') }}

-- The two regressions of each closing day side by side; of too few cells only their count.
select
    venue,
    symbol,
    trade_day,
    max(n) as regression_cell_count,
    {% for form, prefix in [('root', 'kyle'), ('linear', 'linear')] %}
        {% for measure, column in [('slope', 'lambda'), ('t', 't'), ('r2', 'r2')] %}
            max({{ measure }}) filter (
                where form = '{{ form }}' and n >= {{ least_cells_of_a_regression() }}
            ) as {{ prefix }}_{{ column }},
        {% endfor %}
    {% endfor %}
from {{ ref('impact_regressions') }}
group by venue, symbol, trade_day
