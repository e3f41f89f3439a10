"""Closed clusters of accounts: which are found, and what does not matter to finding them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.evaluation.account_days import AccountDay, honest_day
from assets.evaluation.planted_rings import with_ring
from ml.closed_clusters import find_clusters
from ml.cluster_evidence import closed_share, closing_scores, evidence_of, holding_times
from ml.trade_graph import DAY_SECONDS, TradeGraph, surprise


@pytest.fixture(scope="module")
def quiet() -> AccountDay:
    return honest_day(np.random.default_rng(3), 12_000)


@pytest.fixture(scope="module")
def planted(quiet) -> AccountDay:
    return with_ring(quiet, np.random.default_rng(4), 8, "strict", share=0.02, honest=0.3)


def found(graph: TradeGraph) -> list[tuple[list[int], list[int]]]:
    """Members and trades of each cluster."""
    return [(cluster.members.tolist(), cluster.trades.tolist()) for cluster in find_clusters(graph)]


def graph_of(day: AccountDay, **changed: np.ndarray) -> TradeGraph:
    columns = ("buyer", "seller", "is_taken_by_buyer", "quantity", "seconds")
    return TradeGraph.between_accounts(
        *(changed.get(column, getattr(day, column)) for column in columns)
    )


def test_nothing_is_found_on_an_honest_day(quiet):
    assert found(quiet.graph) == []


def test_a_ring_is_found_with_all_of_its_members_and_trades(quiet, planted):
    ((members, trades),) = found(planted.graph)
    assert members == list(range(quiet.accounts, quiet.accounts + 8))
    assert trades == np.flatnonzero(planted.is_ring).tolist()


@pytest.mark.parametrize(
    ("members", "style", "share", "honest", "rule"),
    [
        (3, "rotating", 0.02, 0.0, "rare partners"),
        (20, "strict", 0.005, 0.3, "rare partners"),
        # members so busy beside the ring that chance would give each pair its one trade
        (8, "strict", 0.1, 0.7, "large trades"),
    ],
)
def test_rings_of_several_kinds_are_found(quiet, members, style, share, honest, rule):
    day = with_ring(quiet, np.random.default_rng(5), members, style, share=share, honest=honest)
    (cluster,) = find_clusters(day.graph)
    assert cluster.rule.name == rule
    assert day.is_ring[cluster.trades].all()
    assert len(cluster.trades) >= 0.9 * day.is_ring.sum()


def test_a_ring_that_is_the_whole_day_names_nobody_but_scores(quiet, planted):
    alone = planted.is_ring
    graph = TradeGraph.between_accounts(
        planted.buyer[alone] - quiet.accounts,
        planted.seller[alone] - quiet.accounts,
        planted.is_taken_by_buyer[alone],
        planted.quantity[alone],
        planted.seconds[alone],
    )
    assert found(graph) == []
    assert closed_share(graph, closing_scores(graph)) == (1.0, 8)


def test_a_ring_of_a_sixth_of_the_day_is_found(quiet):
    day = with_ring(quiet, np.random.default_rng(6), 8, "rotating", share=1 / 6)
    ((members, trades),) = found(day.graph)
    assert members == list(range(quiet.accounts, quiet.accounts + 8))
    assert day.is_ring[trades].all()


def test_makers_shuffled_within_hour_and_side_form_no_cluster(planted):
    random = np.random.default_rng(7)
    taker = np.where(planted.is_taken_by_buyer, planted.buyer, planted.seller)
    maker = np.where(planted.is_taken_by_buyer, planted.seller, planted.buyer)
    hour = (planted.seconds // 3_600).astype(int)
    for cell in np.unique(2 * hour + planted.is_taken_by_buyer):
        rows = np.flatnonzero(2 * hour + planted.is_taken_by_buyer == cell)
        maker[rows] = random.permutation(maker[rows])
    graph = graph_of(
        planted,
        buyer=np.where(planted.is_taken_by_buyer, taker, maker),
        seller=np.where(planted.is_taken_by_buyer, maker, taker),
    )
    assert found(graph) == []


def test_the_sides_may_be_swapped(planted):
    swapped = graph_of(
        planted,
        buyer=planted.seller,
        seller=planted.buyer,
        is_taken_by_buyer=~planted.is_taken_by_buyer,
    )
    assert found(swapped) == found(planted.graph)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000), scale=st.sampled_from([2.0**-20, 0.5, 1024.0]))
def test_neither_names_nor_units_matter(planted, seed, scale):
    new_name = np.random.default_rng(seed).permutation(planted.accounts)
    renamed = graph_of(
        planted,
        buyer=new_name[planted.buyer],
        seller=new_name[planted.seller],
        quantity=planted.quantity * scale,
    )
    ((members, trades),) = found(planted.graph)
    assert found(renamed) == [(sorted(new_name[members].tolist()), trades)]


@settings(max_examples=5, deadline=None)
@given(slices=st.integers(-30, 30))
def test_the_clock_may_be_set_by_whole_slices(planted, slices):
    count = min(24, len(planted.graph) // 500)
    shifted = graph_of(planted, seconds=planted.seconds + slices * DAY_SECONDS / count)
    assert found(shifted) == found(planted.graph)


def test_the_score_conserves_what_was_closed(planted):
    graph = planted.graph
    start = np.random.default_rng(8).random(graph.accounts)
    scores = closing_scores(graph, start)
    assert graph.gross @ scores == pytest.approx(graph.gross @ start)
    assert (scores >= 0).all()
    assert (scores <= 1).all()


def test_the_evidence_describes_the_ring(planted):
    (cluster,) = find_clusters(planted.graph)
    evidence = evidence_of(planted.graph, cluster)
    assert evidence.shape == "mesh"
    # no pair trades twice, so nothing comes straight back
    assert evidence.reciprocity == 0
    assert evidence.used_pair_share == pytest.approx(24 / 28)
    assert cluster.net_over_gross < 0.02
    assert cluster.closed_share == pytest.approx(0.7, abs=0.03)
    assert len(cluster.trades) == planted.is_ring.sum()
    assert cluster.nats > 20
    ring = planted.seconds[planted.is_ring]
    assert (evidence.first_trade_s, evidence.last_trade_s) == (ring[0], ring[-1])


def test_a_desk_that_fills_its_clients_is_a_star():
    count = 6
    client = np.tile(np.arange(1, count), 8)
    is_bought = np.repeat(np.arange(8) % 2, 5).astype(bool)
    buyer, seller = np.where(is_bought, client, 0), np.where(is_bought, 0, client)
    noise = honest_day(np.random.default_rng(9), 8_000)
    seconds = np.linspace(0, 80_000, 40)
    day = AccountDay(
        seconds=np.concatenate([noise.seconds, seconds]),
        buyer=np.concatenate([noise.buyer, buyer + noise.accounts]),
        seller=np.concatenate([noise.seller, seller + noise.accounts]),
        is_taken_by_buyer=np.concatenate([noise.is_taken_by_buyer, is_bought]),
        quantity=np.concatenate([noise.quantity, np.full(40, 100.0)]),
        is_ring=np.concatenate([noise.is_ring, np.ones(40, bool)]),
        people=noise.people,
    ).in_order()
    (cluster,) = find_clusters(day.graph)
    assert evidence_of(day.graph, cluster).shape == "star"
    assert len(cluster.members) == count


def test_what_was_bought_first_is_sold_first():
    closings = holding_times(np.array([0.0, 10, 20, 50]), np.array([3.0, 2, -4, -1]))
    assert closings.tolist() == [[20, 3], [10, 1], [40, 1]]


def test_a_trade_of_an_account_with_itself_is_refused():
    one = np.array([1])
    with pytest.raises(ValueError, match="trades with itself"):
        TradeGraph(one, one, one > 0, one.astype(float), one.astype(float), 2)


def test_no_trades_give_no_clusters():
    none = np.array([], dtype=np.int64)
    graph = TradeGraph.between_accounts(none, none, none > 0, none * 1.0, none * 1.0)
    assert find_clusters(graph) == []
    assert closed_share(graph, closing_scores(graph)) == (0.0, 0)


def test_surprise_is_zero_at_and_below_expectation():
    nats = surprise(np.array([0.0, 5, 10]), np.array([1.0, 5, 5]))
    assert nats.tolist() == pytest.approx([0, 0, 10 * np.log(2) - 5])
