{# How far a value lies from the median of others, in standard deviations that outliers do not move. The models and the #}
{# detectors (assets/transform/robust_score.py) compute it with the two macros below. #}

{# A median absolute deviation as a standard deviation: where values are normal, the one is 1.4826 times the other. #}
{% macro robust_scale(deviation) -%}
    1.4826 * {{ deviation }}
{%- endmacro %}

{% macro robust_score(value, center, scale) -%}
    ({{ value }} - {{ center }}) / ({{ scale }})
{%- endmacro %}
