"""Moments as people write them: 2024-08-09, 2024-08-09T10:30, yesterday, 2d; all in UTC."""

import re
from datetime import UTC, datetime, timedelta

WRITTEN = "UTC: a date, a time as 2024-08-09T10:30, today, yesterday, or 30m, 12h, 2d, 1w ago."
AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment_of(text: str, now: datetime) -> datetime:
    """The moment as naive UTC, ValueError where it is none; `now` is the clock, naive UTC."""
    midnight = datetime(now.year, now.month, now.day)
    word = text.strip().lower()
    named = {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    if word in named:
        return named[word]
    try:
        if ago := AGO.fullmatch(word):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        written = datetime.fromisoformat(text.strip())
        return written.astimezone(UTC).replace(tzinfo=None) if written.tzinfo else written
    except (ValueError, OverflowError):
        raise ValueError(WRITTEN[:-1]) from None
