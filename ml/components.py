"""Connected components of a graph: union-find, arrays in and arrays out."""

import numpy as np
from numpy.typing import NDArray


def components(left: NDArray[np.int64], right: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The least node of each node's component, for `count` nodes from 0.

    Each edge joins `left[i]` and `right[i]`; a node without edges is a component of its own.
    """
    parent = np.arange(count)
    while True:
        # each root takes the least root beside it, then every node its root's root
        low = np.minimum(parent[left], parent[right])
        before = parent.copy()
        np.minimum.at(parent, before[left], low)
        np.minimum.at(parent, before[right], low)
        while not np.array_equal(shorter := parent[parent], parent):
            parent = shorter
        if np.array_equal(parent, before):
            return parent
