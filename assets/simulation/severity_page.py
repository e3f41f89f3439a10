"""`tests/simulation/SEVERITIES.md`, made from the declared severities.

`python -m assets.simulation.severity_page` prints it.
"""

import sys

from assets.simulation.seeds import DEVELOPMENT, EVALUATION
from assets.simulation.severities import LABELLED_AS, SCALES, Pair, Scale

PREFACE = f"""# What low, medium and high mean

Made by `python -m assets.simulation.severity_page` from `assets/simulation/severities.py`, from
which the simulator draws too; a test measures planted markets against it. A range is its least and
its most value.

- **share**: of the money traded in the market from start to end, an hour at least, the abuse's.
- **accounts**: how many take part.
- **honest**: of the accounts' own money in the market on that UTC day, what is traded honestly; a
  dash where active accounts abuse, who trade as much as they happen to.
- **move**: the greatest distance from the price before, and the multiple of the market's own
  volatility over the move's time that it has at least.
- **also drawn**: whatever else makes it more or less conspicuous; counts are smaller in a market
  of few trades.

A label names the detector that should find the abuse: that of the first column, but
{", ".join(f"{name} for {kind}" for kind, name in LABELLED_AS.items())}.

Seeds {DEVELOPMENT.start} to {DEVELOPMENT.stop - 1} make markets to develop with.
Those from {EVALUATION.start:,} on make markets to evaluate on; nobody looks at them while tuning.

"""
HEAD = ("abuse", "severity", "share", "accounts", "honest", "move", "also drawn")
NONE = "-"


def page() -> str:
    """The page as Markdown."""
    rows = [
        (kind if place == 0 else "", severity, *_cells(scale))
        for kind, scales in SCALES.items()
        for place, (severity, scale) in enumerate(scales.items())
    ]
    table = [HEAD, ("---",) * len(HEAD), *rows]
    return PREFACE + "\n".join(f"| {' | '.join(cells)} |" for cells in table) + "\n"


def _cells(scale: Scale) -> tuple[str, ...]:
    move = NONE
    if scale.move is not None:
        move = _percent(scale.move)
        move += f", at least {scale.sigmas:g} sigma" if scale.sigmas else ""
    drawn = (f"{name.replace('_', ' ')} {_range(pair)}" for name, pair in scale.drawn.items())
    return (
        _percent(scale.share),
        _range(scale.accounts),
        _percent(scale.honest) if scale.honest is not None else NONE,
        move,
        ", ".join(drawn) or NONE,
    )


def _range(pair: Pair) -> str:
    least, most = (f"{value:,g}" for value in pair)
    return least if least == most else f"{least} to {most}"


def _percent(pair: Pair) -> str:
    return f"{_range((round(100 * pair[0], 6), round(100 * pair[1], 6)))} %"


if __name__ == "__main__":
    sys.stdout.write(page())
