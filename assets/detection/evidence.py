"""Evidence as data: which trades a hit means, and those of several hits joined.

No SQL is written into evidence. How the trades are read is said in `assets/alerts/trades.py`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assets.market.window import duration

Selection = Mapping[str, Any]
"""Trades of a hit's venue, symbol and subject: `start_at <= traded_at < end_at` (text, UTC), and,
where they are named, of the aggressor `side` (buyer, seller, unknown), of one of `quantities`,
between two of `accounts`, of at least `least_quantity`, between the subject and the account
`counterparty`, which may be the subject itself."""


@dataclass(frozen=True, kw_only=True)
class Trades:
    """Which trades a detector's hit means; by default all of its cell.

    Parameters
    ----------
    last
        The stretch up to the cell's end, such as `5 minutes`.
    order_at
        Or the column that holds the millisecond of the one order that is meant.
    side
        Of one aggressor side alone.
    side_column, quantities_column, counterparty_column
        Columns of the detector's rows that name the side, a list of quantities (doubles), and the
        account on the other side; what is null restricts nothing.
    accounts_column, least_quantity_column
        Or a list of accounts, of which two trade with each other, and the least quantity (double).
    """

    last: str | None = None
    order_at: str | None = None
    side: Literal["buyer", "seller"] | None = None
    side_column: str | None = None
    quantities_column: str | None = None
    accounts_column: str | None = None
    least_quantity_column: str | None = None
    counterparty_column: str | None = None

    @property
    def columns(self) -> set[str]:
        """The columns that a detector gives for it, beside those of every hit."""
        named = (
            self.order_at,
            self.side_column,
            self.quantities_column,
            self.accounts_column,
            self.least_quantity_column,
            self.counterparty_column,
        )
        return {name for name in named if name is not None}

    @property
    def selection(self) -> str:
        """SQL of the `Selection` of a detector's row, as a struct."""
        if self.order_at is not None:
            stretch = (self.order_at, f"{self.order_at} + interval 1 millisecond")
        elif self.last is not None:
            seconds = duration(self.last).total_seconds()
            stretch = (f"cell_end_at - to_seconds({seconds})", "cell_end_at")
        else:
            stretch = ("cell_start_at", "cell_end_at")
        side = f"'{self.side}'" if self.side else None
        if self.side_column is not None:
            side = f"coalesce({self.side_column}, 'unknown')"
        return selection(
            *stretch,
            side=side,
            quantities=self.quantities_column,
            accounts=self.accounts_column,
            least_quantity=self.least_quantity_column,
            counterparty=self.counterparty_column,
        )


def selection(start_at: str, end_at: str, **named: str | None) -> str:
    """Build SQL of a `Selection` as a struct, from SQL of its parts."""
    parts = {"start_at": start_at, "end_at": end_at, **named}
    given = ", ".join(f"'{name}': {sql}" for name, sql in parts.items() if sql is not None)
    return f"{{{given}}}"


def account_names(accounts: str, most: int) -> str:
    """Build SQL of the first names of a list of accounts as text, with how many more there are."""
    return (
        f"array_to_string({accounts}[:{most}], ', ') || if(len({accounts}) > {most}, "
        f"' and ' || (len({accounts}) - {most}) || ' more', '')"
    )


def members(accounts: str) -> str:
    """Build SQL of `further_subjects` of a list of accounts that took part as members."""
    return (
        f"list_transform({accounts}, "
        "lambda account: {'role': 'member', 'kind': 'account', 'id': account})"
    )


def join_selections(selections: Iterable[Selection]) -> list[dict[str, Any]]:
    """Join the selections of several hits: those alike but for their time once, with `stretches`.

    Stretches that overlap or touch become one; they are pairs of texts, in order of time.
    """
    stretches: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in selections:
        chosen = {
            name: value
            for name, value in one.items()
            if name not in ("start_at", "end_at") and value is not None
        }
        stretches[json.dumps(chosen)].append((one["start_at"], one["end_at"]))
    return [
        {"stretches": _joined(found)} | json.loads(chosen) for chosen, found in stretches.items()
    ]


def _joined(stretches: Sequence[tuple[str, str]]) -> list[list[str]]:
    joined: list[list[str]] = []
    # as text `12:00:00` comes before `12:00:00.5`: the order is that of time
    for start_at, end_at in sorted(stretches):
        if joined and start_at <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end_at)
        else:
            joined.append([start_at, end_at])
    return joined


def poisson_surprise(count: str, expected: str) -> str:
    """Build SQL for `count * ln(count / expected) - count + expected` in nats, 0 below expectation.

    By the Chernoff bound a Poisson count this large has a probability of at most exp(-surprise).
    """
    return (
        f"case when {count} > {expected} "
        f"then {count} * ln({count} / {expected}) - {count} + {expected} else 0 end"
    )
