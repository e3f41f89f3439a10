"""Accounts in a report: the day's by risk, with level, money, trades, alerts and flags."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.queries import Row

LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
SHOWN = 10
NOT_CHECKED = "NOT_CHECKED: "


@dataclass(frozen=True)
class RatedAccount:
    """One account of the day; `row` has the columns of `scores.accounts`."""

    row: Row

    @property
    def level(self) -> str | None:
        """`low` to `critical`; None where no part of the score is known."""
        return self.row["level"] and self.row["level"].lower()

    @property
    def level_rank(self) -> int:
        """1 for low to 4 for critical; 0 for none."""
        return LEVELS.index(self.row["level"]) + 1 if self.row["level"] in LEVELS else 0

    @property
    def flags(self) -> list[str]:
        """What is so, in words; what was not checked is no flag."""
        flags = self.row["compliance_flags"]
        return [flag.replace("_", " ").lower() for flag in flags if not _is_unchecked(flag)]


@dataclass(frozen=True)
class AccountBoard:
    """The accounts of a day that lead by risk, how many there are, and what was not checked."""

    leading: Sequence[RatedAccount]
    account_count: int
    not_checked: Sequence[str]
    """Of at least one account, in words."""


def account_board(rows: Sequence[Row], shown: int = SHOWN) -> AccountBoard:
    """The board of a day's rows of `scores.accounts`, in any order."""
    ordered = sorted(rows, key=lambda row: row["rank"])
    flags = dict.fromkeys(flag for row in ordered for flag in row["compliance_flags"])
    return AccountBoard(
        leading=[RatedAccount(row) for row in ordered[:shown]],
        account_count=len(ordered),
        not_checked=[flag.removeprefix(NOT_CHECKED) for flag in flags if _is_unchecked(flag)],
    )


def _is_unchecked(flag: str) -> bool:
    return flag.startswith(NOT_CHECKED)
