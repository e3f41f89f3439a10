"""How a day's measures compare: with the symbol's own past, with the day's other symbols, or with
days of other markets.

The first of the three that is there is used, and named. Its certainty, 0 to 1, is
`BASIS_WEIGHTS[basis] * (1 - 1 / sqrt(n + 1))` of n days or other symbols: one less twice the
greatest standard error of a share of n, 1 / (2 sqrt(n)), with one added to n so that none gives
nought. The weights of the bases are our own choice: a symbol's past answers whether a day is
unusual for it, the day's other symbols whether the symbol is, and days of other markets and years
neither.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import NamedTuple

from assets.risk.inputs import MEASURE_WORDS, Row
from assets.risk.reference_days import Scale

HISTORY_DAYS = 365
LEAST_HISTORY_DAYS = 10
BASIS_WEIGHTS = {"past": 1.0, "peers": 0.75, "reference": 0.25}


class Part(NamedTuple):
    """One part of the risk: 0 to 1 or None; the reason explains the None, or names the basis.

    `certainty`, 0 to 1, is the share of its weight in the total that it has earned.
    """

    value: float | None
    reason: str | None = None
    certainty: float = 1.0


@dataclass(frozen=True)
class Comparison:
    """Percentiles of some measures by one basis; `count` is of its days, or of other symbols."""

    basis: str
    words: str
    count: int
    percentiles: Mapping[str, float]


def compared(
    day: Row,
    past: Sequence[Row],
    peers: Sequence[Row],
    names: Sequence[str],
    scales: Mapping[str, Scale],
) -> Part:
    """Mean percentile of a day's measures, by the first basis that is there.

    `past` may contain later days too; only those up to `HISTORY_DAYS` before the day count. `peers`
    are the day's symbols, this one among them. Each measure that the day lacks lowers the certainty
    by its share of the `names`.
    """
    known = [name for name in names if day[name] is not None]
    if not known:
        return Part(None, f"not measured: {_listed(names)}", 0.0)
    since = day["trade_day"] - timedelta(days=HISTORY_DAYS)
    before = [row for row in past if since <= row["trade_day"] < day["trade_day"]]
    history = f"{len(before)} of {LEAST_HISTORY_DAYS} earlier days of its own"
    found = (
        _against_past(day, before, known)
        or _among_peers(day, peers, known, history)
        or _on_scales(day, known, scales, history)
    )
    if found is None:
        return Part(
            None, f"{history}, no other symbol to compare with, no scale of {_listed(known)}", 0.0
        )
    missing = [name for name in names if name not in found.percentiles]
    words = f"{found.words}; without {_listed(missing)}" if missing else found.words
    value = sum(found.percentiles.values()) / len(found.percentiles)
    share = len(found.percentiles) / len(names)
    return Part(value, words, share * certainty(found.basis, found.count))


def certainty(basis: str, count: int) -> float:
    """How sure a percentile among so many days or other symbols is, 0 to 1."""
    return BASIS_WEIGHTS[basis] * (1 - 1 / sqrt(count + 1))


def percentile(value: float, values: Sequence[float]) -> float:
    """Share of the sorted values below this one, equal ones counted half."""
    return (bisect_left(values, value) + bisect_right(values, value)) / (2 * len(values))


def _against_past(day: Row, before: Sequence[Row], names: Sequence[str]) -> Comparison | None:
    past = {name: _values(before, name) for name in names}
    past = {name: values for name, values in past.items() if len(values) >= LEAST_HISTORY_DAYS}
    if not past:
        return None
    count = min(map(len, past.values()))
    found = {name: percentile(day[name], values) for name, values in past.items()}
    return Comparison("past", f"against its own {count} days before", count, found)


def _among_peers(
    day: Row, peers: Sequence[Row], names: Sequence[str], history: str
) -> Comparison | None:
    known = [name for name in names if day[f"{name}_across"] is not None]
    across = {name: _values(peers, f"{name}_across") for name in known}
    across = {name: values for name, values in across.items() if len(values) > 1}
    if not across:
        return None
    count = min(map(len, across.values()))
    found = {name: percentile(day[f"{name}_across"], values) for name, values in across.items()}
    return Comparison("peers", f"among {count} symbols of the day ({history})", count - 1, found)


def _on_scales(
    day: Row, names: Sequence[str], scales: Mapping[str, Scale], history: str
) -> Comparison | None:
    usable = [name for name in names if name in scales and day[f"{name}_across"] is not None]
    if not usable:
        return None
    count = min(scales[name].day_count for name in usable)
    found = {name: scales[name].place(day[f"{name}_across"]) for name in usable}
    words = f"beside {count} days of other markets ({history}, no other symbol to compare with)"
    return Comparison("reference", words, count, found)


def _values(rows: Iterable[Row], name: str) -> list[float]:
    return sorted(row[name] for row in rows if row[name] is not None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(MEASURE_WORDS[name] for name in names)
