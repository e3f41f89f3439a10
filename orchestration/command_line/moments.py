"""Moments as people write them: 2024-08-09, 2024-08-09T10:30, yesterday, 2d; all in UTC."""

import re
from datetime import UTC, datetime, timedelta

from orchestration.command_line.program import WrongUsageError

WRITTEN = "UTC: a date, a time as 2024-08-09T10:30, today, yesterday, or 30m, 12h, 2d, 1w ago."
AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(option: str, text: str | None, now: datetime | None = None) -> datetime | None:
    """The moment as naive UTC; None where none is given. `now` is the clock, naive UTC."""
    if text is None:
        return None
    now = now or datetime.now(UTC).replace(tzinfo=None)
    midnight = datetime(now.year, now.month, now.day)
    word = text.strip().lower()
    named = {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    if word in named:
        return named[word]
    try:
        if ago := AGO.fullmatch(word):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        written = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise WrongUsageError(f"{option} is {WRITTEN[:-1]}; was {text!r}") from None
    return written.astimezone(UTC).replace(tzinfo=None) if written.tzinfo else written
