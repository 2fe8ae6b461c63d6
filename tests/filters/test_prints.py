"""Fingerprints of texts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.filters import Words, prints
from penchant.filters.prints import between_commas

# What UTF-8 can say, which is what a request and a table can bring.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def plainly(text: str) -> int:
    """FNV-1a and the finaliser of MurmurHash3, in whole numbers."""
    held = 0xCBF29CE484222325
    for byte in text.encode():
        held = (held ^ byte) * 0x100000001B3 % 2**64
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        held = (held ^ (held >> 33)) * factor % 2**64
    return int(np.uint64(held ^ (held >> 33)).astype(np.int64))


def test_the_hash_is_that_of_its_authors():
    """Before the finaliser: the vectors of Fowler, Noll and Vo for 64 bits."""
    held = 0xCBF29CE484222325
    for byte in b"foobar":
        held = (held ^ byte) * 0x100000001B3 % 2**64
    assert held == 0x85944171F73967E8


@given(st.lists(TEXTS, max_size=12))
def test_each_text_has_its_print(texts: list[str]):
    assert prints(texts).tolist() == [plainly(text) for text in texts]


@given(st.lists(TEXTS.filter(lambda text: "," not in text), min_size=1, max_size=12))
def test_a_list_is_read_as_its_parts(texts: list[str]):
    assert between_commas(",".join(texts).encode()).tolist() == [plainly(text) for text in texts]


@given(st.lists(TEXTS, unique=True, max_size=8), st.lists(TEXTS, max_size=8), st.lists(TEXTS, max_size=8))
def test_words_that_grow_keep_their_prints(known: list[str], more: list[str], unwanted: list[str]):
    words = Words.of(known).extended(more)
    assert words.prints.tolist() == [plainly(text) for text in words.texts]
    codes = np.arange(len(words))
    assert words.free_of(codes, prints(unwanted)).tolist() == [text not in unwanted for text in words.texts]


@given(st.lists(TEXTS.filter(lambda text: "," not in text), unique=True, max_size=8), st.lists(TEXTS, max_size=8))
def test_a_listed_text_is_not_free(known: list[str], listed: list[str]):
    words, text = Words.of(known), ",".join(listed)
    free = words.free_of_listed(np.arange(len(words)), text.encode())
    assert free.tolist() == [each not in text.split(",") for each in known]
