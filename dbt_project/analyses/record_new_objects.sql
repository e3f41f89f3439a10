-- The second statement of core.trades' hook, for a build without dbt.
{{ record_objects("not list_contains(getvariable('known_objects')::varchar[], object)") }}
