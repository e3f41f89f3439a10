{# Each key stands once among the rows of the window. #}
{% test keys_are_unique_in_the_window(model, key, time_column='traded_at') %}
    select {{ key | join(', ') }}, count(*) as row_count
    from {{ model }}
    where {{ time_column }} >= {{ window_start() }} and {{ time_column }} < {{ window_end() }}
    group by {{ key | join(', ') }}
    having count(*) > 1
{% endtest %}
