-- The statement of quarantine.trades' hook, for a build without dbt.
{{ forget_timeless_rows(ref('quarantined_trades')) }}
