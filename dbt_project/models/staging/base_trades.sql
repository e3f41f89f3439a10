-- depends_on: {{ source('landing', 'trades') }}
-- The landed objects of the run, as they are. An object without rows is always among them, which
-- has every column of every format, so none is ever missing.
select *
from
    read_parquet(
        getvariable('landed_trades'),
        union_by_name = true,
        filename = true,
        hive_partitioning = false
    )
