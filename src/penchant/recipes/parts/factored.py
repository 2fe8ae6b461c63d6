"""Models whose scores are an inner product of a person's vector with the items', plus a few additions per person.

This form is what serving can batch (one matrix product for many people) and index (inverted lists over the vectors).
"""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from penchant.recipes.base import Model, Moment

Additions = list[tuple[np.ndarray, np.ndarray]]
"""Each (codes, values): item codes, ascending, and the float32 values that are added to their scores. A code that
occurs twice has one value, which is added once."""

ROW_BY_ROW = 2
"""People up to whom matrix-vector products are faster than one matrix product, which first packs all item vectors."""


class FactoredModel(Model):
    """I items, d dimensions. score[i] = person . item_vectors[i] + item_bias[i] + additions[i]."""

    item_vectors: np.ndarray
    """(I, d) float32."""
    item_bias: np.ndarray
    """(I,) float32."""
    start: np.ndarray
    """(I,) float32 scores for a person without a history."""

    @abstractmethod
    def person_vectors(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        """(B, d) float32 of people with histories, none of them empty; `users` and `moments` as in `scores_asked`."""

    def moment_vector(self, moment: Moment, user: int | None = None) -> np.ndarray | None:
        """(d,) float32 that what is known of a request adds to the vector of the person (known at training by the code
        `user`); None for nothing. Added to nothing, it is what moves the scores of a person without a history."""
        return None

    @abstractmethod
    def additions(self, history: np.ndarray) -> Additions:
        """What the history (not empty) adds to the scores of single items."""

    def added(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`additions` as one column: distinct codes (n,) int64, in no order, and the float32 value of each."""
        return together(self.additions(history))

    def terms(self, history: np.ndarray) -> dict[str, Additions]:
        """`additions` by what they stand for, for whoever wants an answer explained."""
        return {"historyAndSuccessors": self.additions(history)}

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return self.scores_asked([history], [user])[0]

    def scores_many(self, histories: Sequence[np.ndarray], users: np.ndarray | None = None) -> np.ndarray:
        return self.scores_asked(histories, [None] * len(histories) if users is None else users.tolist())

    def scores_asked(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        scores = np.empty((len(histories), len(self.item_vectors)), np.float32)
        rows = [row for row, history in enumerate(histories) if len(history)]
        if rows:
            asked = [histories[row] for row in rows], [users[row] for row in rows]
            vectors = self.person_vectors(*asked, *([[moments[row] for row in rows]] if moments else []))
            if len(rows) <= ROW_BY_ROW:
                for row, vector in zip(rows, vectors, strict=True):
                    np.matmul(self.item_vectors, vector, out=scores[row])
            elif len(rows) == len(histories):
                np.matmul(vectors, self.item_vectors.T, out=scores)
            else:
                scores[rows] = vectors @ self.item_vectors.T
        for row, history in enumerate(histories):
            if len(history):
                scores[row] += self.item_bias
                for codes, values in self.additions(history):
                    scores[row][codes] += values
            else:
                scores[row] = self.start
                moment = moments[row] if moments else None
                vector = None if moment is None else self.moment_vector(moment)
                if vector is not None:
                    scores[row] += self.item_vectors @ vector
        return scores


def together(additions: Additions) -> tuple[np.ndarray, np.ndarray]:
    """Additions as one column: distinct codes (n,) int64, ascending, and the float32 value of each."""
    from penchant.recipes.parts.flows import merged  # half a second, which only those pay who answer

    where, values = additions[0] if additions else (np.empty(0, np.int64), np.empty(0, np.float32))
    for more_where, more_values in additions[1:] if len(additions) > 1 else [(where[:0], values[:0])]:
        where, values = merged(where, values, more_where, more_values)
    return where, values
