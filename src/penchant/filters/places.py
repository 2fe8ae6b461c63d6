"""Looks into long arrays at a few places, compiled.

Hashes that are sorted are found by a table of where each leading bit pattern begins, which leads to within a step or
two of the place, where a bisection of a large array misses the caches seventeen times.
"""

import numpy as np
from numba import njit

ABSENT = -1


def beginnings(hashes: np.ndarray) -> tuple[np.ndarray, int]:
    """Of `hashes` (N,) int64, ascending: where those with each pattern of leading bits begin ((P + 1,) int32 for P
    patterns, about as many as hashes), and how far a hash is shifted for its pattern."""
    bits = max(1, len(hashes).bit_length() - 1)
    shift = 64 - bits
    patterns = (hashes >> shift) + (1 << (bits - 1))  # the smallest hash is negative
    return np.concatenate([[0], np.cumsum(np.bincount(patterns, minlength=1 << bits))]).astype(np.int32), shift


@njit(cache=True, nogil=True)
def places_of(wanted, hashes, begin, shift):
    """(n,) int64 the first place of each of the hashes `wanted` (n,), ABSENT for one that is not there."""
    found = np.empty(len(wanted), np.int64)
    first = np.int64(1) << (63 - shift)
    for number in range(len(wanted)):
        pattern = (wanted[number] >> shift) + first
        place, end = begin[pattern], begin[pattern + 1]
        while place < end and hashes[place] < wanted[number]:
            place += 1
        found[number] = place if place < end and hashes[place] == wanted[number] else ABSENT
    return found


@njit(cache=True, nogil=True)
def free_of(codes, hash_of, unwanted):
    """(n,) bool: which of `codes` (n,) have another of the hashes `hash_of` (N,) than any of `unwanted` (M,)."""
    size = 16
    while size < 4 * len(unwanted):
        size *= 2
    table, taken = np.empty(size, np.int64), np.zeros(size, np.bool_)
    for number in range(len(unwanted)):
        slot = unwanted[number] & (size - 1)
        while taken[slot] and table[slot] != unwanted[number]:
            slot = (slot + 1) & (size - 1)
        table[slot], taken[slot] = unwanted[number], True
    free = np.ones(len(codes), np.bool_)
    for number in range(len(codes)):
        wanted = hash_of[codes[number]]
        slot = wanted & (size - 1)
        while taken[slot]:
            if table[slot] == wanted:
                free[number] = False
                break
            slot = (slot + 1) & (size - 1)
    return free


@njit(cache=True, nogil=True)
def taken_bits(bits, rows):
    """(n,) bool of `bits` that were packed, the first of a byte being the highest, at the places `rows` (n,) int64."""
    found = np.empty(len(rows), np.bool_)
    for number in range(len(rows)):
        found[number] = bits[rows[number] >> 3] >> (7 - (rows[number] & 7)) & 1
    return found
