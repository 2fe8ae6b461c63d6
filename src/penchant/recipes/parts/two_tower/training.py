"""Trains item vectors of two parts, one of the id and one of the metadata, by contrast within batches (imports torch).

Both items of a pair go through the same towers. Symmetric InfoNCE (van den Oord, Li & Vinyals 2018; both ways as in
CLIP, Radford et al., ICML 2021): of all items in the batch each has to find its own other half. Since an item is in a
batch as often as it is taken, what is learnt is how much more often than by chance two items go together; popularity
is added afterwards. Ids are dropped at random, so that metadata alone must do as well as it can (DropoutNet, Volkovs,
Yu & Poutanen, NIPS 2017).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import course
from penchant.recipes.parts.learning_rate import share_of_rate
from penchant.recipes.parts.metadata.features import Features
from penchant.recipes.parts.metadata.tower import Tower
from penchant.recipes.parts.resumable import Resumable
from penchant.recipes.parts.row_adam import RowAdam
from penchant.recipes.parts.two_tower.pairs import Pairs

TEMPERATURE = 0.15
"""Of the similarities before the softmax. On the validation events of three data sets .12 and .2 were better than .07
(docs/LOG.md)."""
ID_DROPOUT = 0.2
FEW_EVENTS = 5
"""An item with fewer is known by its metadata alone, if it has any."""
BATCH = (128, 768)
"""Pairs, at least and at most: each is told from all the others."""
BATCHES = 20
"""Of an epoch, between these."""
STEPS = (60, 800)
"""At least, and at most. One of the largest batches takes about 40 ms of a core."""
EPOCHS = 8
"""Wanted, between these."""
LEARNING_RATE = 3e-3
PART = "two towers"


@dataclass(frozen=True)
class Towers:
    ids: np.ndarray
    """(I, d) float32."""
    metadata: np.ndarray
    """(F + D, m) float32 weights of the features."""

    def vectors(self, features: Features, by_id: np.ndarray) -> np.ndarray:
        """(I, d + m) float32 of length 1; 0 for an item of which nothing is known. `by_id` (I,) bool says of whom the
        id counts."""
        both = np.concatenate([np.where(by_id[:, None], self.ids, 0), features @ self.metadata], axis=1)
        lengths = np.linalg.norm(both, axis=1, keepdims=True)
        return (both / np.maximum(lengths, 1e-9)).astype(np.float32)


def train(
    data: TrainingSet,
    features: Features,
    start: Callable[[], np.ndarray],
    id_size: int,
    metadata_size: int,
    by_id: np.ndarray,
    seed: int,
    effort: float,
    progress: Callable[[float], None],
) -> Towers:
    """From `start` (I, d) vectors of ids, by a share `effort` of the steps; each tells `progress` the fraction done.

    A training whose state was kept (see `course.py`) goes on from there, and has no need of a start.
    """
    rng = np.random.default_rng(seed)
    tower = Tower(features, metadata_size, torch.Generator().manual_seed(seed))
    table = RowAdam(torch.zeros(len(data.items), id_size))
    pairs = Pairs(data)
    weighted = bool(np.ptp(data.weight) > 0) if len(data.weight) else False
    described = features.some
    place = np.zeros(len(data.items), np.int64)
    size = int(np.clip(len(pairs) // BATCHES, *BATCH))
    wanted = int(np.clip(EPOCHS * len(pairs) // size, *STEPS))
    wanted = max(STEPS[0], round(effort * wanted))
    epochs = math.ceil(wanted * size / max(1, len(pairs)))

    def identity() -> str:
        described = (features.sparse.indptr, features.sparse.indices, features.sparse.data, features.dense)
        events = (data.offsets, data.item, data.weight)
        return course.digest(seed, id_size, metadata_size, wanted, len(data.items), by_id, *events, *described)

    loop = Resumable(PART, identity, epochs, rng, {"table": table, "tower": tower})
    if not loop.take_up():
        table.table.copy_(torch.from_numpy(start()))
    for _ in loop.epochs(lambda: loop.steps < wanted and len(pairs) > 0):
        for one, other, weight in loop.batches(lambda: pairs.epoch(size, rng)):
            if loop.steps == wanted:
                break
            progress(loop.steps / wanted)
            touched = np.unique(np.concatenate([one, other]))
            place[touched] = np.arange(len(touched))
            rows = torch.from_numpy(touched.astype(np.int64))
            ids = table.table[rows].requires_grad_()
            kept = by_id[touched] & ~(described[touched] & (rng.random(len(touched)) < ID_DROPOUT))
            both = torch.cat([ids * torch.from_numpy(kept)[:, None], tower(touched)], dim=1)
            vectors = functional.normalize(both, dim=1, eps=1e-6)
            loss = _loss(vectors, place[one], place[other], torch.from_numpy(weight) if weighted else None)
            loss.backward()
            rate = LEARNING_RATE * share_of_rate(loop.steps / wanted)
            assert ids.grad is not None
            table.step(rows, ids.grad, rate)
            tower.step(rate)
            loop.stepped(loss, len(one))
        loop.tell()
    return Towers(table.table.numpy(), tower.weights())


def _loss(vectors: torch.Tensor, one: np.ndarray, other: np.ndarray, weight: torch.Tensor | None) -> torch.Tensor:
    """Mean cross-entropy of each item's other half among those of the batch, both ways."""
    left, right = torch.from_numpy(one), torch.from_numpy(other)
    logits = vectors[left] @ vectors[right].T / TEMPERATURE
    own = torch.arange(len(left))
    again = right[None, :] == right[:, None]
    again_left = left[None, :] == left[:, None]
    again[own, own] = False
    again_left[own, own] = False
    reduction = "mean" if weight is None else "none"
    there = functional.cross_entropy(logits.masked_fill(again, -1e9), own, reduction=reduction)
    back = functional.cross_entropy(logits.T.masked_fill(again_left, -1e9), own, reduction=reduction)
    both = (there + back) / 2
    return both if weight is None else (both * weight).sum() / weight.sum().clamp_min(1e-9)
