-- What core.trades' hook does, for a build without dbt that knows of no object.
{{ record_landed_objects() }}
