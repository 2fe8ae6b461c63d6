"""Items that a model of sequences knows and whose metadata is another than it was trained with."""

from dataclasses import replace

import numpy as np

from penchant.lake.attributes import Columns
from penchant.recipes.parts.sequence_model import UNTOUCHED, SequenceModel, bias_of_unseen


def redescribed(
    model: SequenceModel, codes: np.ndarray, before: Columns, now: Columns, seen: np.ndarray
) -> SequenceModel:
    """The model with what its tower says of items (N,) now, in the place of what it said; nothing else is learnt.

    `before` and `now` are the metadata in rows of `codes`, and `seen` (N,) bool tells which of them have events. The
    vector of an item is the sum of what was learnt of its id, which stays, and of what its metadata says. Of an item
    without events nothing was learnt.
    """
    old, had = model.item_tower.vectors(before, len(codes))
    new, has = model.item_tower.vectors(now, len(codes))
    vectors, bias = model.item_vectors.copy(), model.item_bias.copy()
    vectors[codes] = np.where(seen[:, None], vectors[codes] + new - old, new)
    # Of what was unknown something is known now, or the other way round. What a training saw events of was never so.
    other = np.where(had, ~has & ~seen, has & (~seen | (bias[codes] <= UNTOUCHED)))
    bias[codes[other]] += (bias_of_unseen(has) - bias_of_unseen(had))[other]
    return replace(model, item_vectors=vectors, item_bias=bias)


def revalued(model: SequenceModel, codes: np.ndarray, more: np.ndarray) -> SequenceModel:
    """With so much more (N,) in the scores of items (N,), for what they are worth to an objective now."""
    bias, start = model.item_bias.copy(), model.start.copy()
    bias[codes] += more
    start[codes] += more
    return replace(model, item_bias=bias, start=start)
