{# `is_buyer_maker` true means that the seller took. #}
{% macro aggressor_of_maker(is_buyer_maker) %}
    case lower({{ is_buyer_maker }}) when 'true' then 'seller' when 'false' then 'buyer' end
{%- endmacro %}

{# Side of the aggressor from the word that a venue uses for the taker's side: who bids buys. Our own words come first: #}
{# a trimmed copy of each costs three times as much as the comparison. #}
{% macro aggressor_of_taker(side) %}
    case
        when {{ side }} in ('buyer', 'seller') then {{ side }}
        when lower(trim({{ side }})) in ('buy', 'buyer', 'b', 'bid') then 'buyer'
        when lower(trim({{ side }})) in ('sell', 'seller', 's', 'ask', 'a') then 'seller'
    end
{%- endmacro %}

{# The account that bought, or the one that sold: as the source names it, else the reported account or the one opposite; #}
{# an account that traded with itself is both, whoever took. #}
{% macro account_of(side) %}
    coalesce({{ side }}_account_id, {{ account_by_aggressor(side) }})
{%- endmacro %}

{% macro account_by_aggressor(side) %}
    case
        when aggressor_side = '{{ side }}' or account_id = counterparty_account_id then account_id
        when aggressor_side is not null then counterparty_account_id
    end
{%- endmacro %}

{# Whether a source names another account as its buyer or seller than its reported account and side do, or a reported #}
{# account that is neither. #}
{% macro accounts_contradict() %}
    buyer_account_id <> {{ account_by_aggressor('buyer') }}
    or seller_account_id <> {{ account_by_aggressor('seller') }}
    or account_id not in (buyer_account_id, seller_account_id)
    or counterparty_account_id not in (buyer_account_id, seller_account_id)
{%- endmacro %}

{# Whether a source says that it does not know the side; any other word is one that we do not know. #}
{% macro side_is_unknown(side) %}
    coalesce(
        lower(trim({{ side }})) in ('', 'unknown', 'none', 'null', 'nan', 'na', 'n/a', '-', '?'), true
    )
{%- endmacro %}

{# Number of fills in an aggregate; ids of 64 bits are further apart than 64 bits hold. #}
{% macro fills_between(first_id, last_id) %}
    try_cast(
        try_cast({{ last_id }} as bigint)::hugeint - try_cast({{ first_id }} as bigint) + 1 as integer
    )
{%- endmacro %}
