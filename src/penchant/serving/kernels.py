"""The arithmetic of one answer, compiled: the lists that are looked into, single scores, and the best of many.

One request does little of each. In NumPy it would be a hundred calls of a microsecond or two, which cost more than what
they compute. Compiled code is kept on disk beside this file (or in the user's cache), so that only the first process
after an installation compiles.
"""

import numpy as np
from numba import njit

# Sums may be added up in any order, which is what lets several of their terms be added at once.
FAST = {"reassoc", "contract", "nsz"}
BUCKETS = 1024
SIGN, LARGEST = np.uint32(1 << 31), 0xFFFFFFFF


@njit(cache=True, nogil=True, fastmath=FAST)
def looked_into(lists, begins, ends, slots, vectors, biases, vector, scores, codes, order):
    """Fills `scores` and `codes` with the items of `lists`; `slots` (L,) gets where each list begins among them."""
    size = len(vector)
    at = 0
    for number in range(len(lists)):
        slots[lists[number]] = at
        for place in range(begins[number], ends[number]):
            total = np.float32(0)
            for part in range(size):
                total += vectors[place, part] * vector[part]
            scores[at] = total + biases[place]
            codes[at] = order[place]
            at += 1
    return at


@njit(cache=True, nogil=True, fastmath=FAST)
def raised(where, values, list_of, place_of, starts, slots, item_vectors, item_bias, vector, scores, codes, count):
    """Adds `values` to the scores of the items `where` (distinct) among the `count` that were looked into, and puts
    those of the others that gain something behind them. Gives the new count."""
    size = len(vector)
    for number in range(len(where)):
        item = where[number]
        slot = slots[list_of[item]]
        if slot >= 0:
            scores[slot + place_of[item] - starts[list_of[item]]] += values[number]
        elif values[number] > 0:
            total = np.float32(0)
            for part in range(size):
                total += item_vectors[item, part] * vector[part]
            scores[count] = total + item_bias[item] + values[number]
            codes[count] = item
            count += 1
    return count


@njit(cache=True, nogil=True, fastmath=FAST)
def scores_of(wanted, item_vectors, item_bias, vector, where, values):
    """(n,) float32 scores of the items `wanted`, with the `values` that items `where` (ascending) gain."""
    found = np.empty(len(wanted), np.float32)
    for number in range(len(wanted)):
        item = wanted[number]
        total = np.float32(0)
        for part in range(len(vector)):
            total += item_vectors[item, part] * vector[part]
        place = np.searchsorted(where, item)
        gain = values[place] if place < len(where) and where[place] == item else np.float32(0)
        found[number] = total + item_bias[item] + gain
    return found


@njit(cache=True, nogil=True)
def merged(where, values, more_where, more_values):
    """Two sparse columns (codes ascending) as one of their sums. A code that occurs twice in one column has the same
    value both times, and counts once."""
    codes = np.empty(len(where) + len(more_where), np.int64)
    sums = np.empty(len(codes), np.float32)
    count, one, other = 0, 0, 0
    while one < len(where) or other < len(more_where):
        if other == len(more_where):
            code = where[one]
        elif one == len(where):
            code = more_where[other]
        else:
            code = min(where[one], more_where[other])
        total = np.float32(0)
        if one < len(where) and where[one] == code:
            total += values[one]
        if other < len(more_where) and more_where[other] == code:
            total += more_values[other]
        while one < len(where) and where[one] == code:
            one += 1
        while other < len(more_where) and more_where[other] == code:
            other += 1
        codes[count], sums[count] = code, total
        count += 1
    return codes[:count], sums[:count]


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
def extremes(scores):
    """The smallest score that is not -inf, and the largest."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for place in range(len(scores)):
        score = scores[place]
        high = max(high, score)
        low = min(low, score if score > -np.inf else np.float32(np.inf))
    return low, high
