"""Judges what programs handed over: ranks of the targets among all items, by the metric code of Penchant."""

from pathlib import Path

import numpy as np

from penchant.measure import leave_one_out as loo

from .curves import Point
from .handing import Split

JUDGED_AT_ONCE = 256


def handed(split: loo.LeaveOneOut, masked: int) -> Split:
    """The split without its targets; the newest `masked` items of a history will be taken out of its ranking."""
    training, lengths = split.training, [len(history) for history in split.histories]
    return Split(
        training.offsets,
        training.item,
        training.timestamp,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate(split.histories).astype(np.int32),
        split.users.astype(np.int64),
        len(training.items),
        masked,
    )


def judged(path: Path, split: loo.LeaveOneOut, masked: int) -> Point:
    """What a file of a Recorder is worth."""
    with np.load(path) as kept:
        if "lists" in kept:
            ranks = ranks_in(kept["lists"], split.targets)
        else:
            ranks = ranks_by(kept["queries"], kept["vectors"], split, masked)
        return Point(
            cpu_seconds=round(float(kept["cpu_seconds"]), 2),
            epochs=round(float(kept["epochs"]), 3),
            ndcg=round(loo.ndcg(ranks, 10), 5),
            recall=round(loo.recall(ranks, 10), 5),
        )


def ranks_in(lists: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(Q,) float64 rank from 1 of each target in its list (Q, K); infinity where it is not listed."""
    hit = lists == targets[:, None]
    return np.where(hit.any(axis=1), 1.0 + hit.argmax(axis=1), np.inf)


def ranks_by(queries: np.ndarray, vectors: np.ndarray, split: loo.LeaveOneOut, masked: int) -> np.ndarray:
    """(Q,) float64 rank of each target by the products of (Q, d) and (I, d); what is not known (NaN) comes last."""
    unknown = np.isnan(vectors).any(axis=1)
    known = np.where(unknown[:, None], 0, vectors)
    found = []
    for start in range(0, len(queries), JUDGED_AT_ONCE):
        part = slice(start, start + JUDGED_AT_ONCE)
        scores = queries[part] @ known.T
        scores[:, unknown] = np.finfo(np.float32).min
        found.append(loo.target_ranks(scores, split.targets[part], split.histories[part], masked))
    return np.concatenate(found)
