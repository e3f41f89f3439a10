{{ config(window_column='cell_start_at', grain='5 minutes') }}

with bars_1m as (
    select * from {{ ref('bars_1m') }}
),

bars as (
    {{ coarser_bars('bars_1m', '5 minutes') }}
)

select * from bars
