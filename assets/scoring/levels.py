"""How parts of 0 to 1 become one score, and a score a level, in SQL: of trades and of accounts.

A score is the chance that any part is right, each counted with a weight of at most 1: it is
1 - (1 - w1 p1) (1 - w2 p2) ... A part that grows never lowers it, one part alone can make it high,
and a part that is not known adds nothing. The certainty is the share of the weights that is known.
"""

from collections.abc import Mapping

LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
LEAST_SCORES = (0.0, 0.3, 0.5, 0.7)
"""From which score on a trade or account has the level: the steps of the Flink system, whose users
know them."""
DIGITS = 4


def score_of(weights: Mapping[str, float]) -> str:
    """Build SQL of the score of parts, columns of these names; null where no part is known."""
    product = " * ".join(
        f"(1 - {weight} * coalesce({part}, 0))" for part, weight in weights.items()
    )
    return f"if(coalesce({', '.join(weights)}) is null, null, round(1 - {product}, {DIGITS}))"


def certainty_of(weights: Mapping[str, float]) -> str:
    """Build SQL of the share of the parts' weights that is known, 0 to 1."""
    known = " + ".join(f"if({part} is null, 0, {weight})" for part, weight in weights.items())
    return f"round(({known}) / {sum(weights.values())}, {DIGITS})"


def level_of(score: str) -> str:
    """Build SQL of the level of a score; null where that is."""
    steps = " ".join(
        f"when {score} >= {least} then '{level}'"
        for level, least in reversed([*zip(LEVELS, LEAST_SCORES, strict=True)])
    )
    return f"case {steps} end"


def clipped(value: str) -> str:
    """Build SQL of a value inside 0 to 1, in as many digits as are stored; null stays null."""
    return f"if({value} is null, null, round(least(1, greatest(0, {value})), {DIGITS}))"
