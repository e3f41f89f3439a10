"""Connected components: the least node of each, whatever the order of the edges."""

import numpy as np
import pytest

from ml.components import components


def by_walking(edges: np.ndarray, count: int) -> list[int]:
    """The least node that can be reached from each node."""
    beside: dict[int, set[int]] = {node: {node} for node in range(count)}
    for left, right in edges.tolist():
        beside[left].add(right)
        beside[right].add(left)
    least = []
    for node in range(count):
        reached, new = {node}, {node}
        while new:
            new = {other for one in new for other in beside[one]} - reached
            reached |= new
        least.append(min(reached))
    return least


@pytest.mark.parametrize("seed", range(20))
def test_each_node_has_the_least_node_it_is_joined_with(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 60))
    edges = random.integers(0, count, (int(random.integers(0, 50)), 2))
    found = components(edges[:, 0], edges[:, 1], count)
    assert found.tolist() == by_walking(edges, count)


def test_a_chain_of_a_million_is_one_component() -> None:
    count = 100_000
    order = np.random.default_rng(1).permutation(count)
    assert not components(order[:-1], order[1:], count).any()
