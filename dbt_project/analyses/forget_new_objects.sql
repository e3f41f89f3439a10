-- The first statement of core.trades' hook, for a build without dbt whose writer knows some of the objects.
{{ forget_objects("not list_contains(getvariable('known_objects')::varchar[], object)") }}
