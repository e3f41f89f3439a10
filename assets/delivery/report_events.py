"""A day's report as an event; where its first screen has changed, it is another one."""

import hashlib
from collections.abc import Sequence
from datetime import date

from assets.delivery.breach_events import sentences_of_days
from assets.delivery.events import Event
from assets.delivery.incident_events import incidents_of_days
from assets.detection.detector import detectors
from assets.lake.lake import Lake
from assets.publishing.report_files import report_path, report_url
from assets.publishing.verdict import verdict_of
from reports.briefing import day_text, day_title


def report_event(lake: Lake, days: Sequence[date]) -> Event:
    """The reports of a run's days, in one message with the incidents of them all."""
    with lake.connect() as connection:
        incidents = incidents_of_days(connection, days)
        breaches = sentences_of_days(connection, days)
        verdict = verdict_of(connection, days, detectors())
    ordered = sorted(days)
    text = day_text(ordered, incidents, verdict.sentence, breaches)
    return Event(
        kind="report",
        subject=f"{ordered[0]}/{ordered[-1]}",
        revision=hashlib.sha256(text.encode()).hexdigest(),
        title=day_title(ordered, incidents, breaches),
        text=text,
        link=report_url(lake, report_path(lake, ordered[-1])),
    )
