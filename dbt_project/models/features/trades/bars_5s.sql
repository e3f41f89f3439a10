{{ config(window_column='cell_start_at', grain='5 seconds') }}

with bars_1s as (
    select * from {{ ref('bars_1s') }}
),

bars as (
    {{ coarser_bars('bars_1s', '5 seconds') }}
)

select * from bars
