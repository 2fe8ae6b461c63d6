"""Boosted trees as plain arrays: made once from what LightGBM learnt, asked with NumPy alone.

A tree is not walked. Every split of every tree is decided for all rows at once; a split that goes right strikes out the
leaves to its left, and the first leaf that is left is the answer (Lucchese et al. 2015, "QuickScorer: a fast algorithm
to rank documents with additive ensembles of regression trees", SIGIR). Splits on what all rows share, which is most of
them where one person's actions are scored, are decided once.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

LEAVES = 16
"""Of one tree: as many as `struck` has bits."""
BLOCK = 256
"""Rows that are decided together, so that their bits stay in the cache."""


@dataclass(frozen=True)
class Trees:
    """T trees with S splits together. Features must be finite: nothing is ever missing."""

    feature: np.ndarray
    """(S,) int32, the splits of a tree side by side."""
    threshold: np.ndarray
    """(S,) float64: a row goes left where its feature is at most this."""
    struck: np.ndarray
    """(S,) int32: a bit for each leaf of the tree that a row may still reach if it goes right; the first leaf is the
    lowest bit."""
    starts: np.ndarray
    """(T + 1,) int64 into the splits."""
    values: np.ndarray
    """(T, LEAVES) float64 of the leaves from left to right."""
    shared: int = 0
    """The first so many features are the same in all rows that are asked about together."""

    @classmethod
    def of(cls, booster: Any, shared: int = 0) -> "Trees":
        """Of a `lightgbm.Booster` that was fitted without categories and with `use_missing` off."""
        feature: list[int] = []
        threshold: list[float] = []
        struck: list[int] = []
        starts, values = [0], []
        for tree in booster.dump_model()["tree_info"]:
            leaves: list[float] = []
            grow(tree["tree_structure"], feature, threshold, struck, leaves)
            starts.append(len(feature))
            values.append([*leaves, *[0.0] * (LEAVES - len(leaves))])
        return cls(
            np.array(feature, np.int32),
            np.array(threshold, np.float64),
            np.array(struck, np.int32),
            np.array(starts, np.int64),
            np.array(values, np.float64).reshape(-1, LEAVES),
            shared,
        )

    @classmethod
    def none(cls) -> "Trees":
        return cls(
            np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32), np.zeros(1, np.int64), np.empty((0, LEAVES))
        )

    def __len__(self) -> int:
        return len(self.values)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(n,) float64 sums over the trees, in their order, of features (n, F) float64."""
        if not len(self) or not len(features):
            return np.zeros(len(features))
        plan = self.plan
        decided = features[0, plan.shared.feature] <= plan.shared.threshold
        once = np.full(len(self), ALL, np.uint16)
        np.bitwise_and.at(once, plan.shared.tree, np.where(decided, ALL, plan.shared.struck))
        once = once[plan.order]
        found = np.empty(len(features))
        by_column = np.ascontiguousarray(features.T)
        for start in range(0, len(features), BLOCK):
            block = by_column[:, start : start + BLOCK]
            left = np.repeat(once[:, None], block.shape[1], axis=1)
            goes_left = block.take(plan.own.feature, axis=0) <= plan.own.threshold[:, None]
            bits = goes_left.view(np.uint8) * ALL
            bits |= plan.own.struck[:, None]
            for first, last in pairwise(plan.layers):
                left[: last - first] &= bits[first:last]
            # The lowest bit that is left: a power of two less one has as many bits as there are before it.
            leaf = np.bitwise_count((left & -left) - np.uint16(1))
            values = self.values.take(leaf[plan.back] + plan.leaves)
            # A sum over an axis may add in pairs; LightGBM adds one tree after the other.
            found[start : start + BLOCK] = np.cumsum(values, axis=0)[-1]
        return found

    @cached_property
    def plan(self) -> "Plan":
        tree = np.repeat(np.arange(len(self)), np.diff(self.starts))
        own = np.flatnonzero(self.feature >= self.shared)
        counts = np.bincount(tree[own], minlength=len(self))
        order = np.argsort(-counts, kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        first = np.concatenate([[0], np.cumsum(counts)])
        layer = np.arange(len(own)) - first[tree[own]]
        arranged = np.lexsort((back[tree[own]], layer))
        shared = np.flatnonzero(self.feature < self.shared)
        return Plan(
            self._splits(shared, tree),
            self._splits(own[arranged], tree),
            order,
            back,
            [0, *np.cumsum(np.bincount(layer)).tolist()] if len(own) else [0],
            np.arange(len(self))[:, None] * LEAVES,
        )

    def _splits(self, which: np.ndarray, tree: np.ndarray) -> "Splits":
        return Splits(self.feature[which], self.threshold[which], self.struck[which].astype(np.uint16), tree[which])


@dataclass(frozen=True)
class Splits:
    feature: np.ndarray
    threshold: np.ndarray
    struck: np.ndarray
    tree: np.ndarray


@dataclass(frozen=True)
class Plan:
    """Splits in the order they are decided in: layer k has the k-th split of every tree that has so many, the trees
    with the most splits first, so that a layer is one operation on the first rows of a table of all trees."""

    shared: Splits
    own: Splits
    """Layer after layer."""
    order: np.ndarray
    """(T,) trees, those with the most splits of `own` first."""
    back: np.ndarray
    """(T,) the place of each tree in `order`."""
    layers: list[int]
    """Where each layer of `own` begins, and the end."""
    leaves: np.ndarray
    """(T, 1) where the values of each tree begin."""


ALL = np.uint16(2**LEAVES - 1)
NEARLY_ZERO = float(np.float32(1e-35))
"""LightGBM's kZeroThreshold; splits between negative and other numbers are at minus this."""


def grow(node: dict[str, Any], feature: list[int], threshold: list[float], struck: list[int], leaves: list) -> None:
    """Appends a node's splits and leaves, leaves from left to right."""
    if "split_feature" not in node:
        leaves.append(float(node["leaf_value"]))
        assert len(leaves) <= LEAVES
        return
    assert node["decision_type"] == "<=" and node["missing_type"] == "None"
    place, first = len(feature), len(leaves)
    feature.append(int(node["split_feature"]))
    limit = float(node["threshold"])
    # LightGBM reads what is nearer to zero than this as zero, which is above the limit and not at it.
    threshold.append(float(np.nextafter(limit, -np.inf)) if limit == -NEARLY_ZERO else limit)
    struck.append(0)
    grow(node["left_child"], feature, threshold, struck, leaves)
    struck[place] = int(ALL) & ~((1 << len(leaves)) - (1 << first))
    grow(node["right_child"], feature, threshold, struck, leaves)
