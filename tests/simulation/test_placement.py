"""Events find a place in the day, whatever is wished for."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.simulation.background import DAY
from assets.simulation.placement import LONGEST, Wish, place

SYMBOLS = ("BTC-USDT", "ETH-USDT", "KITE-USDT")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 15))
def test_events_of_one_symbol_start_far_enough_apart(seed: int, count: int) -> None:
    wishes = [
        Wish("news", SYMBOLS[:2], in_all=True),
        *(Wish("other", SYMBOLS) for _ in range(count)),
    ]
    places = place(np.random.default_rng(seed), wishes)
    assert len(places) == len(wishes)
    for symbol in SYMBOLS:
        starts = sorted(one.second for one in places if symbol in one.symbols)
        assert all(later - earlier >= LONGEST + 3_600 for earlier, later in pairwise(starts))
        assert all(start + LONGEST < DAY for start in starts)
