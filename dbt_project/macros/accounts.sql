{# Whether an order, as the features of accounts see it, sells: that of the account that took, of the buyer where nobody #}
{# knows who did, or of the one that a row of one side reports. #}
{% macro order_sells() %}
    (buyer_account_id is null or seller_account_id is not null and coalesce(aggressor_side = 'seller', false))
{%- endmacro %}

{# Whose order it is. #}
{% macro order_account() %}
    if({{ order_sells() }}, seller_account_id, buyer_account_id)
{%- endmacro %}

{# What a market traded in the hour up to the end of each cell of five minutes, and what its quote currency is worth. #}
{% macro market_hours() %}
    select
        venue,
        symbol,
        cell_start_at,
        sum(notional) over last_hour as market_notional,
        notional_usd::double / nullif(notional, 0)::double as usd_per_quote,
    from {{ ref('bars_5m') }}
    where {{ cells_read('5 minutes', '55 minutes') }}
    window last_hour as (
        partition by venue, symbol order by cell_start_at
        range between interval 55 minutes preceding and current row
    )
{%- endmacro %}
