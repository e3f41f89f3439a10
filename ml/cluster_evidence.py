"""What a reader needs to judge a closed cluster: numbers of its members' trades with each other."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from ml.closed_clusters import Cluster
from ml.estimator import Floats
from ml.trade_graph import TradeGraph

# one member is in so many of the trades: the others trade with him, not with each other
STAR_SHARE = 0.9
FLAT_ACCOUNT = 0.05
HIGH_SCORE = 0.9
SCORE_ROUNDS = 100
SCORE_TOLERANCE = 1e-5


@dataclass(frozen=True, kw_only=True)
class ClusterEvidence:
    """Numbers of one cluster; shares are of 1, times in seconds since the day's start."""

    shape: str
    """star, where one member is in nine of ten trades; else mesh."""
    used_pair_share: float
    """Pairs that traded, of all pairs of members."""
    reciprocity: float
    """Quantity that came straight back between two members; a cycle of many has none."""
    alternation: float
    """Of a member's neighbouring trades inside, those on opposite sides; mean of members."""
    median_holding_s: float | None
    """How long a member holds what it bought or sold inside, first in first out, by quantity."""
    first_trade_s: float
    last_trade_s: float


def evidence_of(graph: TradeGraph, cluster: Cluster) -> ClusterEvidence:
    """The evidence of a cluster of the graph."""
    from scipy.sparse import coo_array

    rows = cluster.trades
    count = len(cluster.members)
    buyer = np.searchsorted(cluster.members, graph.buyer[rows])
    seller = np.searchsorted(cluster.members, graph.seller[rows])
    quantity = graph.quantity[rows]
    sold_to = coo_array((quantity, (seller, buyer)), shape=(count, count)).tocsr()
    pairs_used = (sold_to + sold_to.T).nnz / 2
    of_member = np.bincount(buyer, minlength=count) + np.bincount(seller, minlength=count)
    holding, alternation = [], []
    for member in range(count):
        own = np.flatnonzero((buyer == member) | (seller == member))
        signed = np.where(buyer[own] == member, quantity[own], -quantity[own])
        holding.append(holding_times(graph.seconds[rows][own], signed))
        if len(own) > 1:
            alternation.append(float(np.mean(np.sign(signed[1:]) != np.sign(signed[:-1]))))
    return ClusterEvidence(
        shape="star" if of_member.max() >= STAR_SHARE * len(rows) else "mesh",
        used_pair_share=pairs_used / (count * (count - 1) / 2),
        reciprocity=float(sold_to.minimum(sold_to.T).sum() / quantity.sum()),
        alternation=float(np.mean(alternation)) if alternation else 0.0,
        median_holding_s=_weighted_median(np.concatenate(holding)),
        first_trade_s=float(graph.seconds[rows[0]]),
        last_trade_s=float(graph.seconds[rows[-1]]),
    )


def holding_times(seconds: Floats, signed: Floats) -> Floats:
    """How long what was bought (or sold) first stays until it is sold (or bought back).

    Returns pairs of seconds and quantity, shape (closings, 2); `signed` is above 0 for a purchase.
    """
    held: deque[list[float]] = deque()
    closings: list[tuple[float, float]] = []
    for at, left in zip(seconds.tolist(), signed.tolist(), strict=True):
        while held and left and (held[0][1] > 0) != (left > 0):
            closed = min(abs(left), abs(held[0][1]))
            closings.append((at - held[0][0], closed))
            step = closed if left > 0 else -closed
            left -= step
            held[0][1] += step
            if not held[0][1]:
                held.popleft()
        if left:
            held.append([at, left])
    return np.array(closings, dtype=float).reshape(-1, 2)


def closing_scores(graph: TradeGraph, start: Floats | None = None) -> Floats:
    """The closed-cluster score of each account: half its own closing, a quarter its partners', ...

    x = (x0 + B x) / 2, iterated, with B the share of each partner in an account's quantity. Sum of
    gross times x is that of gross times x0. By default x0 is 1 for an account that ends the day
    within a twentieth of its gross, else 0. Makers who face each other score high too: the score
    names nobody.
    """
    from scipy.sparse import coo_array

    first = (graph.flatness <= FLAT_ACCOUNT).astype(float) if start is None else start
    ends = (
        np.concatenate([graph.buyer, graph.seller]),
        np.concatenate([graph.seller, graph.buyer]),
    )
    both = np.concatenate([graph.quantity, graph.quantity])
    partners = coo_array((both, ends), shape=(graph.accounts, graph.accounts)).tocsr()
    weight = 1 / np.maximum(graph.gross, np.finfo(float).tiny)
    scores = first
    for _ in range(SCORE_ROUNDS):
        following = (first + weight * (partners @ scores)) / 2
        change = np.linalg.norm(following - scores)
        size = np.linalg.norm(scores)
        scores = following
        if change <= SCORE_TOLERANCE * size:
            break
    return scores


def closed_share(graph: TradeGraph, scores: Floats) -> tuple[float, int]:
    """The share of the day's quantity between two accounts that both score high, and their number.

    An account that traded with nobody counts as none.
    """
    if not len(graph):
        return 0.0, 0
    is_high = scores >= HIGH_SCORE
    inside = is_high[graph.buyer] & is_high[graph.seller]
    accounts = np.unique(np.concatenate([graph.buyer[inside], graph.seller[inside]]))
    return float(graph.quantity[inside].sum()) / graph.total_quantity, len(accounts)


def _weighted_median(closings: Floats) -> float | None:
    if not len(closings):
        return None
    ordered = closings[np.argsort(closings[:, 0], kind="stable")]
    reached = np.cumsum(ordered[:, 1])
    return float(ordered[np.searchsorted(reached, reached[-1] / 2), 0])
