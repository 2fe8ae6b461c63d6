"""How surprised a transformer that is being trained is by the events that are kept from it (imports torch when asked).

The loss of training itself, at every held-out event with its own occasion and against all items. Of a few hundred
events it tells much sooner than NDCG whether a model begins to learn by heart. Two things that the weighing of the
finished model sets right are set right here as well, or a model would seem worse for being surer: the scale of the
scores, and whether people take a thing twice.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.hold_out import HoldOut
from penchant.recipes.parts.occasion_features import OccasionFeatures

if TYPE_CHECKING:
    from penchant.recipes.parts.train_loop import Trained

SCORES_AT_MOST = 4_000_000
"""Events times items."""
TOKENS, TOKENS_IN_ANY_CASE = 0.1, 3_000
"""Of the events of an epoch, that is read: it costs a third of learning from them."""
EVENTS_AT_LEAST = 20
SCALES = (0.4, 0.55, 0.75, 1.0)
OUT_OF_THE_WAY = 8.0
"""What is taken from the scores of a person's own items."""


@dataclass(frozen=True)
class HeldOutLoss:
    """Of N held-out events of some people."""

    data: TrainingSet
    """All events, held out or not."""
    rows: np.ndarray
    """(N,) int64 places of theirs in it, ascending."""
    occasions: sparse.csr_matrix
    """(N, F)."""
    own: tuple[np.ndarray, np.ndarray]
    """Places in (N, I) of what each has taken before, but for what they take."""

    @staticmethod
    def of(held: HoldOut, data: TrainingSet, occasions: OccasionFeatures, limit: int) -> "HeldOutLoss":
        """Of as many people of the sample as are affordable; of what they take, only what is learnt from."""
        users, asked = np.unique(held.users, return_index=True)  # of two questions the first has all of the events
        first, stops = held.first[asked], data.offsets[1:][users]
        lengths = np.minimum(stops - data.offsets[users], limit + 1)
        affordable = np.cumsum(lengths) <= max(TOKENS * len(data.item), TOKENS_IN_ANY_CASE)
        affordable &= np.cumsum(stops - first) * len(data.items) <= SCORES_AT_MOST
        users, first = users[affordable], first[affordable]
        known = np.bincount(held.training.item, minlength=len(data.items)) > 0
        rows, own = [np.empty(0, np.int64)], []
        for user, start in zip(users.tolist(), first.tolist(), strict=True):
            begin, stop = data.offsets[user], data.offsets[user + 1]
            start = max(start, begin + 1, stop - limit)  # with something before it that the transformer reads
            mine = np.arange(start, stop)[known[data.item[start:stop]]]
            rows.append(mine)
            own += [np.setdiff1d(data.item[begin:row], data.item[row]) for row in mine.tolist()]
        chosen = np.concatenate(rows)
        places = np.repeat(np.arange(len(chosen)), [len(items) for items in own]), np.concatenate([*own, chosen[:0]])
        return HeldOutLoss(data, chosen, occasions.of(data, chosen), places)

    @property
    def tells(self) -> bool:
        """Whether there are enough events to tell anything."""
        return len(self.rows) >= EVENTS_AT_LEAST and bool(self.data.weight[self.rows].any())

    def loss(self, trained: "Trained") -> float:
        """Mean cross-entropy, each event counting by its weight, at the scale of the scores that suits it best."""
        from penchant.recipes.parts.train_loop import encode_before

        people, towers = encode_before(trained, self.data, self.rows), trained.towers
        weights, tastes = towers.occasion_weights(), towers.tastes()
        if weights is not None:
            people = people + self.occasions @ weights
        if len(tastes):
            people = people + tastes[self.data.user[self.rows]]
        scores = people @ trained.items.cpu().numpy().T
        taken = np.arange(len(scores)), self.data.item[self.rows]
        found = []
        for apart in (0.0, OUT_OF_THE_WAY):
            scores[self.own] -= np.float32(apart)
            scores -= scores.max(axis=1, keepdims=True)
            for scale in SCALES:
                scaled = np.float32(scale) * scores
                surprise = np.log(np.exp(scaled).sum(axis=1)) - scaled[taken]
                found.append(float(np.average(surprise, weights=self.data.weight[self.rows])))
        return min(found)
