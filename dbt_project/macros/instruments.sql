{# The instruments of the run's symbols, written in the transaction that writes their trades: a market's row is as its #}
{# last run read it. #}
{% macro record_instruments() %}
    delete from lake.core.instruments
    where (venue, symbol) in (select venue, symbol from {{ ref('int_trade_symbols') }});

    insert into lake.core.instruments
    select distinct on (symbols.venue, symbols.symbol)
        symbols.venue,
        symbols.symbol,
        symbols.venue_symbol,
        symbols.kind,
        symbols.base,
        symbols.quote,
        symbols.settlement,
        coalesce(symbols.contract_size, sizes.contract_size),
        symbols.is_inverse,
        try_strptime(symbols.expiry, '%y%m%d')::date,
        symbols.strike,
        symbols.tick,
        symbols.lot,
        if(symbols.contract_size is null and sizes.contract_size is not null, 'values', symbols.source)
    from {{ ref('int_trade_symbols') }} as symbols
    left join {{ ref('int_contract_sizes') }} as sizes
        on symbols.venue = sizes.venue and symbols.venue_symbol = sizes.venue_symbol
    where symbols.symbol is not null
    order by symbols.venue, symbols.symbol, symbols.venue_symbol
{% endmacro %}
