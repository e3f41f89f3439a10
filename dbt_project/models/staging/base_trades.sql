-- depends_on: {{ source('landing', 'trades') }}
-- The landed objects of the run, as they are. The object `columns.parquet` is always among them and
-- has every column of every format, so none is ever missing.
select *
from
    read_parquet(
        getvariable('landed_trades'),
        union_by_name = true,
        filename = true,
        hive_partitioning = false
    )
