-- depends_on: {{ source('landing', 'trades') }}
-- The landed objects of the run, unchanged. They always include an object without rows that has
-- every column of every format, so no column is ever missing.
select *
from
    read_parquet(
        getvariable('landed_trades'),
        union_by_name = true,
        filename = true,
        hive_partitioning = false
    )
