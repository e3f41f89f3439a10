-- The second half.
{{ record_objects("not list_contains(getvariable('known_objects')::varchar[], object)") }}
