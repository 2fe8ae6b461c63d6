"""What is looked up in long arrays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.filters.places import ABSENT, beginnings, free_of, places_of, taken_bits

HASHES = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1])


@given(st.lists(HASHES, min_size=1, max_size=40), st.lists(HASHES, max_size=20))
def test_each_is_found_at_the_first_of_its_places(known: list[int], others: list[int]) -> None:
    hashes = np.sort(np.array(known, np.int64))
    wanted = np.array(known + others, np.int64)
    places = places_of(wanted, hashes, *beginnings(hashes))
    held = hashes.tolist()
    assert places.tolist() == [held.index(each) if each in held else ABSENT for each in wanted.tolist()]


@given(st.lists(HASHES, min_size=1, max_size=20), st.lists(HASHES, max_size=40), st.data())
def test_what_has_none_of_some_hashes(known: list[int], unwanted: list[int], data: st.DataObject) -> None:
    codes = np.array(data.draw(st.lists(st.integers(0, len(known) - 1), max_size=12)), np.int64)
    unwanted += data.draw(st.lists(st.sampled_from(known), max_size=3))
    found = free_of(codes, np.array(known, np.int64), np.array(unwanted, np.int64))
    assert found.tolist() == [known[code] not in unwanted for code in codes.tolist()]


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.data())
def test_single_bits_of_what_was_packed(mask: list[bool], data: st.DataObject) -> None:
    rows = np.array(data.draw(st.lists(st.integers(0, len(mask) - 1), max_size=12)), np.int64)
    assert taken_bits(np.packbits(np.array(mask)), rows).tolist() == np.array(mask)[rows].tolist()
