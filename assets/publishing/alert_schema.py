"""The Avro schema of an alert's message, made from the alert's own fields.

`python -m assets.publishing.alert_schema` writes the committed file; a test compares the two.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from assets.alerts.episodes import Alert
from assets.alerts.tables import ALERTS
from assets.publishing.avro_schema import NAMESPACE, as_text, avro_type
from reports.parties import Pair, Party

SCHEMA_FILE = Path(__file__).parent / "risk_alert.v2.avsc"
# What every message has; of the other fields a reader expects null too, so that a later version may
# leave them out.
ALWAYS = (
    "alert_id", "revision", "status", "is_confirmed", "detector", "typology", "detector_version",
    "params_digest", "severity", "score", "venue", "symbol", "window_start_at", "window_end_at",
    "data_tier",
)  # fmt: skip
# 32 bits since the first version, which a reader of it could not widen
NARROW = {"detector_version"}
FURTHER_SUBJECT = {
    "type": "record",
    "name": "FurtherSubject",
    "fields": [{"name": name, "type": "string"} for name in ("role", "kind", "id")],
}
# Who is behind the alert: read from its trades when it is sent, no columns of its row.
PARTIES = {"accounts": (Party, "Party"), "pairs": (Pair, "Pair")}
# What the first version did not have, with what its messages mean.
ADDED: dict[str, tuple[Any, Any]] = {
    "subject_kind": ("string", "market"),
    "subject_id": ("string", ""),
    "further_subjects": ({"type": "array", "items": FURTHER_SUBJECT}, []),
}


def alert_schema() -> dict[str, Any]:
    """The schema of version 2; readers of version 1 read its messages, and the other way round."""
    hints, meanings = get_type_hints(Alert), ALERTS.meanings()
    return {
        "type": "record",
        "name": "RiskAlert",
        "namespace": NAMESPACE,
        "doc": "One revision of an alert: what the topic `risk_alerts` carries. Version 2.",
        "fields": [
            _field(field.name, hints[field.name]) | {"doc": meanings[field.name]}
            for field in fields(Alert)
        ]
        + [_parties(name, kind, record) for name, (kind, record) in PARTIES.items()],
    }


def _field(name: str, hint: Any) -> dict[str, Any]:
    if name in ADDED:
        kind, default = ADDED[name]
        return {"name": name, "type": kind, "default": default}
    if name in ALWAYS:
        return {"name": name, "type": "int" if name in NARROW else avro_type(hint)}
    return {"name": name, "type": ["null", avro_type(hint)], "default": None}


def _parties(name: str, kind: type, record: str) -> dict[str, Any]:
    """A field that lists records of a dataclass; empty in messages that do not have it."""
    hints = get_type_hints(kind)
    parts = [{"name": part.name, "type": avro_type(hints[part.name])} for part in fields(kind)]
    items = {"type": "record", "name": record, "fields": parts}
    return {
        "name": name, "type": {"type": "array", "items": items}, "default": [],
        "doc": " ".join((kind.__doc__ or "").split()),
    }  # fmt: skip


if __name__ == "__main__":
    SCHEMA_FILE.write_text(as_text(alert_schema()))
