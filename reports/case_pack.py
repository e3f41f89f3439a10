"""The page of a case's pack: one file without a script, which loads nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from markupsafe import Markup

from reports.desk import QueueRow
from reports.documents import TEMPLATES, render_still
from reports.minute_chart import Minutes, minute_chart

WIDTHS = (760, 368)
TRADES_SHOWN = 50
ACCOUNTS_SHOWN = 20
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PackDecision:
    """One decision in words; `of` is what it is about."""

    number: int
    at: datetime
    by: str
    channel: str
    what: str
    note: str
    digest: str
    of: str
    is_void: bool


@dataclass(frozen=True, kw_only=True)
class PackIncident:
    """One incident of the case with what it rests on.

    `row` has the columns of `alerts.incidents`, lists as lists; `alerts` those of `alerts.alerts`,
    the lead first; `accounts` who bought and sold for how much; `trades` are the lead's.
    """

    row: Row
    state: str
    verdict: str | None
    alerts: Sequence[Row]
    minutes: Minutes | None
    accounts: Sequence[Row]
    trades: Sequence[Row]

    @property
    def line(self) -> QueueRow:
        """The incident as the queue has it."""
        return QueueRow(self.row, self.state, "", self.verdict)

    @cached_property
    def charts(self) -> list[Markup]:
        """The minutes, once a width."""
        return [minute_chart(self.minutes, width) for width in WIDTHS] if self.minutes else []

    @property
    def largest_trades(self) -> Sequence[Row]:
        """The first by money, in order of time."""
        largest = sorted(self.trades, key=lambda one: -one["notional"])[:TRADES_SHOWN]
        return [one for one in self.trades if any(one is each for each in largest)]

    @property
    def first_accounts(self) -> Sequence[Row]:
        """Those of most money."""
        return self.accounts[:ACCOUNTS_SHOWN]


def render_case(
    *,
    title: str,
    case: Row,
    incidents: Sequence[PackIncident],
    history: Sequence[PackDecision],
    snapshot: int,
    code_version: str,
) -> str:
    """The page; `case` has the fields of a case, and everything is escaped."""
    styles = ("report.css", "desk/desk.css")
    style = "\n".join((TEMPLATES / one).read_text(encoding="utf-8") for one in styles)
    return render_still(
        "case_pack.html.j2", style=style, title=title, case=case, incidents=incidents,
        history=history, snapshot=snapshot, code_version=code_version,
    )  # fmt: skip
