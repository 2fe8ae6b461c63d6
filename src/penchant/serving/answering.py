"""A trained model with its vocabulary and the histories it learnt from: what answers one person's request.

Sealing and opening stand side by side, so that the layout of an artifact is known in this file alone.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..artifacts.sealed import open_sealed, seal
from ..artifacts.vocabulary import Vocabulary
from ..lake.selection import EVERYTHING, EventSelection
from ..lake.training_set import TrainingSet
from ..recipes.base import Model, Moment, Recipe
from ..recipes.catalog import RECIPES
from ..recipes.parts.factored import ROW_BY_ROW, FactoredModel
from .index import Index, Probed, build_index
from .scored import Lazy, Row, Scored, whole_row

HISTORY = 5_000
"""Newest events of a user that an artifact keeps and an answer reads. The models weigh everything a person ever took,
so this is far beyond what people do; it is there for the machine that calls itself a user."""
KEPT_BYTES = 4 * 1024 * 1024
"""Of one small model's scores kept for people who ask again: those of 116 people with 4,000 items."""
NEWCOMERS_BYTES = 16 * 1024 * 1024
"""Of one model's scores kept for people without a history, by the moment they come at."""
SMALL = 1_000_000
"""Numbers of item vectors up to which an answer costs well under a millisecond: 15,000 items of 64 dimensions."""
ROWS_BYTES = 8 * 1024 * 1024
"""Of scores that are computed at once: what caches hold."""
WORTH_A_PRODUCT = 16
"""People who are scored at once even where their scores leave the caches: one pass over the vectors of a million items
for two people costs as much as for sixteen, 25 ms for each instead of 9."""
MOST_BYTES = 128 * 1024 * 1024
"""Of their scores."""
MOST_AT_ONCE = 64
"""People who are scored at once. More would not make it cheaper for each."""
MEASURED = 256
"""People that an index is measured on."""
KEPT_CODES = 8_192
"""Item ids of one model whose codes are kept, in about 2 MB. Any other is looked up in 10 microseconds."""
DECIMALS = 7
"""Amazon's scores have seven."""

Ranked = list[tuple[str, float | None]]
"""(item id, score); no score for recipes that show none and for items the model does not know."""


