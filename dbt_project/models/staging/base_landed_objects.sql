{{ config(materialized='table') }}
-- depends_on: {{ source('landing', 'trades') }}
-- The objects of the run, and the times that each may have: those of a day, any time for objects of
-- a stream, none if landing could not read them. `object`, the key, is the same on a disk and in a
-- bucket; the number is cheap to join by and has no meaning outside of the run.
with listed as (
    select
        filename,
        regexp_extract(filename, '/date=([^/]+)/[^/]*$', 1) as day_text,
    from unnest(getvariable('landed_trades')) as paths (filename)
)

select
    filename,
    'landing/' || split_part(filename, '/landing/', -1) as object,
    row_number() over (order by filename) as object_number,
    day_text = '' as is_streamed,
    if(
        day_text = '', timestamp '0001-01-01', try_cast(day_text as timestamp)
    ) as rows_start_at,
    if(
        day_text = '', timestamp '9999-12-31', try_cast(day_text as timestamp) + interval 1 day
    ) as rows_end_at,
from listed
