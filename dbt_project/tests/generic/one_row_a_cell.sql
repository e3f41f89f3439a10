{# Fails with the cells of the window that lack a key or have it twice. #}
{% test one_row_a_cell(model, grain, also=[]) %}
select
    venue,
    symbol,
    {% for column in also %}{{ column }}, {% endfor %}
    cell_start_at,
    count(*) as row_count,
from {{ model }}
where cell_start_at >= {{ first_cell(grain) }} and cell_start_at < {{ last_cell(grain) }}
group by all
having row_count > 1 or venue is null or symbol is null
{% endtest %}
