{# Why a landed trade is rejected, or null. Ranges are checked on doubles, which cost a quarter. They leave room for #}
{# sums: a million of the largest quantities and 100 million of the largest values per symbol and day still fit the #}
{# decimals. A value below the last digit would become zero, and every ratio to it infinite. #}
{% macro reject_reason() %}
    case
        when error is not null then error
        when traded_at is null then 'the time cannot be read, or is not of the day it landed under'
        when symbol is null then symbol_problem
        when size_needed and contract_size is null
            then
                'the contract size of ' || venue_symbol || ' is not known: give it in instruments.toml, or run '
                || 'tapewatch instruments refresh ' || venue
        when price_double is null or isnan(price_double) then 'the price is no number'
        when traded_double is null or isnan(traded_double) then 'the quantity is no number'
        when {{ is_cut('trade_id') }} then 'a spreadsheet has cut the id to ' || trade_id
        when condition = 'none' then 'it is an event without a trade'
        when price_double <= 0 then 'the price is not positive'
        when traded_double <= 0 then 'the quantity is not positive'
        when traded_double < {{ least_lot() }}
            then 'the quantity ' || quantity_text || ' is far below any lot, as the residue of a subtraction is'
        when
            not (
                price_double between 1e-18 and 1e19
                and quantity_double between 1e-18 and 1e14
                and value_double between 1e-12 and 1e18
            )
            then 'the price, the quantity or their product is out of range'
        when coalesce(fill_count, 0) < 1 then 'the ids of the first and last fill disagree'
        when aggressor_side is null and not {{ side_is_unknown('side_text') }} then 'unknown side ' || side_text
        when {{ accounts_contradict() }}
            then
                'the accounts contradict: account ' || coalesce(account_id, 'unknown') || ' and counterparty '
                || coalesce(counterparty_account_id, 'unknown') || ', aggressor '
                || coalesce(aggressor_side, 'unknown') || ', but buyer '
                || coalesce(buyer_account_id, 'unknown') || ' and seller '
                || coalesce(seller_account_id, 'unknown')
        when cost_double is not null and {{ contradicts('cost_double', 'expected_cost', 'cost_text') }}
            then
                'the file says a value of ' || cost_text || ', price x quantity x contract size is '
                || expected_cost
    end
{%- endmacro %}

{# An id that a spreadsheet has rounded for its display: 1.23457E+17. #}
{% macro is_cut(id) %}regexp_full_match({{ id }}, '\d(\.\d+)?E\+\d+'){% endmacro %}

{# Whether a value differs from what it should be by more than a thousandth and one of its last digits. #}
{% macro contradicts(value, expected, text) %}
    abs({{ value }} - {{ expected }}) > 1e-3 * abs({{ expected }})
    and abs({{ value }} - {{ expected }}) > pow(10, -length(split_part({{ text }}, '.', 2)))
{%- endmacro %}