class Asked(msgspec.Struct, frozen=True, eq=False):
    """Who asks: what a model needs to know of them."""

    history: np.ndarray
    """int32 codes of items, oldest first; empty for somebody new."""
    user: int | None = None
    """The code of a user whose history is the same as it was at training."""
    moment: np.ndarray | None = None
    """(d,) float32 that the moment of the request adds to the vector of the person; None for nothing."""


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
    index: Index | None = None
    more: Mapping[str, np.ndarray] = field(default_factory=dict)
    """What was sealed beside the model, by name; nothing in artifacts of earlier releases."""

    def asked(self, user_id: str, recent: Sequence[str] = (), moment: Moment | None = None) -> Asked:
        """Somebody who asks. Somebody the model does not know has an empty history.

        `recent` are the items that the user took since the training, oldest first. Those that the model does not know
        are passed over, and so are all of them where the recipe does not answer in real time. `moment` is what the
        model `wants` to know of the request.
        """
        user = self.user(user_id)
        history = self.history[:0] if user is None else self.history[self.offsets[user] : self.offsets[user + 1]]
        newer = self.codes(recent) if self.recipe.real_time else []
        if newer:
            history = np.append(history, np.array(newer, np.int32))[-HISTORY:]
        known = None if newer else user
        added = None
        if moment is not None and isinstance(self.model, FactoredModel):
            added = self.model.moment_vector(msgspec.structs.replace(moment, person=user), known)
        return Asked(history, known, added)

    @property
    def wants(self) -> frozenset[str]:
        """The fields of a Moment that move its answers."""
        return self.model.wants

    def asked_items(self, codes: Sequence[int]) -> Asked:
        """Somebody with these items (codes, oldest first): one for related items, none for an item nobody knows."""
        return Asked(np.array(codes, np.int32))

    def score(self, asked: Sequence[Asked]) -> list[Scored]:
        """The scores of some people, with one matrix product for all of them."""
        found: list[Scored | None] = [self._known(one) for one in asked]
        missing = [place for place, scored in enumerate(found) if scored is None]
        for start in range(0, len(missing), self.at_once):
            part = missing[start : start + self.at_once]
            for place, scored in zip(part, self._computed([asked[place] for place in part]), strict=True):
                found[place] = scored
                self._keep(asked[place], scored)
        return [scored for scored in found if scored is not None]

    @cached_property
    def everybody(self) -> Row:
        """The scores of people without a history, which are those of everybody where a model is not personal."""
        return Row(self.model.scores(self.history[:0]))

    @cached_property
    def cheap(self) -> bool:
        """Whether gathering requests would cost more than it saves: what costs little, and what an index answers, which
        looks into other lists for each."""
        return self.index is not None or self._numbers_read() <= SMALL

    @cached_property
    def at_once(self) -> int:
        """People that may be scored at once."""
        row = 4 * max(1, self.size)
        return max(1, min(MOST_AT_ONCE, max(ROWS_BYTES // row, min(WORTH_A_PRODUCT, MOST_BYTES // row))))

    @property
    def size(self) -> int:
        """Items that the model knows; their codes are 0 to size - 1."""
        return len(self.items)

    def recommend(self, user_id: str, n: int, recent: Sequence[str] = ()) -> Ranked:
        """The best `n` items of the catalogue. Scores are a softmax over it. `recent` is as in `asked`."""
        if n == 0:
            return []
        scored = self.score([self.asked(user_id, recent)])[0]
        best = scored.best(n)
        return self.told(best, scored.shares(best) if self.recipe.scores_shown else None)

    def rank(self, user_id: str, item_ids: Sequence[str], recent: Sequence[str] = ()) -> Ranked:
        """The given items in the person's order. Scores are a softmax over the known ones of them; the unknown come
        last, without a score, in the order they were given. An id that occurs twice counts once. `recent` is as in
        `asked`."""
        distinct = list(dict.fromkeys(item_ids))
        codes = [self.code(item_id) for item_id in distinct]
        known = np.array([code for code in codes if code is not None], dtype=np.int64)
        unknown: Ranked = [(item_id, None) for item_id, code in zip(distinct, codes, strict=True) if code is None]
        if not len(known):
            return unknown
        scores = self.score([self.asked(user_id, recent)])[0].of(known)
        order = np.argsort(-scores, kind="stable")
        shares = softmax(scores)[order] if self.recipe.scores_shown else None
        return self.told(known[order], shares) + unknown

    def scores(self, user_id: str, recent: Sequence[str] = ()) -> np.ndarray:
        """(I,) float32 unnormalised log-scores, read-only. `recent` is as in `asked`."""
        return self.score([self.asked(user_id, recent)])[0].of(np.arange(self.size))

    def codes(self, item_ids: Sequence[str]) -> list[int]:
        """Of those of the items that the model knows."""
        return [code for item_id in item_ids if (code := self.code(item_id)) is not None]

    @cached_property
    def code(self) -> Callable[[str], int | None]:
        """The code of an item, None for one that the model does not know."""
        return lru_cache(KEPT_CODES)(self.items.code)

    @cached_property
    def user(self) -> Callable[[str], int | None]:
        """The code of a user, None for somebody that the model does not know."""
        return lru_cache(KEPT_CODES)(self.users.code)

    @cached_property
    def _kept(self) -> OrderedDict[bytes, Scored]:
        """Scores of histories, the least recently asked first. Only what is cheap is kept: many fit."""
        return OrderedDict()

    def _known(self, asked: Asked) -> Scored | None:
        if not self.model.personal or not len(asked.history):
            return self.everybody if asked.moment is None else self._newcomer(asked.moment)
        if not self._keeps:
            return None
        key = key_of(asked)
        with self._lock:
            scored = self._kept.get(key)
            if scored is not None:
                self._kept.move_to_end(key)
        return scored

    def _keep(self, asked: Asked, scored: Scored) -> None:
        if self._keeps:
            with self._lock:
                self._kept[key_of(asked)] = scored
                while len(self._kept) > KEPT_BYTES // (4 * (self.size + HISTORY)):
                    self._kept.popitem(last=False)

    @property
    def _keeps(self) -> bool:
        """What an index finds is not kept: it changes as more is asked of it, and must stay with who asks."""
        return self.cheap and self.index is None

    def _newcomer(self, moment: np.ndarray) -> Scored:
        """The scores of people without a history at this moment. They are kept, because few moments differ."""
        with self._lock:
            row = self._newcomers.get(moment.tobytes())
        if row is None:
            assert isinstance(self.model, FactoredModel)
            row = Row(self.model.start + self.model.item_vectors @ moment)
            with self._lock:
                self._newcomers[moment.tobytes()] = row
                while len(self._newcomers) > 1 + NEWCOMERS_BYTES // (4 * max(1, self.size)):
                    self._newcomers.popitem(last=False)
        return row

    @cached_property
    def _newcomers(self) -> OrderedDict[bytes, Row]:
        """By the vector of the moment, the oldest first."""
        return OrderedDict()

    @cached_property
    def _lock(self) -> threading.Lock:
        """Of what is kept: an event loop and threads beside it answer at once."""
        return threading.Lock()

    def _computed(self, asked: Sequence[Asked]) -> Sequence[Scored]:
        """Of people with histories."""
        histories, users = [one.history for one in asked], [one.user for one in asked]
        model = self.model
        if not isinstance(model, FactoredModel):
            return [Row(row) for row in model.scores_asked(histories, users)]
        vectors = model.person_vectors(histories, users)
        for row, one in enumerate(asked):
            if one.moment is not None:
                vectors[row] += one.moment
        people = zip(vectors, histories, strict=True)
        if self.index:
            return [Probed(model, self.index, vector, history) for vector, history in people]
        if self.ranks:
            return [Lazy(model, vector, history) for vector, history in people]
        if len(asked) <= ROW_BY_ROW:
            return [Lazy(model, vector, history).row for vector, history in people]
        products = vectors @ model.item_vectors.T
        return [whole_row(model, row, *model.added(history)) for row, history in zip(products, histories, strict=True)]

    @property
    def ranks(self) -> bool:
        """Whether it is asked about a few given items only, so that nobody needs the scores of all."""
        return self.recipe.recipe_type == "PERSONALIZED_RANKING"

    def _numbers_read(self) -> float:
        model = self.model
        if not model.personal or not isinstance(model, FactoredModel):
            return self.size
        if self.ranks:
            return 0
        return model.item_vectors.size

    def told(self, codes: np.ndarray, shares: np.ndarray | None) -> Ranked:
        ids = self.items.ids(codes.tolist())
        if shares is None:
            return [(item_id, None) for item_id in ids]
        return [(item_id, round(share, DECIMALS)) for item_id, share in zip(ids, shares.tolist(), strict=True)]


def key_of(asked: Asked) -> bytes:
    """The same for those who have the same scores."""
    history = asked.history.tobytes()
    return history if asked.moment is None else history + b"|" + asked.moment.tobytes()


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
    more: Mapping[str, np.ndarray] = {},
) -> None:
    """Write what `open_answering` needs. `facts` go into the manifest: versions read, metrics, seconds. `more` are
    arrays that come back as `Answering.more`. A large catalogue gets an index.

    `selection` made `data` out of a table that held the journal of events up to `position`.
    """
    told = {"recipe": recipe.name, "selection": selection.to_json(), "position": position, **facts}
    seal_model(folder, model, data, Vocabulary.of(data.users), Vocabulary.of(data.items), told, more)


def seal_model(
    folder: Path,
    model: Model,
    data: TrainingSet,
    users: Vocabulary,
    items: Vocabulary,
    manifest: Mapping[str, Any],
    more: Mapping[str, np.ndarray],
) -> None:
    """The same of a model that was updated: its vocabularies need not be sorted, and `manifest` has all facts."""
    lengths = np.diff(data.offsets)
    kept = np.minimum(lengths, HISTORY)
    age = np.repeat(data.offsets[1:], lengths) - np.arange(len(data.item))  # 1 for a user's newest event
    arrays = {
        **{f"model.{name}": array for name, array in model.state().items()},
        **users.state("users"),
        **items.state("items"),
        "history.offsets": np.concatenate([[0], np.cumsum(kept)]).astype(np.int64),
        "history.item": data.item[age <= HISTORY].astype(np.int32),
        **{f"more.{name}": array for name, array in more.items()},
    }
    index = indexed(model, data)
    if index is not None:
        arrays |= {f"index.{name}": array for name, array in index.state().items()}
    seal(folder, arrays, manifest)


def open_answering(folder: Path) -> Answering:
    artifact = open_sealed(folder)
    recipe = RECIPES[artifact.manifest["recipe"]]
    index = under("index.", artifact.arrays)
    return Answering(
        recipe,
        recipe.model.from_state(under("model.", artifact.arrays)),
        Vocabulary.from_state(artifact.arrays, "users"),
        Vocabulary.from_state(artifact.arrays, "items"),
        artifact.arrays["history.offsets"],
        artifact.arrays["history.item"],
        # Neither is in the manifests of the first release, which had no journal.
        artifact.manifest.get("position", 0),
        EventSelection.from_json(artifact.manifest.get("selection", {})),
        Index.from_state(index) if index else None,
        under("more.", artifact.arrays),
    )


def under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def indexed(model: Model, data: TrainingSet) -> Index | None:
    """An index where it makes answers faster, measured on users from all over the data."""
    # Items that are never answered have a bias of minus infinity, which has no place among means of lists.
    if not isinstance(model, FactoredModel) or not np.isfinite(model.item_bias).all():
        return None
    active = np.flatnonzero(np.diff(data.offsets))
    users = active[:: max(1, len(active) // MEASURED)][:MEASURED].tolist()
    return build_index(model, [data.history(user) for user in users], users)
