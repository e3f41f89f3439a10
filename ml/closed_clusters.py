"""Closed clusters: accounts that trade with each other far beyond chance and end flat inside.

A pair of accounts is unexpected where it traded more than takers and makers who meet at random
would: everybody's market maker is no unexpected partner. Of the trades of unexpected pairs the
accounts that are not flat are peeled off, until each is flat among those that remain; what is left
falls into strongly connected components (seller to buyer). A pair is judged by several rules,
each for members that another one misses: honest trades beside the cluster raise what chance gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.estimator import Floats
from ml.trade_graph import Numbers, TradeGraph, surprise

Rows = NDArray[np.intp]

LEAST_ACCOUNTS = 3
FLAT = 0.1
LEAST_TRADES_OF_A_MEMBER = 4
DROPPED_AT_ONCE = 0.05
# a pair so far beyond chance that its trades say nothing about how active its accounts are
CENSORED_NATS = 6.0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which pairs are unexpected, and what a cluster of such pairs must show.

    Parameters
    ----------
    name
        What the pairs are called.
    least_size
        Only trades of at least so many times the day's mean quantity are looked at; what is
        expected of a pair falls with their number.
    lift, nats
        An unexpected pair has so many times the trades expected, and so many nats of surprise.
    is_censored
        Whether activity is counted again, with the trades of surprising pairs cut to what was
        expected of them: a busy ring is its members' activity and hides itself.
    cluster_lift, closed
        The cluster has so many times its expected trades, and its members do such a share of their
        day's quantity inside.
    most_net, most_share
        It is this flat inside (net over gross), and at most this share of the day: makers who
        hand stock to each other all day look like a ring to the sharper rules.
    """

    name: str
    least_size: float = 0.0
    lift: float = 4.0
    nats: float = 0.0
    is_censored: bool = False
    cluster_lift: float = 1.7
    closed: float = 0.25
    most_net: float = 0.03
    most_share: float = 0.125


RULES = (
    Rule(name="rare partners", cluster_lift=1.0, closed=0.05, most_net=FLAT, most_share=1.0),
    *(
        Rule(name="large trades", least_size=size, cluster_lift=4.0)
        for size in (2.0, 4.0, 8.0, 16.0, 32.0)
    ),
    Rule(name="frequent partners", lift=1.25, nats=4.0),
    *(
        Rule(name="busy partners", lift=lift, nats=nats, is_censored=True)
        for lift, nats in ((2.0, 3.0), (3.0, 1.0), (4.0, 0.0))
    ),
)


@dataclass(frozen=True, eq=False)
class Cluster:
    """A closed cluster: its members, and the trades that they did with each other.

    `trades` are those between two members, of at least `least_quantity`; `expected_trades` is how
    many of that size takers and makers who meet at random would give them.
    """

    rule: Rule
    members: Numbers
    trades: Rows
    least_quantity: float
    expected_trades: float
    nats: float
    volume_share: float
    closed_share: float
    net_over_gross: float


def find_clusters(
    graph: TradeGraph,
    *,
    least_trades: int = 12,
    least_volume_share: float = 0.001,
    least_nats: float = 20.0,
    rules: Sequence[Rule] = RULES,
) -> list[Cluster]:
    """The day's closed clusters, the most surprising first; no trade is in two of them.

    Of clusters that share a trade, the one that is further from chance stands.
    """
    if not len(graph):
        return []
    found = [
        cluster
        for rule, candidates in _candidates(graph, rules)
        for component in candidates
        if (cluster := _cluster(graph, rule, component)) is not None
        and len(cluster.trades) >= least_trades
        and cluster.volume_share >= least_volume_share
        and cluster.nats >= least_nats
    ]
    # a stable order: of equals the earlier rule's, then the one of the earlier trade
    found.sort(key=lambda cluster: -cluster.nats)
    is_taken = np.zeros(len(graph), bool)
    apart: list[Cluster] = []
    for cluster in found:
        if not is_taken[cluster.trades].any():
            is_taken[cluster.trades] = True
            apart.append(cluster)
    return apart


def _candidates(graph: TradeGraph, rules: Sequence[Rule]) -> Iterator[tuple[Rule, list[Rows]]]:
    """For each rule the components of flat accounts, as rows of their trades."""
    _, _, pair = graph.pairs
    plain = graph.expected_pair_trades()
    censored: Floats | None = None
    for rule in rules:
        if rule.is_censored and censored is None:
            censored = graph.expected_pair_trades(_weights(graph, plain))
        expected = plain if not rule.is_censored or censored is None else censored
        counts, rows = graph.pair_counts, np.arange(len(graph))
        if rule.least_size:
            rows = np.flatnonzero(graph.quantity >= _least_quantity(graph, rule))
            counts = np.bincount(pair[rows], minlength=len(plain))
            expected = expected * (len(rows) / len(graph))
        is_unexpected = counts >= rule.lift * expected
        if rule.nats:
            is_unexpected &= surprise(counts.astype(float), expected) >= rule.nats
        rows = flat_core(graph, rows[is_unexpected[pair[rows]]])
        yield rule, _components(graph, rows)


