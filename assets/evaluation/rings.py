"""How many planted rings of accounts are found, by what they are like, and what clean days show.

The days are drawn by `account_days`, the rings by `planted_rings`; nothing of a lake is read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from assets.detectors.accounts.wash_ring import Params
from assets.evaluation.account_days import AccountDay, honest_day
from assets.evaluation.planted_rings import Style, with_ring
from ml.closed_clusters import Cluster, find_clusters
from ml.intervals import rate_interval

KINDS: Sequence[tuple[int, Style]] = (
    (3, "rotating"), (8, "rotating"), (8, "strict"), (20, "rotating"), (20, "strict"),
)  # fmt: skip
"""Members, and whether pairs of them repeat (`with_ring`)."""
SHARES = (0.005, 0.02, 0.1)
HONEST = (0.0, 0.3, 0.7)
FOUND = 0.5
"""A ring is found where clusters hold half of its quantity."""
# trades of a day, makers, and their share of all trades: four mixed days, two of machines alone
DAYS = (
    (18_000, 2, 0.74), (30_000, 4, 0.74), (45_000, 5, 0.74), (97_000, 6, 0.74),
    (30_000, 4, 0.9), (60_000, 6, 0.9),
)  # fmt: skip
CLEAN_TRADES = (1_700, 80_000)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class RingRow:
    """Rings of one kind over the days; shares are of the day's and of the members' quantity."""

    members: int
    style: Style
    share_of_day: float
    honest_share: float
    planted: int
    found: int
    recall_of_quantity: float
    """The part of the rings' quantity that clusters hold, the days' mean."""
    member_recall: float
    """The part of the members that clusters name."""
    false_clusters: int
    """Clusters of which less than half of the quantity is a ring's."""


@dataclass(frozen=True, kw_only=True)
class RingEvaluation:
    """Over all rings, over those mostly closed and small, and over clean days."""

    rows: list[RingRow]
    planted: int
    found: int
    recall: float
    mostly_closed_planted: int
    """Members do 70 % of their quantity or more inside, at 2 % of the day or less."""
    mostly_closed_found: int
    mostly_closed_recall: float
    precision_of_quantity: float
    """The part of the clusters' quantity that is a ring's."""
    clean_days: int
    clusters_on_clean_days: int
    clusters_a_clean_day: tuple[float, float]
    """The exact 95 % interval."""
    clean_quantity_flagged: float


@dataclass(frozen=True)
class _Trial:
    members: int
    style: Style
    share: float
    honest: float
    ring: float
    """The quantity of the ring; `caught` is what clusters hold of it, `flagged` all they hold."""
    caught: float
    flagged: float
    named: int
    false_clusters: int

    @property
    def is_found(self) -> bool:
        return self.caught >= FOUND * self.ring

    @property
    def is_mostly_closed(self) -> bool:
        return self.honest <= 0.3 and self.share <= 0.02


def evaluate_rings(seed: int, clean_days: int, progress: Progress) -> RingEvaluation:
    """Plant each kind of ring into each of six fresh days, and look at clean days.

    Clusters count where they reach the thresholds of `wash_ring`. Takes about half a minute a day.
    """
    kinds = list(product(KINDS, SHARES, HONEST))
    total = len(DAYS) * len(kinds) + clean_days
    trials: list[_Trial] = []
    for number, (trades, makers, maker_share) in enumerate(DAYS):
        random = np.random.default_rng((seed, number))
        day = honest_day(random, trades, makers=makers, maker_share=maker_share)
        for (members, style), share, honest in kinds:
            planted = with_ring(day, random, members, style, share=share, honest=honest)
            trials.append(_trial(planted, day.accounts, members, style, share, honest))
            progress(len(trials), total)
    clean = list(_clean_days(seed, clean_days, lambda done: progress(len(trials) + done, total)))
    clusters = sum(count for count, _, _ in clean)
    flagged, quantity = (sum(one[place] for one in clean) for place in (1, 2))
    closed = [one for one in trials if one.is_mostly_closed]
    return RingEvaluation(
        rows=[_row([t for t in trials if _is_of(t, kind)]) for kind in kinds],
        planted=len(trials),
        found=sum(one.is_found for one in trials),
        recall=_ratio(sum(one.is_found for one in trials), len(trials)),
        mostly_closed_planted=len(closed),
        mostly_closed_found=sum(one.is_found for one in closed),
        mostly_closed_recall=_ratio(sum(one.is_found for one in closed), len(closed)),
        precision_of_quantity=_ratio(
            sum(one.caught for one in trials), sum(one.flagged for one in trials)
        ),
        clean_days=clean_days,
        clusters_on_clean_days=clusters,
        clusters_a_clean_day=rate_interval(clusters, clean_days),
        clean_quantity_flagged=_ratio(flagged, quantity),
    )


def _trial(
    day: AccountDay, first_member: int, members: int, style: Style, share: float, honest: float
) -> _Trial:
    clusters = _clusters(day)
    ring = [float(day.quantity[one.trades][day.is_ring[one.trades]].sum()) for one in clusters]
    held = [float(day.quantity[one.trades].sum()) for one in clusters]
    named = {int(m) for one in clusters for m in one.members.tolist() if m >= first_member}
    return _Trial(
        members=members,
        style=style,
        share=share,
        honest=honest,
        ring=float(day.quantity[day.is_ring].sum()),
        caught=sum(ring),
        flagged=sum(held),
        named=len(named),
        false_clusters=sum(one < all_of_it / 2 for one, all_of_it in zip(ring, held, strict=True)),
    )


def _clusters(day: AccountDay) -> list[Cluster]:
    wanted = Params.model_validate({})
    return [
        one
        for one in find_clusters(
            day.graph,
            least_trades=wanted.min_trades,
            least_volume_share=wanted.min_volume_share,
            least_nats=wanted.min_surprise_nats,
        )
        if len(one.members) >= wanted.min_accounts
    ]


def _clean_days(
    seed: int, days: int, progress: Callable[[int], None]
) -> Iterator[tuple[int, float, float]]:
    """Of each clean day how many clusters, their quantity, and the day's."""
    for number in range(days):
        random = np.random.default_rng((seed, len(DAYS) + number))
        # thin days as often as busy ones
        trades = int(np.exp(random.uniform(*np.log(CLEAN_TRADES))))
        makers = int(random.integers(2, 7))
        day = honest_day(random, trades, makers=makers, maker_share=random.choice([0.74, 0.9]))
        clusters = _clusters(day)
        flagged = sum(float(day.quantity[one.trades].sum()) for one in clusters)
        yield len(clusters), flagged, float(day.quantity.sum())
        progress(number + 1)


def _is_of(trial: _Trial, kind: tuple[tuple[int, Style], float, float]) -> bool:
    return ((trial.members, trial.style), trial.share, trial.honest) == kind


def _row(trials: Sequence[_Trial]) -> RingRow:
    first = trials[0]
    return RingRow(
        members=first.members,
        style=first.style,
        share_of_day=first.share,
        honest_share=first.honest,
        planted=len(trials),
        found=sum(one.is_found for one in trials),
        recall_of_quantity=sum(one.caught / one.ring for one in trials) / len(trials),
        member_recall=_ratio(sum(one.named for one in trials), first.members * len(trials)),
        false_clusters=sum(one.false_clusters for one in trials),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
