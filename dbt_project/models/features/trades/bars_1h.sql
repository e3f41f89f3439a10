{{ config(window_column='cell_start_at', grain='1 hour') }}

with bars_5m as (
    select * from {{ ref('bars_5m') }}
),

bars as (
    {{ coarser_bars('bars_5m', '1 hour') }}
)

select * from bars
