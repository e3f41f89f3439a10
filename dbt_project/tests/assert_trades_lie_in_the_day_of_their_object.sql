-- Landing chooses an object's day, staging reads the time again: where they disagree a row would
-- belong to no run.
select source, source_line, traded_at
from {{ ref('int_trades_parsed') }}
where
    traded_at is not null
    and traded_at::date::varchar <> regexp_extract(source, '/date=([^/]+)/', 1)
