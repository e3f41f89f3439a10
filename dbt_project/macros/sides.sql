{# `is_buyer_maker` true means that the seller took. #}
{% macro aggressor_of_maker(is_buyer_maker) %}
    case lower({{ is_buyer_maker }}) when 'true' then 'seller' when 'false' then 'buyer' end
{%- endmacro %}

{# Side of the aggressor from the word that a venue uses for the taker's side. #}
{% macro aggressor_of_taker(side) %}
    case lower({{ side }}) when 'buy' then 'buyer' when 'sell' then 'seller' end
{%- endmacro %}

{# Number of fills in an aggregate. #}
{% macro fills_between(first_id, last_id) %}
    try_cast(try_cast({{ last_id }} as bigint) - try_cast({{ first_id }} as bigint) + 1 as integer)
{%- endmacro %}
