"""The arithmetic of one answer, compiled: the lists that are looked into, single scores, and the best of many.

One request does little of each. In NumPy it would be a hundred calls of a microsecond or two, which cost more than what
they compute. Compiled code is kept on disk beside this file (or in the user's cache), so that only the first process
after an installation compiles.
"""

import numpy as np
from numba import njit

from ..recipes.parts.flows import EMPTY, slot_of
from ..recipes.parts.prefetch import AHEAD, LINE, fetch

# Sums may be added up in any order, which is what lets several of their terms be added at once.
FAST = {"reassoc", "contract", "nsz"}
BUCKETS = 1024
SIGN, LARGEST = np.uint32(1 << 31), 0xFFFFFFFF


@njit(cache=True, nogil=True, fastmath=FAST)
def looked_into(vector, centroids, count, starts, order, placed, vectors, biases, where, values):
    """Scores (n,) and codes (n,) int32 of the items in the `count` lists whose centroids promise most, and of those
    `where` (distinct) whose scores gain something by their `values`.

    Arrays are those of an `Index`.
    """
    size, lists = len(vector), len(centroids)
    promises = np.empty(lists, np.float32)
    for number in range(lists):
        promises[number] = product(centroids, number, vector) + centroids[number, size]
    bound, left = np.float32(-np.inf), count
    if count < lists:
        bound = np.partition(promises, lists - count)[lists - count]
        for number in range(lists):
            left -= promises[number] > bound  # of equals as many as there is room for
    slots = np.full(lists, -1)
    room = len(where)
    for number in range(lists):
        if promises[number] > bound or (promises[number] == bound and left > 0):
            left -= promises[number] == bound
            slots[number] = room - len(where)
            room += starts[number + 1] - starts[number]
    scores, codes = np.empty(room, np.float32), np.empty(room, np.int32)
    at = 0
    for number in range(lists):
        if slots[number] >= 0:
            for place in range(starts[number], starts[number + 1]):
                scores[at] = product(vectors, place, vector) + biases[place]
                codes[at] = order[place]
                at += 1
    for number in range(len(where)):
        if number + AHEAD < len(where):
            soon = placed[where[number + AHEAD], 1]
            for part in range(0, size, LINE):
                fetch(vectors, soon, part)
        item = where[number]
        held, place = placed[item, 0], placed[item, 1]
        if slots[held] >= 0:
            scores[slots[held] + place - starts[held]] += values[number]
        elif values[number] > 0:
            scores[at] = product(vectors, place, vector) + biases[place] + values[number]
            codes[at] = item
            at += 1
    return scores[:at], codes[:at]


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def product(rows, row, vector):
    total = np.float32(0)
    for part in range(len(vector)):
        total += rows[row, part] * vector[part]
    return total


@njit(cache=True, nogil=True, fastmath=FAST)
def scores_of(wanted, item_vectors, item_bias, vector, where, values):
    """(n,) float32 scores of the items `wanted`, with the `values` that items `where` (distinct) gain."""
    size = 16
    while size < 2 * len(where):
        size *= 2
    keys = np.full(size, EMPTY, np.int64)
    gains = np.empty(size, np.float32)
    for number in range(len(where)):
        slot = slot_of(where[number], keys)
        keys[slot], gains[slot] = where[number], values[number]
    found = np.empty(len(wanted), np.float32)
    for number in range(len(wanted)):
        item = wanted[number]
        slot = slot_of(item, keys)
        gain = gains[slot] if keys[slot] == item else np.float32(0)
        found[number] = product(item_vectors, item, vector) + item_bias[item] + gain
    return found


@njit(cache=True, nogil=True)
def add_at(scores, where, values):
    """Adds to the scores of distinct items."""
    for number in range(len(where)):
        scores[where[number]] += values[number]


@njit(cache=True, nogil=True)
def promising(scores, codes, n):
    """Keys (m,) uint64, m >= n where there are so many, in no order, of items among which are the best n of `scores`
    (I,): a larger key is a larger score, and of equal scores a smaller code. None is of -inf. The lower 32 bits are
    LARGEST minus the code: one of `codes` (I,), or the place where that is None."""
    low, high = extremes(scores)
    counts = np.zeros(BUCKETS, np.int64)
    scale = np.float32((BUCKETS - 1) / (high - low)) if high > low else np.float32(0)
    for place in range(len(scores)):
        if scores[place] >= low:
            counts[int((scores[place] - low) * scale)] += 1
    bucket, found = BUCKETS - 1, counts[BUCKETS - 1]
    while found < n and bucket > 0:
        bucket -= 1
        found += counts[bucket]
    keys = np.empty(found, np.uint64)
    bits = scores.view(np.uint32)
    count = 0
    for place in range(len(scores)):
        if scores[place] >= low and int((scores[place] - low) * scale) >= bucket:
            held = bits[place] if bits[place] != SIGN else np.uint32(0)  # minus zero is not below zero
            ordered = ~held if held >> 31 else held | SIGN
            code = place if codes is None else codes[place]
            keys[count] = np.uint64(ordered) << np.uint64(32) | np.uint64(LARGEST - code)
            count += 1
    return keys


@njit(cache=True, nogil=True)
def told(wanted, keys):
    """(n,) float32 the scores that `keys` of `promising` have for the codes `wanted` (n,), and how many they have."""
    bits = np.empty(len(wanted), np.uint32)
    count = 0
    for number in range(len(wanted)):
        low = np.uint64(LARGEST - wanted[number])
        for key in keys:
            if key & np.uint64(LARGEST) == low:
                ordered = np.uint32(key >> np.uint64(32))
                bits[number] = ordered ^ SIGN if ordered & SIGN else ~ordered
                count += 1
                break
    return bits.view(np.float32), count


@njit(cache=True, nogil=True)
def extremes(scores):
    """The smallest score that is not -inf, and the largest."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for place in range(len(scores)):
        score = scores[place]
        high = max(high, score)
        low = min(low, score if score > -np.inf else np.float32(np.inf))
    return low, high
