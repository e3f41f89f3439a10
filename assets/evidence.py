"""What hits say about themselves in the same words: the trades behind them, a count's surprise."""


def trades_predicate(start_at: str, end_at: str, extra: str = "") -> str:
    """Build SQL that writes for each row the predicate over `core.trades` of its trades.

    `start_at` and `end_at` are SQL expressions (start <= traded_at < end), `extra` is one more
    condition, taken literally.
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
    """Build SQL for `count * ln(count / expected) - count + expected` in nats, 0 below expectation.

    By the Chernoff bound a Poisson count this large has a probability of at most exp(-surprise).
    """
    return f"""
        case
            when {count} > {expected}
                then {count} * ln({count} / {expected}) - {count} + {expected}
            else 0
        end
    """
