"""A trained model with its vocabulary and the histories it learnt from: what answers one person's request.

Sealing and opening stand side by side, so that the layout of an artifact is known in this file alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..artifacts.sealed import open_sealed, seal
from ..artifacts.vocabulary import Vocabulary
from ..lake.selection import EVERYTHING, EventSelection
from ..lake.training_set import TrainingSet
from ..recipes.base import Model, Recipe
from ..recipes.catalog import RECIPES

HISTORY = 5_000
"""Newest events of a user that an artifact keeps and an answer reads. The models weigh everything a person ever took,
so this is far beyond what people do; it is there for the machine that calls itself a user."""
KEPT_BYTES = 4 * 1024 * 1024
"""Of one model's scores kept for people who ask again: those of 116 people with 4,000 items, of 9 with 100,000."""
KEPT_CODES = 8_192
"""Item ids of one model whose codes are kept, in about 2 MB. Any other is looked up in 10 microseconds."""
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
    position: int = 0
    """How far the journal of events was read for the training; what a user did later counts as `recent`."""
    selection: EventSelection = EVERYTHING
    """The events that the model learnt from."""

    def recommend(self, user_id: str, n: int, recent: Sequence[str] = ()) -> Ranked:
        """The best `n` items of the catalogue. Scores are a softmax over all of it. `recent` is as in `scores`."""
        scores = self.scores(user_id, recent)
        n = min(n, len(scores))
        if n == 0:
            return []
        best = np.argpartition(scores, -n)[-n:] if n < len(scores) else np.arange(n)
        # Equal scores: the smaller code first, so that an answer is the same every time.
        best = best[np.lexsort((best, -scores[best]))]
        shares = softmax(scores)[best] if self.recipe.scores_shown else None
        return self.told(best, shares)

    def rank(self, user_id: str, item_ids: Sequence[str], recent: Sequence[str] = ()) -> Ranked:
        """The given items in the person's order. Scores are a softmax over the known ones of them; the unknown come
        last, without a score, in the order they were given. An id that occurs twice counts once. `recent` is as in
        `scores`."""
        distinct = list(dict.fromkeys(item_ids))
        codes = [self.code(item_id) for item_id in distinct]
        known = np.array([code for code in codes if code is not None], dtype=np.int64)
        unknown: Ranked = [(item_id, None) for item_id, code in zip(distinct, codes, strict=True) if code is None]
        if not len(known):
            return unknown
        scores = self.scores(user_id, recent)[known]
        order = np.argsort(-scores, kind="stable")
        shares = softmax(scores)[order] if self.recipe.scores_shown else None
        return self.told(known[order], shares) + unknown

    def scores(self, user_id: str, recent: Sequence[str] = ()) -> np.ndarray:
        """(I,) float32 unnormalised log-scores, read-only. Somebody the model does not know has an empty history.

        `recent` are the items that the user took since the training, oldest first. Those that the model does not know
        are passed over, and so are all of them where the recipe does not answer in real time.
        """
        user = self.users.code(user_id)
        history = self.history[:0] if user is None else self.history[self.offsets[user] : self.offsets[user + 1]]
        newer = self.codes(recent) if self.recipe.real_time else []
        if newer:
            return self.scores_of(np.append(history, np.array(newer, np.int32))[-HISTORY:].tobytes())
        return self.model.scores(history, user)

    def codes(self, item_ids: Sequence[str]) -> list[int]:
        """Of those of the items that the model knows."""
        return [code for item_id in item_ids if (code := self.code(item_id)) is not None]

    @cached_property
    def code(self) -> Callable[[str], int | None]:
        """The code of an item, None for one that the model does not know."""
        return lru_cache(KEPT_CODES)(self.items.code)

    @cached_property
    def scores_of(self) -> Callable[[bytes], np.ndarray]:
        """The scores of a history, given as the bytes of its codes; the same history asked twice is scored once."""
        model = self.model

        def scores(history: bytes) -> np.ndarray:
            computed = model.scores(np.frombuffer(history, np.int32))
            computed.setflags(write=False)
            return computed

        largest = len(self.items) * np.float32().nbytes + HISTORY * np.int32().nbytes
        return lru_cache(KEPT_BYTES // largest)(scores)

    def told(self, codes: np.ndarray, shares: np.ndarray | None) -> Ranked:
        ids = [self.items.id(code) for code in codes.tolist()]
        if shares is None:
            return [(item_id, None) for item_id in ids]
        return [(item_id, round(share, DECIMALS)) for item_id, share in zip(ids, shares.tolist(), strict=True)]


def softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


def seal_answering(
    folder: Path,
    recipe: Recipe,
    model: Model,
    data: TrainingSet,
    facts: dict,
    selection: EventSelection = EVERYTHING,
    position: int = 0,
) -> None:
    """Write what `open_answering` needs. `facts` go into the manifest: versions read, metrics, seconds.

    `selection` made `data` out of a table that held the journal of events up to `position`.
    """
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
    seal(folder, arrays, {"recipe": recipe.name, "selection": selection.to_json(), "position": position, **facts})


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
        # Neither is in the manifests of the first release, which had no journal.
        artifact.manifest.get("position", 0),
        EventSelection.from_json(artifact.manifest.get("selection", {})),
    )
