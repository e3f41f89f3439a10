{# Fails with the rows of the window for which the expression is false or null. #}
{% test holds_in_window(model, expression, grain, column='cell_start_at') %}
select *
from {{ model }}
where
    {{ column }} >= {{ first_cell(grain) }}
    and {{ column }} < {{ last_cell(grain) }}
    and not coalesce({{ expression }}, false)
{% endtest %}
