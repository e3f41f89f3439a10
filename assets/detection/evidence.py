"""SQL that hits share: which trades stand behind a hit, how surprising a count is."""

import re
from collections import defaultdict
from collections.abc import Iterable

# as `trades_predicate` writes it; inside a quoted name each quote is doubled, so none reads like it
WRITTEN = re.compile(
    r"(?P<before>.+) and traded_at >= timestamp '(?P<start_at>[^']+)'"
    r" and traded_at < timestamp '(?P<end_at>[^']+)'(?P<after>.*)",
    re.DOTALL,
)


def trades_predicate(start_at: str, end_at: str, side: str | None = None, extra: str = "") -> str:
    """Build SQL that writes for each row the predicate over `core.trades` of its trades.

    `start_at`, `end_at` (start <= traded_at < end) and `side` are SQL expressions over the row, the
    latter giving an aggressor side or null; `extra` is one more condition, taken literally.
    """
    parts = [
        "'venue = ''' || replace(venue, '''', '''''')",
        "''' and symbol = ''' || replace(symbol, '''', '''''')",
        f"''' and traded_at >= timestamp ''' || {_written(start_at)}",
        f"''' and traded_at < timestamp ''' || {_written(end_at)} || ''''",
    ]
    if side is not None:
        parts.append(
            f"coalesce(' and aggressor_side = ''' || {side} || '''', ' and aggressor_side is null')"
        )
    if extra:
        parts.append("' and " + extra.replace("'", "''") + "'")
    return " || ".join(parts)


def union(predicates: Iterable[str]) -> str | None:
    """Write the predicates of several rows as one, true where any of them is; None without any.

    Of those that `trades_predicate` wrote and that differ in their stretch of time alone,
    stretches that overlap or touch become one.
    """
    stretches: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for predicate in predicates:
        if part := WRITTEN.fullmatch(predicate):
            stretches[part["before"], part["after"]].add((part["start_at"], part["end_at"]))
        else:
            stretches[predicate, ""] = set()
    return _any_of(
        [
            f"{before} and {_any_of(_within(found))}{after}" if found else before
            for (before, after), found in stretches.items()
        ]
    )


def _any_of(predicates: list[str]) -> str | None:
    if len(predicates) > 1:
        return "(" + " or ".join(f"({predicate})" for predicate in predicates) + ")"
    return predicates[0] if predicates else None


def _within(stretches: Iterable[tuple[str, str]]) -> list[str]:
    joined: list[tuple[str, str]] = []
    # instants are written with a fixed width, so their texts are in order of time
    for start_at, end_at in sorted(stretches):
        if joined and start_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_at))
        else:
            joined.append((start_at, end_at))
    return [
        f"traded_at >= timestamp '{start_at}' and traded_at < timestamp '{end_at}'"
        for start_at, end_at in joined
    ]


def _written(instant: str) -> str:
    return f"strftime({instant}, '%Y-%m-%d %H:%M:%S.%f')"


def poisson_surprise(count: str, expected: str) -> str:
    """Build SQL for `count * ln(count / expected) - count + expected` in nats, 0 below expectation.

    By the Chernoff bound a Poisson count this large has a probability of at most exp(-surprise).
    """
    return (
        f"case when {count} > {expected} "
        f"then {count} * ln({count} / {expected}) - {count} + {expected} else 0 end"
    )