def _weights(graph: TradeGraph, expected: Floats) -> Floats:
    """Of each trade 1, less where its pair traded surprisingly often: then what was expected."""
    _, _, pair = graph.pairs
    counts = graph.pair_counts.astype(float)
    is_surprising = surprise(counts, expected) >= CENSORED_NATS
    return np.where(is_surprising, np.minimum(1.0, expected / counts), 1.0)[pair]


def flat_core(graph: TradeGraph, rows: Rows) -> Rows:
    """Those of the trades that remain when all accounts with few trades or not flat are peeled off.

    Each round drops the accounts of fewer than four of the remaining trades; where there is none,
    the least flat twentieth, with all that are as little flat; until nobody's |net| is more than a
    tenth of his gross.
    """
    accounts, codes = np.unique(
        np.concatenate([graph.buyer[rows], graph.seller[rows]]), return_inverse=True
    )
    buyer, seller, count = codes[: len(rows)], codes[len(rows) :], len(accounts)
    quantity = graph.quantity[rows]
    while len(rows):
        trades = np.bincount(buyer, minlength=count) + np.bincount(seller, minlength=count)
        is_dropped = (trades > 0) & (trades < LEAST_TRADES_OF_A_MEMBER)
        if not is_dropped.any():
            bought = np.bincount(buyer, quantity, count)
            sold = np.bincount(seller, quantity, count)
            flatness = np.abs(bought - sold) / np.where(trades > 0, bought + sold, 1.0)
            uneven = np.sort(flatness[flatness > FLAT])[::-1]
            if not len(uneven):
                break
            most = max(1, int(DROPPED_AT_ONCE * np.count_nonzero(trades)))
            is_dropped = flatness >= uneven[min(most, len(uneven)) - 1]
        stays = ~(is_dropped[buyer] | is_dropped[seller])
        rows, buyer, seller, quantity = rows[stays], buyer[stays], seller[stays], quantity[stays]
    return rows


def _components(graph: TradeGraph, rows: Rows) -> list[Rows]:
    """The trades inside each strongly connected component, by the component's first trade."""
    if not len(rows):
        return []
    # costs half a CPU second, and most days name no accounts
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    buyer, seller = graph.buyer[rows], graph.seller[rows]
    arrows = coo_array(
        (np.ones(len(rows)), (seller, buyer)), shape=(graph.accounts, graph.accounts)
    )
    _, component = connected_components(arrows, directed=True, connection="strong")
    is_inside = component[buyer] == component[seller]
    rows, component_of = rows[is_inside], component[buyer][is_inside]
    _, first = np.unique(component_of, return_index=True)
    return [rows[component_of == component_of[place]] for place in np.sort(first)]


def _cluster(graph: TradeGraph, rule: Rule, component: Rows) -> Cluster | None:
    """The cluster of a component's accounts, None where it does not show what its rule asks."""
    members = np.unique(np.concatenate([graph.buyer[component], graph.seller[component]]))
    if len(members) < LEAST_ACCOUNTS:
        return None
    least_quantity = _least_quantity(graph, rule)
    is_large = graph.quantity >= least_quantity
    trades = np.flatnonzero(graph.inside(members) & is_large)
    expected = graph.expected_inside(members) * float(is_large.mean())
    quantity = graph.quantity[trades]
    bought = np.bincount(graph.buyer[trades], quantity, graph.accounts)
    sold = np.bincount(graph.seller[trades], quantity, graph.accounts)
    cluster = Cluster(
        rule=rule,
        members=members,
        trades=trades,
        least_quantity=least_quantity,
        expected_trades=expected,
        nats=float(surprise(np.array(len(trades)), np.array(expected))),
        volume_share=float(quantity.sum()) / graph.total_quantity,
        closed_share=2 * float(quantity.sum()) / float(graph.gross[members].sum()),
        net_over_gross=float(np.abs(bought - sold).sum() / (bought + sold).sum()),
    )
    shows = (
        len(trades) >= rule.cluster_lift * expected
        and cluster.closed_share >= rule.closed
        and cluster.net_over_gross <= rule.most_net
        and cluster.volume_share <= rule.most_share
    )
    return cluster if shows else None


def _least_quantity(graph: TradeGraph, rule: Rule) -> float:
    return rule.least_size * graph.total_quantity / len(graph)
