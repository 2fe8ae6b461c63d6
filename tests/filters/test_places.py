"""Hashes found among many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.filters.places import ABSENT, beginnings, places_of

HASHES = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1])


@given(st.lists(HASHES, min_size=1, max_size=40), st.lists(HASHES, max_size=20))
def test_each_is_found_at_the_first_of_its_places(known: list[int], others: list[int]) -> None:
    hashes = np.sort(np.array(known, np.int64))
    wanted = np.array(known + others, np.int64)
    places = places_of(wanted, hashes, *beginnings(hashes))
    held = hashes.tolist()
    assert places.tolist() == [held.index(each) if each in held else ABSENT for each in wanted.tolist()]
