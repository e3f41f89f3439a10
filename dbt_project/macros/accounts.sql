{# Trades that tell who traded, of those that the order book made: what the features of accounts read. Where a source #}
{# names nobody, the columns hold nulls alone, and the filter skips them by their statistics. #}
{% macro names_an_account() %}
    (buyer_account_id is not null or seller_account_id is not null)
    and is_on_book
{%- endmacro %}
