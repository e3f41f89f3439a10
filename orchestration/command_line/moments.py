"""Moments as options have them."""

from datetime import UTC, datetime

from assets.cases.moments import WRITTEN, moment_of
from orchestration.command_line.program import WrongUsageError

__all__ = ["WRITTEN", "moment"]


def moment(option: str, text: str | None, now: datetime | None = None) -> datetime | None:
    """The moment as naive UTC; None where none is given. `now` is the clock, naive UTC."""
    if text is None:
        return None
    try:
        return moment_of(text, now or datetime.now(UTC).replace(tzinfo=None))
    except ValueError as error:
        raise WrongUsageError(f"{option} is {error}; was {text!r}") from None
