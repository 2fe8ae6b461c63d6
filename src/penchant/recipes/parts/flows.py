"""Sparse sums of one request, compiled: a few thousand weights that flow to a few thousand items.

In NumPy each is ten calls over short arrays, and the calls cost more than the sums.
"""

import numpy as np
from numba import njit

from penchant.recipes.parts.prefetch import LINE, fetch

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
            slot = slot_of(item, keys)
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
        slot = slot_of(found[place], keys)
        flows[place] = sums[slot]
        pairs[place] = np.uint64(found[place]) << np.uint64(32) | np.uint64(bits[place])
    return pairs


@njit(cache=True, nogil=True)
def gained(history, influence, items, weights, floor, flowing_weight, own, habit, fresh, fading):
    """Distinct items (n,) int64, in no order, and what a history (H,) adds to the score of each, (n,) float32.

    `influence` (D,) is that of its newest events. What flows counts `flowing_weight` times log(z / max z / floor + 1);
    the rest is as in `fusion.own_bonus`.
    """
    depth, width = min(len(history), len(influence)), items.shape[1]
    if flowing_weight == 0:
        depth = 0
    begin, ignored = len(history) - depth, len(influence) - depth
    size = 16
    while size < 2 * (depth * width + len(history)):
        size *= 2
    keys = np.full(size, EMPTY, np.int32)
    places = np.empty(size, np.int32)
    codes = np.empty(depth * width + len(history), np.int64)
    flows = np.zeros(len(codes), np.float64)
    count = 0
    for event in range(depth):
        if event + 1 < depth:
            for place in range(0, width, LINE):
                fetch(weights, history[begin + event + 1], place)
                fetch(items, history[begin + event + 1], place)
        row = history[begin + event]
        for place in range(width):
            weight = weights[row, place] * influence[ignored + event]
            if weight == 0:
                continue
            slot = slot_of(items[row, place], keys)
            if keys[slot] == EMPTY:
                keys[slot], places[slot], codes[count] = items[row, place], count, items[row, place]
                count += 1
            flows[places[slot]] += weight
    largest = np.float32(0)
    for place in range(count):
        largest = max(largest, np.float32(flows[place]))
    scale = np.float32(1 / ((largest if largest > 1e-12 else 1e-12) * floor))
    values = np.zeros(len(codes), np.float32)
    for place in range(count):
        lift = np.log(np.float32(flows[place]) * scale + np.float32(1))
        values[place] = np.float32(flowing_weight) * np.float32(lift)
    if own == 0 and habit == 0 and fresh == 0:
        return codes[:count], values[:count]
    times = np.zeros(len(codes), np.int64)
    newest = np.empty(len(codes), np.int64)
    for event in range(len(history)):
        slot = slot_of(history[event], keys)
        if keys[slot] == EMPTY:
            keys[slot], places[slot], codes[count] = history[event], count, history[event]
            count += 1
        times[places[slot]] += 1
        newest[places[slot]] = event
    for place in range(count):
        if times[place] > 0:
            bonus = np.float32(own) + np.float32(habit) * np.float32(np.log(np.float32(times[place])))
            since = np.float32(len(history) - 1 - newest[place])
            values[place] += bonus + np.float32(fresh) * np.float32(np.float32(fading) ** since)
    return codes[:count], values[:count]


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


@njit(cache=True, nogil=True, inline="always")
def slot_of(item, keys):
    """Where a hash table by linear probing has an item, or has room for it."""
    slot = hashed(item) & (len(keys) - 1)
    while keys[slot] != EMPTY and keys[slot] != item:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@njit(cache=True, nogil=True, inline="always")
def hashed(item):
    """Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
    return np.int64((np.uint64(item) * np.uint64(11400714819323198485)) >> np.uint64(33))
