{# Fails with the bars of the window whose parts contradict each other. #}
{% test bars_add_up(model, grain) %}
select *
from {{ model }}
where
    cell_start_at >= {{ first_cell(grain) }}
    and cell_start_at < {{ last_cell(grain) }}
    and not coalesce(
        low <= least(open, close)
        and high >= greatest(open, close)
        and buyer_notional + seller_notional <= notional
        and buyer_trade_count + seller_trade_count <= trade_count
        and order_count between 1 and trade_count
        and fill_count >= trade_count
        and rush_order_count <= order_count
        and rush_notional <= buyer_notional
        and largest_order_notional <= notional
        -- as doubles: decimals of this size do not multiply
        and largest_order_notional::double * order_count >= notional::double * (1 - 1e-9)
        and largest_order_at >= cell_start_at
        and largest_order_at < cell_end_at
        and cell_end_at = cell_start_at + interval '{{ grain }}'
        and trade_day = cell_start_at::date,
        false
    )
{% endtest %}
