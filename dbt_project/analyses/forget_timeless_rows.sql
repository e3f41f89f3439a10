-- What quarantine.trades' hook does, for a build without dbt.
{{ forget_timeless_rows(ref('quarantined_trades')) }}
