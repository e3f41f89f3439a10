{# A part of a symbol by the template of its rule, in upper case; null where the rule has none. #}
{% macro symbol_part(part) -%}
    nullif(upper(regexp_replace(name, rule.pattern, rule.{{ part }})), '')
{%- endmacro %}

{# The expiry as YYMMDD: `240927` as it is, `27SEP24` by its month. A month's code alone (Z24) stays as it is. #}
{% macro expiry_of(text) -%}
    case
        when regexp_full_match({{ text }}, '[0-9]{6}') then {{ text }}
        else coalesce(strftime(try_strptime({{ text }}, '%d%b%y'), '%y%m%d'), {{ text }})
    end
{%- endmacro %}

{# A currency's usual name for the code of a venue. #}
{% macro currency_of(code, venue) -%}
    coalesce(
        (
            select any_value(codes.currency)
            from {{ ref('currency_codes') }} as codes
            where codes.code = {{ code }} and regexp_full_match({{ venue }}, codes.venue)
        ),
        {{ code }}
    )
{%- endmacro %}

{# The fields of an instrument that the user or a venue describes (assets/transform/instruments.py writes them). #}
{% macro known_instrument_fields() -%}
    [{"venue":"VARCHAR","venue_symbol":"VARCHAR","kind":"VARCHAR","base":"VARCHAR","quote":"VARCHAR","settlement":"VARCHAR","expiry":"VARCHAR","strike":"VARCHAR","contract":"VARCHAR","contract_size":"DOUBLE","tick":"DOUBLE","lot":"DOUBLE","source":"VARCHAR"}]
{%- endmacro %}

{# `BASE-QUOTE`, of a derivative with `:SETTLEMENT`, of a future with `-YYMMDD`, of an option with strike and right; #}
{# null where a part is not known. #}
{% macro symbol_of_parts() -%}
    case
        when described.kind = 'spot' then described.base || '-' || described.quote
        when described.contract in ('linear', 'inverse')
            then
                described.base || '-' || described.quote || ':' || described.settlement
                || if(described.kind = 'perpetual', '', '-' || described.expiry)
                || if(described.kind = 'option', '-' || described.strike, '')
    end
{%- endmacro %}

{# Why a symbol has no instrument, with the cure. #}
{% macro symbol_problem() -%}
    case
        when symbol is not null then null
        when described.contract = 'quanto'
            then described.venue_symbol || ' is a quanto contract, whose value does not follow from its price'
        when described.contract = 'unknown'
            then
                described.venue_symbol || ' may be a contract of dollars or of '
                || coalesce(described.base, 'the base') || ': name its venue, or describe it in instruments.toml'
        when described.all_readings is not null
            then described.venue_symbol || ' may be ' || described.all_readings || ': write it with a separator'
        when described.kind <> 'spot' and described.quote is null
            then described.venue_symbol || ' names no quote currency: name its venue, or describe it in instruments.toml'
        else 'unknown symbol ' || coalesce(described.venue_symbol, '(none)')
    end
{%- endmacro %}
