"""New items and users in a model of sequences that is not trained anew."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from penchant.lake.grown import Grown
from penchant.recipes.parts.sequence_model import UNTOUCHED, SequenceModel

AT_ONCE = 50_000
"""Users who are brought up at a time."""


def grown_model(
    model: SequenceModel, grown: Grown, changed: np.ndarray, breathe: Callable[[float], None]
) -> SequenceModel:
    """The model with the new items of `grown`, as their metadata has them, and with the histories of its users as they
    are now. `changed` are the codes of those who have other ones. `breathe` is told from 0 to 1."""
    data = grown.data
    model = model.with_items(grown.columns, len(data.items) - grown.items)
    model = model.with_users(len(data.users) - grown.users)
    for start in range(0, len(changed), AT_ONCE):
        breathe(start / len(changed))
        users = changed[start : start + AT_ONCE]
        newest = data.timestamp[data.offsets[1:][users] - 1]
        model = model.brought_up(users, [data.history(user) for user in users.tolist()], newest)
    return model


def ordinary(model: SequenceModel, grown: Grown) -> SequenceModel:
    """With new items of which nothing is known in the place of the usual item, among the others: where exploration
    looks for what it knows nothing of. For people without a history, that is the place of every new item.

    The model itself puts them behind all others, because there is no reason to recommend them.
    """
    first, data = grown.items, grown.data
    taken = np.bincount(data.item, minlength=len(data.items))[:first] > 0
    if len(data.items) == first or not taken.any():
        return model
    vectors, bias, start = model.item_vectors.copy(), model.item_bias.copy(), model.start.copy()
    blank = first + np.flatnonzero(bias[first:] <= UNTOUCHED)
    vectors[blank] = vectors[:first][taken].mean(axis=0)
    bias[blank] = np.median(bias[:first][taken])
    start[first:] = np.median(start[:first])
    return replace(model, item_vectors=vectors, item_bias=bias, start=start)


def valued(model: SequenceModel, known: int, worth: np.ndarray) -> SequenceModel:
    """With what an objective adds to the scores of all items (I,) added to those of the new ones, from `known` on. What
    `ordinary` did with them has the usual item's already."""
    if len(worth) == known:
        return model
    more, usual = worth[known:], np.float32(worth[:known].mean())
    bias, start = model.item_bias.copy(), model.start.copy()
    bias[known:] += np.where(bias[known:] != 0, more - usual, more)
    start[known:] += more - usual
    return replace(model, item_bias=bias, start=start)
