"""SQL of how often chance alone would give what an account did, among all that a market shows."""


def smoothed_rate(count: str, of: str, rate: str, weight: float | str) -> str:
    """Build SQL of `count / of`, drawn to a rate as if `weight` further cases had shown it.

    The weight is a number, or SQL of one.
    """
    return f"(({count} + {weight} * {rate}) / ({of} + {weight}))"


def expected_accounts(count: str, of: str, market_of: str, rate: str) -> str:
    """Build SQL of how many accounts of a market reach `count` of their `of` cases by chance.

    Each case does so with a chance of `rate`. The union bound over which cases do gives
    `binomial(of, count) * rate ** count` for an account; there are `market_of / of` such accounts.
    """
    log_choose = f"lgamma({of} + 1) - lgamma({count} + 1) - lgamma({of} - {count} + 1)"
    return f"exp(ln({market_of}) - ln({of}) + {log_choose} + {count} * ln({rate}))"


def erlang_tail(value: str, count: str) -> str:
    """Build SQL of the chance that `count` exponentials of mean 1 sum to `value` or more."""
    terms = (
        f"list_transform(range({count}), lambda i: exp(i * ln({value}) - {value} - lgamma(i + 1)))"
    )
    return f"case when {value} > 0 then least(list_sum({terms}), 1) else 1 end"
