"""SQL that hits share: which trades stand behind a hit, how surprising a count is."""


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
