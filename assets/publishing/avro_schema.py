"""Avro schemas made from dataclasses, and their text as the committed files have it."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

NAMESPACE = "tapewatch"
AVRO_TYPES: dict[type, Any] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
    date: {"type": "int", "logicalType": "date"},
}


def schema_of(row: type, name: str, doc: str, meanings: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a dataclass; a field that may be None is a union with null, null by default."""
    hints = get_type_hints(row)
    return {
        "type": "record",
        "name": name,
        "namespace": NAMESPACE,
        "doc": doc,
        "fields": [
            field_of(field.name, hints[field.name]) | {"doc": meanings[field.name]}
            for field in fields(row)
        ],
    }


def field_of(name: str, hint: Any) -> dict[str, Any]:
    """A field of a record, by its type hint."""
    if type(None) in get_args(hint):
        return {"name": name, "type": ["null", avro_type(hint)], "default": None}
    return {"name": name, "type": avro_type(hint)}


def avro_type(hint: Any) -> Any:
    """The Avro type of a field's values other than None; a literal's is that of its words."""
    if get_origin(hint) is list:
        return {"type": "array", "items": avro_type(get_args(hint)[0])}
    present = [one for one in get_args(hint) if one is not type(None)]
    if not present:
        return AVRO_TYPES[hint]
    is_literal = not isinstance(present[0], type) and get_origin(present[0]) is None
    return AVRO_TYPES[type(present[0])] if is_literal else avro_type(present[0])


def as_text(schema: Mapping[str, Any]) -> str:
    """The schema as the committed file has it: a line a field."""
    head = {name: value for name, value in schema.items() if name != "fields"}
    lines = ",\n".join(f"    {json.dumps(field)}" for field in schema["fields"])
    return json.dumps(head, indent=2)[:-2] + f',\n  "fields": [\n{lines}\n  ]\n}}\n'
