{# What made a trade, from a venue's own word: `book` (the order book), `auction`, `liquidation` (a forced order in the #}
{# book), `block` and `rfq` (agreed beside it), `adl`, `insurance` and `settlement` (assigned by the venue); `unknown` #}
{# where the source does not say. Of an event without a trade a model says `none`: it is set aside. #}
{% macro condition_of(word) %}
    case
        when {{ word }} is null then 'unknown'
        else
            case regexp_replace(lower(trim({{ word }})), '[^a-z]+', '_', 'g')
                when 'market' then 'book'
                when 'limit' then 'book'
                when 'book' then 'book'
                when 'regular' then 'book'
                when 'block' then 'block'
                when 'block_trade' then 'block'
                when 'rfq' then 'rfq'
                when 'auction' then 'auction'
                when 'opening_auction' then 'auction'
                when 'closing_auction' then 'auction'
                when 'liquidation' then 'liquidation'
                when 'adl' then 'adl'
                when 'auto_deleveraging' then 'adl'
                when 'insurance' then 'insurance'
                when 'insurance_fund' then 'insurance'
                when 'settlement' then 'settlement'
                when 'delivery' then 'settlement'
                else 'unknown'
            end
    end
{%- endmacro %}

{# The same from the columns that venues' tables have for it: Bybit's isBlockTrade, Deribit's block_trade_id and #}
{# liquidation (M, T or MT: whose order was forced), BitMEX's trdType. #}
{% macro condition_of_table() %}
    case
        when lower(is_block_trade) in ('true', '1') or block_trade_id <> '' then 'block'
        when lower(liquidation) in ('m', 't', 'mt', 'true', '1', 'liquidation') then 'liquidation'
        else {{ condition_of('coalesce(condition, trd_type)') }}
    end
{%- endmacro %}

{# Whether the order book, or an auction of it, made a trade: only such a trade moves a price, a bar and a detector. #}
{% macro made_by_the_book(condition) %}
    {{ condition }} in ('book', 'auction', 'liquidation', 'unknown')
{%- endmacro %}
