"""What every hit says about itself in the same words: the trades behind it and the tail of a Poisson count."""

import math


def trades_predicate(start_at: str, end_at: str, extra: str = "") -> str:
    """Build SQL that writes, a row, the predicate over `core.trades` for the row's contributing trades.

    `start_at` and `end_at` are SQL expressions (start <= traded_at < end), `extra` is one more literal condition.
    """
    condition = f" and {extra}" if extra else ""
    condition = condition.replace("'", "''")
    return f"""
        'venue = ''' || replace(venue, '''', '''''') || ''' and symbol = '''
        || replace(symbol, '''', '''''') || ''' and traded_at >= timestamp '''
        || strftime({start_at}, '%Y-%m-%d %H:%M:%S.%f') || ''' and traded_at < timestamp '''
        || strftime({end_at}, '%Y-%m-%d %H:%M:%S.%f') || '''{condition}'
    """


def poisson_surprise(count: str, expected: str) -> str:
    """Build SQL for `count * ln(count / expected) - count + expected` in nats, 0 unless count exceeds expected.

    The Chernoff bound says that a Poisson count this large has a probability of at most exp(-surprise).
    """
    return f"""
        case
            when {count} > {expected}
                then {count} * ln({count} / {expected}) - {count} + {expected}
            else 0
        end
    """


def chernoff_p_value(surprise: float) -> float:
    """Give the upper bound of the Poisson tail for a surprise in nats."""
    return math.exp(-max(surprise, 0.0))
