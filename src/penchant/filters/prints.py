"""Fingerprints of texts, computed from their bytes by compiled code.

A list of a hundred ids is read in a few microseconds; to make a text of each and to hash it takes Python thirty. A
print is FNV-1a (Fowler, Noll and Vo) of 64 bits, mixed once more at the end by the finaliser of MurmurHash3, since
tables take its lowest bits. Among a million texts two share one in one of 37 million catalogues. It is no secret: who
writes texts that share a print hides one of them from lists that name the other, of which nobody but the author is
worse off.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numba import njit

from .places import free_of

COMMA = ord(",")


def prints(texts: Sequence[str]) -> np.ndarray:
    """(n,) int64, of a few."""
    parts = [text.encode() for text in texts]
    return of_parts(np.frombuffer(b"".join(parts), np.uint8), np.cumsum([len(part) for part in parts], dtype=np.int64))


def prints_of_column(texts: pl.Series) -> np.ndarray:
    """(n,) int64, of many."""
    ends = np.cumsum(texts.str.len_bytes().to_numpy(), dtype=np.int64)
    return of_parts(np.frombuffer(texts.str.join("").item().encode(), np.uint8), ends)


@njit(cache=True, nogil=True)
def of_parts(text, ends):
    """(n,) int64 of the parts of `text` (bytes), which end before `ends` (n,)."""
    found, begin = np.empty(len(ends), np.int64), 0
    for number in range(len(ends)):
        found[number] = print_of(text, begin, ends[number])
        begin = ends[number]
    return found


@njit(cache=True, nogil=True)
def free_of_listed(codes, prints_of_codes, text):
    """`free_of` (see `places.py`) of the prints of the parts of `text`, which are bytes with commas between them."""
    return free_of(codes, prints_of_codes, between_commas(text))


@njit(cache=True, nogil=True)
def between_commas(text):
    """(n,) int64 of the n parts of bytes that have n - 1 commas."""
    found, begin, count = np.empty(len(text) + 1, np.int64), 0, 0
    for place in range(len(text) + 1):
        if place == len(text) or text[place] == COMMA:
            found[count] = print_of(text, begin, place)
            begin, count = place + 1, count + 1
    return found[:count]


@njit(cache=True, nogil=True, inline="always")
def print_of(text, begin, end):
    held = np.uint64(0xCBF29CE484222325)
    for place in range(begin, end):
        held = (held ^ np.uint64(text[place])) * np.uint64(0x100000001B3)
    held = (held ^ (held >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    held = (held ^ (held >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.int64(held ^ (held >> np.uint64(33)))
