"""Leave-one-out evaluation as sequential-recommendation papers do it: rank the whole catalogue for one last item.

The protocol of LRURec (Yue et al., WSDM 2024) and of SASRec's data files: of users with three events or more the last
is the test target and the one before it belongs to validation; the input at test has it, training does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet


@dataclass(frozen=True)
class LeaveOneOut:
    """What to train on, and Q queries with one target each."""

    training: TrainingSet
    users: np.ndarray
    """(Q,) int64."""
    histories: Sequence[np.ndarray]
    """Q arrays of item codes, oldest first, all events before the target."""
    targets: np.ndarray
    """(Q,) int64 item codes."""


def leave_one_out(data: TrainingSet) -> LeaveOneOut:
    """Users with fewer than three events are trained on whole and never asked about."""
    users = np.flatnonzero(np.diff(data.offsets) >= 3)
    last = data.offsets[1:][users] - 1
    kept = np.ones(len(data.item), bool)
    kept[last] = kept[last - 1] = False
    histories = [data.item[data.offsets[user] : stop] for user, stop in zip(users, last, strict=True)]
    return LeaveOneOut(data.keep(kept), users, histories, data.item[last].astype(np.int64))


def target_ranks(scores: np.ndarray, targets: np.ndarray, histories: Sequence[np.ndarray], masked: int) -> np.ndarray:
    """(Q,) float64 rank from 1 of each target among the scores (Q, I), which are changed.

    The newest `masked` items of each history are taken out first, unless one is the target. Of equal scores the mean
    rank counts, so that a model that says the same of everything does not look good.
    """
    rows = np.arange(len(targets))
    own = scores[rows, targets].copy()
    for row, history in enumerate(histories):
        scores[row, history[max(0, len(history) - masked) :]] = -np.inf
    scores[rows, targets] = own
    above = (scores > own[:, None]).sum(axis=1)
    equal = (scores == own[:, None]).sum(axis=1) - 1
    return 1 + above + equal / 2


def recall(ranks: np.ndarray, cutoff: int) -> float:
    """Share of targets within the first `cutoff` places; with one target this is the hit rate."""
    return float((ranks <= cutoff).mean())


def ndcg(ranks: np.ndarray, cutoff: int) -> float:
    """Mean of 1 / log2(1 + rank) of the targets within the first `cutoff` places; the ideal is 1."""
    return float(np.where(ranks <= cutoff, 1 / np.log2(1 + ranks), 0).mean())
