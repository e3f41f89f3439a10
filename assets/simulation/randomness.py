"""A stream of random numbers for each part of the market, from one seed.

Each part has its own stream, named after it: a new kind of trader does not change the others.
"""

import zlib

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """The generator of the part with this name; the same seed and name give the same numbers."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])
