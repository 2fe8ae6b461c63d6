"""A trained model with its vocabulary and the histories it learnt from: what answers one person's request.

Sealing and opening stand side by side, so that the layout of an artifact is known in this file alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..artifacts.sealed import open_sealed, seal
from ..artifacts.vocabulary import Vocabulary
from ..lake.training_set import TrainingSet
from ..recipes.base import Model, Recipe
from ..recipes.catalog import RECIPES

HISTORY = 5_000
"""Newest events of a user that an artifact keeps. The models weigh everything a person ever took, so this is far beyond
what people do; it is there for the machine that calls itself a user."""
DECIMALS = 7
"""Amazon's scores have seven."""

Ranked = list[tuple[str, float | None]]
"""(item id, score); no score for recipes that show none and for items the model does not know."""


@dataclass(frozen=True)
class Answering:
    recipe: type[Recipe]
    model: Model
    users: Vocabulary
    items: Vocabulary
    offsets: np.ndarray
    """(U + 1,) int64 into `history`."""
    history: np.ndarray
    """int32 item codes, oldest first."""

    def recommend(self, user_id: str, n: int) -> Ranked:
        """The best `n` items of the catalogue. Scores are a softmax over all of it."""
        scores = self.scores(user_id)
        n = min(n, len(scores))
        if n == 0:
            return []
        best = np.argpartition(scores, -n)[-n:] if n < len(scores) else np.arange(n)
        # Equal scores: the smaller code first, so that an answer is the same every time.
        best = best[np.lexsort((best, -scores[best]))]
        shares = softmax(scores)[best] if self.recipe.scores_shown else None
        return self.told(best, shares)

    def rank(self, user_id: str, item_ids: Sequence[str]) -> Ranked:
        """The given items in the person's order. Scores are a softmax over the known ones of them; the unknown come
        last, without a score, in the order they were given. An id that occurs twice counts once."""
        distinct = list(dict.fromkeys(item_ids))
        codes = [self.items.code(item_id) for item_id in distinct]
        known = np.array([code for code in codes if code is not None], dtype=np.int64)
        unknown: Ranked = [(item_id, None) for item_id, code in zip(distinct, codes, strict=True) if code is None]
        if not len(known):
            return unknown
        scores = self.scores(user_id)[known]
        order = np.argsort(-scores, kind="stable")
        shares = softmax(scores)[order] if self.recipe.scores_shown else None
        return self.told(known[order], shares) + unknown

    def scores(self, user_id: str) -> np.ndarray:
        """(I,) float32 unnormalised log-scores. Somebody the model does not know has an empty history."""
        user = self.users.code(user_id)
        if user is None:
            return self.model.scores(np.empty(0, np.int32))
        return self.model.scores(self.history[self.offsets[user] : self.offsets[user + 1]], user)

    def told(self, codes: np.ndarray, shares: np.ndarray | None) -> Ranked:
        ids = [self.items.id(code) for code in codes.tolist()]
        if shares is None:
            return [(item_id, None) for item_id in ids]
        return [(item_id, round(share, DECIMALS)) for item_id, share in zip(ids, shares.tolist(), strict=True)]


def softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


def seal_answering(folder: Path, recipe: Recipe, model: Model, data: TrainingSet, facts: dict) -> None:
    """Write what `open_answering` needs. `facts` go into the manifest: versions read, metrics, seconds."""
    lengths = np.diff(data.offsets)
    kept = np.minimum(lengths, HISTORY)
    age = np.repeat(data.offsets[1:], lengths) - np.arange(len(data.item))  # 1 for a user's newest event
    arrays = {
        **{f"model.{name}": array for name, array in model.state().items()},
        **Vocabulary.of(data.users).state("users"),
        **Vocabulary.of(data.items).state("items"),
        "history.offsets": np.concatenate([[0], np.cumsum(kept)]).astype(np.int64),
        "history.item": data.item[age <= HISTORY].astype(np.int32),
    }
    seal(folder, arrays, {"recipe": recipe.name, **facts})


def open_answering(folder: Path) -> Answering:
    artifact = open_sealed(folder)
    recipe = RECIPES[artifact.manifest["recipe"]]
    prefix = "model."
    state = {name.removeprefix(prefix): array for name, array in artifact.arrays.items() if name.startswith(prefix)}
    return Answering(
        recipe,
        recipe.model.from_state(state),
        Vocabulary.from_state(artifact.arrays, "users"),
        Vocabulary.from_state(artifact.arrays, "items"),
        artifact.arrays["history.offsets"],
        artifact.arrays["history.item"],
    )
