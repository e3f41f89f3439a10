-- The same for a window behind all others, whose writer knows which of its objects stand there.
{{ record_new_objects("not list_contains(getvariable('known_objects')::varchar[], object)") }}
