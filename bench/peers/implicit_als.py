"""Trains the ALS of implicit for bench/peers.py; people are folded in with all that they are known to have taken.

Settings: those of its tutorial.
"""

from typing import Any

import numpy as np
from handing import BUDGET, Ended, Recorder, Split, Vectors, options
from implicit.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

SETTINGS: dict[str, Any] = {"factors": 64, "regularization": 0.05, "alpha": 2.0, "iterations": 30}


def main() -> None:
    given = options().parse_args()
    split = Split.load(given.split)
    known = counts(split.asked_offsets, split.asked_item, split.items)
    with threadpool_limits(1):
        recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)
        model = AlternatingLeastSquares(**SETTINGS, num_threads=1, random_state=given.seed, use_gpu=False)

        def vectors() -> Vectors:
            return model.recalculate_user(np.arange(known.shape[0]), known), model.item_factors

        def after(iteration: int, seconds: float, loss: float | None) -> None:
            recorder.vectors(iteration + 1, vectors)  # an iteration takes a moment
            recorder.end_if_enough()
            if recorder.spent() >= given.budget_seconds:
                raise Ended(BUDGET)

        ended = "all epochs"
        try:
            model.fit(counts(split.offsets, split.item, split.items), show_progress=False, callback=after)
        except Ended as end:
            ended = str(end)
        recorder.done(SETTINGS, ("implicit", "scipy", "numpy"), ended)


def counts(offsets: np.ndarray, item: np.ndarray, items: int) -> sparse.csr_matrix:
    """(rows, I) how often each took each."""
    ones = np.ones(len(item), np.float32)
    made = sparse.csr_matrix((ones, item.astype(np.int32), offsets.astype(np.int32)), shape=(len(offsets) - 1, items))
    made.sum_duplicates()
    return made


if __name__ == "__main__":
    main()
