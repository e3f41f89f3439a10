"""Arrival times of orders: at a varying rate, and each order may trigger others (Hawkes)."""

import numpy as np

CHILDREN_AN_ORDER = 0.6
# (share, mean delay in ms): reactions of machines, then of people
DELAYS = ((0.65, 700.0), (0.35, 30_000.0))


def arrivals(
    random: np.random.Generator, a_second: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[slice]]:
    """Times of orders in ms for a mean rate by second, the parent row of each, the generations.

    Rows are sorted by generation, not by time; orders of the first generation have parent -1.
    """
    horizon = len(a_second) * 1_000
    count = random.poisson(a_second * (1 - CHILDREN_AN_ORDER))
    second = np.repeat(np.arange(len(a_second)), count)
    latest = second * 1_000 + random.integers(0, 1_000, len(second))
    times, parents = [latest], [np.full(len(latest), -1)]
    generations = [slice(0, len(latest))]
    while len(latest):
        rows = np.arange(generations[-1].start, generations[-1].stop)
        children = random.poisson(CHILDREN_AN_ORDER, len(latest))
        parent = np.repeat(rows, children)
        slow = random.random(len(parent)) >= DELAYS[0][0]
        delay = random.exponential(np.where(slow, DELAYS[1][1], DELAYS[0][1]))
        latest = np.repeat(latest, children) + delay.astype(np.int64)
        inside = latest < horizon
        latest, parent = latest[inside], parent[inside]
        times.append(latest)
        parents.append(parent)
        generations.append(slice(rows[-1] + 1, rows[-1] + 1 + len(latest)))
    return np.concatenate(times), np.concatenate(parents), generations
