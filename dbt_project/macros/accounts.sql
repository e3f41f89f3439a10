{# Trades that tell who traded, of those that the order book made: what the features of accounts read. Where a source #}
{# names nobody, the columns hold nulls alone, and the filter skips them by their statistics. #}
{% macro names_an_account() %}
    (buyer_account_id is not null or seller_account_id is not null)
    and is_on_book
{%- endmacro %}

{# Whether an order, as the features of accounts see it, sells: that of the account that took, of the buyer where nobody #}
{# knows who did, or of the one that a row of one side reports. #}
{% macro order_sells() %}
    (buyer_account_id is null or seller_account_id is not null and coalesce(aggressor_side = 'seller', false))
{%- endmacro %}

{# Whose order it is. #}
{% macro order_account() %}
    if({{ order_sells() }}, seller_account_id, buyer_account_id)
{%- endmacro %}
