"""How well a transformer that is being trained foretells what a few people took next (imports torch when asked)."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.hold_out import HoldOut

if TYPE_CHECKING:
    from penchant.recipes.parts.train_loop import Trained

CUTOFF = 25
QUESTIONS_AT_MOST, QUESTIONS_AT_LEAST = 200, 10
SCORES_AT_MOST = 20_000_000
"""Questions times items: 20 ms of a core."""
TOKENS, TOKENS_IN_ANY_CASE = 0.02, 2_000
"""Of the events of an epoch, that is read: it costs a third of learning from them."""


@dataclass(frozen=True)
class Foretold:
    """Some of the held-out questions, so few that asking them after every epoch costs no more than a hundredth of it.

    It is told and decides nothing: the whole sample says how the parts of the finished model are weighed.
    """

    histories: TrainingSet
    """Of Q people."""
    following: np.ndarray
    """(Q,) int64 what each took next."""

    @staticmethod
    def of(held: HoldOut, data: TrainingSet) -> "Foretold":
        count = len(held.users)
        most = min(QUESTIONS_AT_MOST, SCORES_AT_MOST // max(1, len(data.items)))
        chosen = np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64)) if count else np.empty(0, int)
        lengths = np.array([len(held.histories[one]) for one in chosen.tolist()])
        chosen = chosen[np.cumsum(lengths) <= max(TOKENS * len(data.item), TOKENS_IN_ANY_CASE)]
        few = dataclasses.replace(
            held, users=held.users[chosen], histories=[held.histories[one] for one in chosen], first=held.first[chosen]
        )
        return Foretold(few.before(data), held.following[chosen])

    def share(self, trained: "Trained") -> float | None:
        """NDCG@25 of the item that came next, by the transformer alone; None where there are too few to ask."""
        from penchant.recipes.parts.train_loop import encode_users

        if len(self.following) < QUESTIONS_AT_LEAST:
            return None
        states = encode_users(trained, self.histories, lambda: None)
        scores = states @ trained.items.cpu().numpy().T
        own = scores[np.arange(len(scores)), self.following]
        rank = (scores > own[:, None]).sum(axis=1)
        return float(np.where(rank < CUTOFF, 1 / np.log2(rank + 2.0), 0.0).mean())
