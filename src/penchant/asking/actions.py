"""From a request for actions to its answer: who asks, which actions may be answered, and in what order.

Everything is as it is at the moment of asking: what the user did a second ago moves the propensities, and so do an
action's newest record and its expiry.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from ..contract.errors import InvalidInputException
from ..filters import ACTION_EVENTS, Catalogue, History, Question
from ..filters.columns import Numbers
from ..house import House
from ..lake.action_set import CREATED, EXPIRES, NAMES, NOT_TAKEN, REPEAT, VALUE, kind_of
from ..lake.selection import EVERYTHING, EventSelection
from ..recipes.parts.actions.model import ActionModel
from ..recipes.parts.actions.order import ordered
from ..recipes.parts.actions.past import Past
from ..serving import exploration
from ..serving.allowed import Allowed, Filtered
from ..serving.answering import DECIMALS, Answering
from ..serving.views import EventView, ItemView, RecordView, Source
from ..serving.views.event_index import Event
from .deployed import Data, Deployed, answering, data_of
from .filtering import Chosen, chosen

DAY = 86_400
EXPLORED_SHARE = 0.1
"""Of the lists end with an action that has no score yet and is young. Inferred: Amazon says that new actions are
explored, and not how often; without it they would never get the events that a score needs."""
YOUNG_DAYS = 30.0
SPELLINGS = {NOT_TAKEN: ("not_taken", "not taken", "nottaken")}
"""However a filter writes a type, it means the kind; in lower case, as filters compare."""


@dataclass(frozen=True)
class AskedActions:
    """A request that was checked. `ready` says whether `answer` can be asked without waiting."""

    house: House
    deployed: Deployed
    answering: Answering
    data: Data
    request: Mapping[str, Any]
    n: int
    filter: Chosen | None

    @property
    def model(self) -> ActionModel:
        model = self.answering.model
        assert isinstance(model, ActionModel)
        return model

    @property
    def user_id(self) -> str:
        return str(self.request["userId"])

    @cached_property
    def actions(self) -> ItemView:
        source = self.data.actions
        if source is None:
            raise InvalidInputException(f"The dataset group {self.deployed.group} has no Actions dataset any more.")
        return self.house.views.items(source, self.deployed.folder, self.model.actions)

    @cached_property
    def events(self) -> EventView | None:
        """With actions."""
        return self._events(self.data.action_events)

    @cached_property
    def item_events(self) -> EventView | None:
        """Those of the kind that the model learnt from."""
        return self._events(self.data.events, self.answering.selection) if len(self.model.trees) else None

    @cached_property
    def users(self) -> RecordView | None:
        asks = self.filter is not None and self.filter.compiled.asks_user
        learnt = len(self.model.known.layout.words) or len(self.model.known.layout.numbers)
        if self.data.users is None or not (asks or learnt):
            return None
        return self.house.views.users(self.data.users)

    @property
    def ready(self) -> bool:
        return all(view.ready for view in self._views)

    def build(self) -> None:
        """Waits for what is not ready."""
        for view in self._views:
            view.build()

    def answer(self) -> list[dict[str, Any]]:
        """`actionList`."""
        catalogue, model, now = self.actions.catalogue, self.model, time.time()
        user = self.users.record(self.user_id) if self.users is not None else {"USER_ID": self.user_id}
        met = self.events.newest_of(self.user_id) if self.events is not None else []
        rows = np.flatnonzero(
            self._passing(catalogue, user, met) & ~expired(catalogue, now) & ~resting(catalogue, met, now)
        )
        known = rows[rows < len(model.actions)]
        score, hint = np.zeros(len(catalogue)), np.full(len(catalogue), -np.inf)
        score[known] = np.round(model.propensities(self._past(met, user))[0, known], DECIMALS)
        hint[: len(model.actions)] = model.unpersonal
        best = rows[ordered(score[rows], numbers(catalogue, VALUE)[rows], hint[rows])]
        listed = self._explored(best, score, catalogue)
        return [{"actionId": catalogue.ids[row], "score": float(score[row])} for row in listed.tolist()]

    def _events(self, source: Source | None, selection: EventSelection = EVERYTHING) -> EventView | None:
        return None if source is None else self.house.views.events(source, selection)

    @property
    def _views(self) -> list[ItemView | EventView | RecordView]:
        views = (self.actions, self.events, self.item_events, self.users)
        return [view for view in views if view is not None]

    def _past(self, met: Sequence[Event], user: Mapping[str, Any]) -> Past:
        """What the model is told of the user. Items that it does not know still count as something done."""
        model = self.model
        touched = self.item_events.newest_of(self.user_id) if self.item_events is not None else []
        items = [(moment, self.answering.code(id_), type_) for moment, id_, type_ in touched]
        actions = [
            (moment, code, kind)
            for moment, id_, type_ in met
            if (kind := kind_of(type_)) is not None and (code := model.actions.code(id_)) is not None
        ]
        return Past.of_one(model.known.layout, items, actions, user)

    def _passing(self, catalogue: Catalogue, user: Mapping[str, Any], met: Sequence[Event]) -> np.ndarray:
        if self.filter is None:
            return np.ones(len(catalogue), bool)
        question = Question(catalogue, self.filter.values, user, None, history(met, catalogue))
        allowed: Allowed = Filtered(self.filter.compiled, question)
        return allowed.mask()

    def _explored(self, best: np.ndarray, score: np.ndarray, catalogue: Catalogue) -> np.ndarray:
        """The list, in one of ten with a young action that has no score in its last place."""
        listed, rest = best[: self.n], best[self.n :]
        if not self.house.managed_exploration or not len(listed) or not len(rest) or score[listed[-1]] == 0:
            return listed
        young = rest[(score[rest] == 0) & self._young(catalogue)[rest]]
        seed = exploration.seed(self.user_id, time.time(), str(self.deployed.folder))
        rng = np.random.default_rng(seed)
        if not len(young) or rng.random() >= EXPLORED_SHARE:
            return listed
        return np.append(listed[:-1], rng.choice(young))

    def _young(self, catalogue: Catalogue) -> np.ndarray:
        """Those that the model does not know, and those made lately. Of others nobody knows when they were made."""
        created = numbers(catalogue, CREATED)
        young = created >= self.model.known.at - YOUNG_DAYS * DAY
        young[len(self.model.actions) :] = True
        return young


def ask_for_actions(house: House, deployed: Deployed, request: Mapping[str, Any], n: int) -> AskedActions:
    """Raises InvalidInputException or ResourceNotFoundException."""
    data = data_of(house, deployed.group)
    return AskedActions(
        house,
        deployed,
        answering(house, deployed),
        data,
        request,
        n,
        chosen(house, deployed, data, request, request["userId"], "ActionID"),
    )


def history(met: Sequence[Event], catalogue: Catalogue) -> History:
    """Of events with actions as filters see them: a type is found under each of its spellings."""
    as_named = [(id_, type_ if (kind := kind_of(type_)) is None else NAMES[kind]) for _, id_, type_ in met]
    found = History.of(as_named, catalogue, ACTION_EVENTS)
    targets = dict(found.targets)
    for kind, spellings in SPELLINGS.items():
        of_kind = targets.get(NAMES[kind].lower())
        if of_kind is not None:
            targets |= dict.fromkeys(spellings, of_kind)
    return msgspec.structs.replace(found, targets=targets)


def expired(catalogue: Catalogue, now: float) -> np.ndarray:
    """(rows,) bool. Of an action that has both columns the earlier moment counts."""
    return np.any([numbers(catalogue, name) <= now for name in EXPIRES], axis=0)


def resting(catalogue: Catalogue, met: Sequence[Event], now: float) -> np.ndarray:
    """(rows,) bool: the user met the action, in whatever way, less than its REPEAT_FREQUENCY days ago."""
    ids = list({id_ for _, id_, _ in met})
    row_of = dict(zip(ids, catalogue.ids.codes(ids), strict=True))
    last = np.full(len(catalogue), -np.inf)
    for moment, id_, type_ in met:
        row = row_of[id_]
        if row is not None and kind_of(type_) is not None:
            last[row] = max(last[row], moment)
    return now - last < numbers(catalogue, REPEAT) * DAY  # a comparison with NaN, without a frequency, is false


def numbers(catalogue: Catalogue, name: str) -> np.ndarray:
    """(rows,) float64 of a column, whatever the case of its name; NaN where it is null or there is none."""
    column = next((column for key, column in catalogue.columns.items() if key.upper() == name), None)
    return column.numbers() if isinstance(column, Numbers) else np.full(len(catalogue), np.nan)
