"""SLIT: a linear model from a decayed past to a decayed future, solved in closed form.

The ridge regression B = (P'P + aI)^-1 P'Y of Choe, Kang & Lee, "Session-aware linear item-item models" (WWW 2021), with
exponentially decayed rows. Both Gram matrices are sums over pairs of events that depend on the pair's distance only, so
they are counted lag by lag, without ever building P or Y.
"""

import numpy as np

from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.strongest import strongest
from penchant.recipes.parts.transitions import Transitions

LARGEST_CATALOGUE = 8_000
"""Items up to which the cubic solve is cheap beside training: 20 to 30 core-seconds at this size, and 3 at 4,000."""
REACH = 40
"""Lags counted; beyond them the decay has left less than 2 percent."""
SIZE = 256


def fit_slit(
    transitions: Transitions, *, past_decay: float, future: float, future_decay: float, ridge: float
) -> Neighbours:
    """`future` events ahead are to be foretold, each worth `future_decay` of the one before it."""
    import torch

    past = np.float64(past_decay)

    def both_past(lag: int, later: np.ndarray) -> np.ndarray:
        # The pair is in the past of every event after `later`: a geometric series over the newer events.
        return past**lag * (1 - past ** (2 * transitions.newer[later])) / (1 - past**2)

    def past_and_future(lag: int, _: np.ndarray) -> float:
        # Every cut between the two events sees one as past, one as future, if it is near enough to the later.
        return float(sum(past ** (lag - 1 - ahead) * future_decay**ahead for ahead in range(min(int(future), lag))))

    gram = transitions.dense(range(1, REACH), both_past, weighted=False)
    gram += gram.T
    diagonal = transitions.dense(range(1), both_past, weighted=False).diagonal()
    gram.ravel()[:: len(gram) + 1] += diagonal + ridge
    target = transitions.dense(range(1, REACH + int(future)), past_and_future, weighted=True)
    torch.set_num_threads(1)  # in this thread: it runs beside the trainer
    solved = torch.cholesky_solve(torch.from_numpy(target), torch.linalg.cholesky(torch.from_numpy(gram))).numpy()
    return strongest(lambda start, stop: solved[start:stop], len(gram), SIZE, past_decay)
