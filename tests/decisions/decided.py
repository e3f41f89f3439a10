"""Decisions for the tests, without a store."""

from datetime import datetime, timedelta
from typing import Any

from assets.cases.decision import Decision, Draft, landed

NOW = datetime(2026, 3, 2, 12)


def draft(alert_id: str = "a1", **parts: Any) -> Draft:
    """A draft about the incident `i-<alert_id>`."""
    about: dict[str, Any] = {"about": "incident", "about_id": f"i-{alert_id}", "alert_id": alert_id}
    return Draft(**about | parts)


def decided(number: int, one: Draft, by: str = "ana", **stamps: Any) -> Decision:
    """The draft as decision `number`, so many minutes after noon."""
    values = {
        "number": number, "previous_digest": "", "request_id": f"r{number}", "decided_by": by,
        "decided_at": NOW + timedelta(minutes=number), "channel": "page",
    }  # fmt: skip
    return landed(one, **values | stamps)[0]
