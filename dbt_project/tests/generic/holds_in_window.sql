{# Fails with the rows of the window for which the expression does not hold; one that is null fails too. #}
{% test holds_in_window(model, expression, grain, column='cell_start_at') %}
select *
from {{ model }}
where
    {{ column }} >= {{ first_cell(grain) }}
    and {{ column }} < {{ last_cell(grain) }}
    and not coalesce({{ expression }}, false)
{% endtest %}
