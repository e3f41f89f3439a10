{{ config(window_column='cell_start_at', grain='1 minute') }}

with bars_5s as (
    select * from {{ ref('bars_5s') }}
),

bars as (
    {{ coarser_bars('bars_5s', '1 minute') }}
)

select * from bars
