-- What core.trades' hook does, for a build without dbt.
{{ record_instruments() }}
