"""The pages of the desk: a queue of sentences, and one screen that decides each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from reports.alerts import rank_of
from reports.documents import render_page
from reports.numbers import span

ACCOUNTS_SHOWN = 2


@dataclass(frozen=True)
class QueueRow:
    """One incident in a line; `row` has the columns of `alerts.incidents`, lists as lists."""

    row: Mapping[str, Any]
    state: str
    assignee: str
    verdict: str | None
    reason: str = ""
    """Of the verdict, in words."""
    usd: float | None = None
    """US dollars at stake, where they are known."""

    @property
    def id(self) -> str:
        return self.row["incident_id"]

    @property
    def severity_rank(self) -> int:
        """1 for low to 4 for critical."""
        return rank_of(self.row["severity"])

    @property
    def symbols(self) -> str:
        return _some(self.row["symbols"], 1)

    @property
    def venues(self) -> str:
        return ", ".join(self.row["venues"])

    @property
    def accounts(self) -> str:
        return _some(self.row["accounts"], ACCOUNTS_SHOWN)

    @property
    def began(self) -> datetime:
        return self.row["window_start_at"]

    @property
    def lasted(self) -> timedelta:
        return self.row["window_end_at"] - self.row["window_start_at"]

    @property
    def detector(self) -> str:
        return self.row["detector"]

    @property
    def when(self) -> str:
        """Its time of day in UTC, with the date of its end where that is another."""
        return span(self.began, self.row["window_end_at"], self.began.date())

    @property
    def more(self) -> int:
        """Further detectors that saw it."""
        return len(self.row["detectors"]) - 1

    @property
    def description(self) -> str:
        return self.row["description"]

    @property
    def typology(self) -> str:
        return self.row["typology"]

    @property
    def with_whom(self) -> str:
        """The verdict and reason of a closed one, else who has it, else its state."""
        if self.state == "closed" and self.verdict:
            return f"{self.verdict}: {self.reason}" if self.reason else self.verdict
        return self.assignee or self.state


def desk_page(template: str, **values: Any) -> str:
    """One page of `templates/desk`, as HTML; everything in `values` is escaped."""
    return render_page(f"desk/{template}.html.j2", **values)


def desk_part(template: str, **values: Any) -> Markup:
    """A part of a page, to be shown in pages as it is: it is made once, and they often."""
    # everything in the values was escaped, as in a page
    return Markup(desk_page(template, **values))  # noqa: S704


def _some(names: Sequence[str], most: int) -> str:
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more
