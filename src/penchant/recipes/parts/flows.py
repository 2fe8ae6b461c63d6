"""Sparse sums of one request, compiled: a few thousand weights that flow to a few thousand items.

In NumPy each is ten calls over short arrays, and the calls cost more than the sums.
"""

import numpy as np
from numba import njit

EMPTY = -1


@njit(cache=True, nogil=True)
def flowing(newest, influence, items, weights):
    """Distinct items and what flows to each, in no order: (n,) uint64, an item's code in the upper 32 bits and the bits
    of the float32 in the lower.

    From the events `newest` (H,) of a history, each with an `influence` (H,), along `weights` (I, K) to `items` (I, K).
    """
    depth, width = len(newest), items.shape[1]
    size = 16
    while size < 2 * depth * width:
        size *= 2
    # A hash table by linear probing: it stays in the cache, where a sum over all items of a large catalogue does not.
    keys = np.full(size, EMPTY, np.int32)
    sums = np.empty(size, np.float64)
    found = np.empty(depth * width, np.int32)
    count = 0
    for event in range(depth):
        row = newest[event]
        for place in range(width):
            weight = weights[row, place] * influence[event]
            if weight == 0:
                continue
            item = items[row, place]
            slot = hashed(item) & (size - 1)
            while keys[slot] != EMPTY and keys[slot] != item:
                slot = (slot + 1) & (size - 1)
            if keys[slot] == EMPTY:
                keys[slot], sums[slot] = item, weight
                found[count] = item
                count += 1
            else:
                sums[slot] += weight
    flows = np.empty(count, np.float32)
    bits = flows.view(np.uint32)
    pairs = np.empty(count, np.uint64)
    for place in range(count):
        slot = hashed(found[place]) & (size - 1)
        while keys[slot] != found[place]:
            slot = (slot + 1) & (size - 1)
        flows[place] = sums[slot]
        pairs[place] = np.uint64(found[place]) << np.uint64(32) | np.uint64(bits[place])
    return pairs


@njit(cache=True, nogil=True, inline="always")
def hashed(item):
    """Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
    return np.int64((np.uint64(item) * np.uint64(11400714819323198485)) >> np.uint64(33))
