"""Everything that one request for items needs before it is scored: who asks, what may be answered, how it explores and
what it promotes."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cached_property
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np

from ..contract.errors import InvalidInputException
from ..filters import Catalogue
from ..house import House
from ..recipes.base import Moment
from ..serving import exploration
from ..serving.allowed import Allowed, Without, together
from ..serving.answering import Answering, Asked
from ..serving.choosing import Exploring, Promotion, Wanted
from ..serving.recent import CALLS, recent_events
from ..serving.views.events import EventView
from ..serving.views.items import ItemView
from ..serving.views.records import RecordView
from .deployed import Data, Deployed, answering, data_of
from .filtering import RELATED, Asker, Chosen, auto_filter, chosen, left_out

T = TypeVar("T")

MOST_COLUMNS = 10
"""Of metadata, in one request."""


class Preparing(msgspec.Struct, frozen=True, dict=True):
    """A request that was checked. `ready` says whether `prepared` can be asked without waiting."""

    house: House
    deployed: Deployed
    model: Answering
    request: Mapping[str, Any]
    n: int
    filter: Chosen | None = None
    promotion: Mapping[str, Any] | None = None
    promoting: Chosen | None = None
    """The promotion's filter."""
    users: RecordView | None = None
    """Only where a filter asks about the user."""
    events: EventView | None = None
    """Only where something asks what the user did."""
    columns: tuple[str, ...] = ()
    """Of the items' metadata, to be told."""

    @property
    def user_id(self) -> str | None:
        return self.request.get("userId")

    @property
    def explores(self) -> bool:
        managed = self.deployed.recipe.explores == "managed" and self.house.managed_exploration
        return managed or bool(self.deployed.exploration_weight)

    @cached_property
    def data(self) -> Data:
        return data_of(self.house, self.deployed.group)

    @property
    def looks_at_items(self) -> bool:
        """Whether there is no answer without the catalogue."""
        return bool(
            self.filter
            or self.promotion
            or self.columns
            or self.deployed.exploration_weight
            or self.deployed.recipe.leaves_out
            or (self.house.extended_filters and self.request.get("filterValues"))
        )

    @cached_property
    def items(self) -> ItemView:
        return self.house.views.items(self.data.items, self.deployed.folder, self.model.items)

    @property
    def ready(self) -> bool:
        for view in (self.items if self.looks_at_items else None, self.users, self.events):
            if view is not None and not view.ready:
                return False
        return not self.deployed.exploration_weight or self.ground(self.items.catalogue) is not None

    def build(self) -> None:
        """Waits for what is not ready."""
        for view in (self.items if self.looks_at_items or self.explores else None, self.users, self.events):
            if view is not None:
                view.build()
        if self.explores:
            of, age_days = self.deployed, self.deployed.exploration_age_days
            self.house.grounds.build(of.folder, self.model, self.items, of.events, age_days)

    def ground(self, catalogue: Catalogue) -> exploration.Ground | None:
        of, age_days = self.deployed, self.deployed.exploration_age_days
        return self.house.grounds.ground(of.folder, self.model, self.items, catalogue, of.events, age_days)

    def prepared(self) -> "Prepared":
        model, request = self.model, self.request
        # A managed exploration touches one place of a thousand: it may begin a second later, nobody waits for it.
        # One catalogue for all of a request: in the next, items that the model does not know may have other rows.
        look = self.looks_at_items or (self.explores and self.items.ready)
        catalogue = self.items.catalogue if look else None
        exploring = self.exploring(catalogue) if self.explores else None
        rows = model.size if catalogue is None else len(catalogue)
        asker = self.asker()
        stages: list[tuple[str, Allowed]] = []
        if self.deployed.recipe.recipe_type == RELATED and (code := model.code(request["itemId"])) is not None:
            stages.append(("itemId", Without(np.array([code]), rows)))
        promotable: list[Allowed] = [allowed for _, allowed in stages]
        if catalogue is not None:
            if auto := auto_filter(self.deployed, catalogue, asker):
                stages.append(("automatic filter", auto))
                promotable.append(auto)
            if without := left_out(self.house, request, catalogue):
                stages.append(("excluded items", without))
                promotable.append(without)
            if self.filter is not None:
                stages.append((self.filter.arn, self.filter.allowed(catalogue, asker)))
        wanted = Wanted(self.n, model.size, rows, together([allowed for _, allowed in stages]), exploring)
        if self.promotion is not None and catalogue is not None:
            if self.promoting is not None:
                promotable.append(self.promoting.allowed(catalogue, asker))
            seed = exploration.seed(self.user_id or "", time.time(), str(self.deployed.folder)) ^ time.time_ns()
            promotion = Promotion(
                self.promotion["name"], self.promotion["percentPromotedItems"], together(promotable), seed % 2**63
            )
            wanted = msgspec.structs.replace(wanted, promotion=promotion)
        return Prepared(self, catalogue, asker, stages, wanted, self.asked())

    def asker(self) -> Asker:
        user_id = self.user_id
        user: Mapping[str, Any] = {}
        if user_id is not None:
            user = self.users.record(user_id) if self.users is not None else {"USER_ID": user_id}
        events = self.events.of(user_id) if self.events is not None and user_id is not None else []
        return Asker(user_id, user, events, self.request.get("itemId"))

    def asked(self) -> Asked:
        if self.deployed.recipe.recipe_type == RELATED:
            code = self.model.code(self.request["itemId"])
            return self.model.asked_items([] if code is None else [code])
        recent = self.recent()
        return self.model.asked(self.user_id or "", [item for _, item in recent], self.moment(recent))

    def recent(self) -> list[tuple[int, str]]:
        """Times and items of what a user, or an anonymous visitor's session, did since the model learnt."""
        model, events = self.model, self.deployed.events
        if not model.recipe.real_time or events is None or self.user_id is None:
            return []
        entries = self.house.journal.of_subject(events, self.user_id, model.position, CALLS)
        return recent_events(entries, model.selection)

    def moment(self, recent: Sequence[tuple[int, str]]) -> Moment | None:
        """As far as the model wants to know it."""
        wanted = self.model.wants
        if not wanted:
            return None
        return Moment(
            time=int(time.time()) if "time" in wanted else None,
            newest=recent[-1][0] if recent else None,
            context=self.context() if "context" in wanted else {},
        )

    def context(self) -> Mapping[str, str]:
        """By column as the schema spells it; what names no column is passed over."""
        given = self.request.get("context")
        schema = self.data.schemas.get("INTERACTIONS") if given else None
        if not given or schema is None:
            return {}
        columns = {field.name.lower(): field.name for field in schema.fields}
        return {columns[name.lower()]: value for name, value in given.items() if name.lower() in columns}

    def exploring(self, catalogue: Catalogue | None) -> Exploring | None:
        ground = self.ground(catalogue) if catalogue is not None else None
        if ground is None:
            if self.deployed.exploration_weight is None:
                self.house.aside.begin((self.deployed.folder, self.deployed.exploration_age_days), self.build)
            return None
        if not len(ground.rows):  # nothing to explore: a seed costs more than the look
            return None
        seed = exploration.seed(self.user_id or "", time.time(), str(self.deployed.folder))
        return Exploring(ground, seed, self.deployed.exploration_weight)


class Prepared(msgspec.Struct, frozen=True):
    preparing: Preparing
    catalogue: Catalogue | None
    """None where nothing had to be asked of the items."""
    asker: Asker
    stages: list[tuple[str, Allowed]]
    """What took items away before the list was made, by name."""
    wanted: Wanted
    asked: Asked

    def ids(self, rows: np.ndarray) -> list[str]:
        model = self.preparing.model
        known, wanted = model.size, rows.tolist()
        if max(wanted, default=0) < known:
            return model.items.ids(wanted)
        return [model.items.id(row) if row < known else self.catalogue.ids[row] for row in wanted]  # type: ignore[union-attr]


def prepare(house: House, deployed: Deployed, request: Mapping[str, Any], n: int) -> Preparing:
    """Raises InvalidInputException or ResourceNotFoundException."""
    model = answering(house, deployed)
    promotion = promotion_of(request)
    leaves_out = deployed.recipe.leaves_out is not None
    if not (leaves_out or promotion is not None or "filterArn" in request or "metadataColumns" in request):
        return Preparing(house, deployed, model, request, n)
    data, user_id = data_of(house, deployed.group), request.get("userId")
    filter_ = chosen(house, deployed, data, request, user_id)
    promoting = chosen(house, deployed, data, promotion or {}, user_id)
    compiled = [each.compiled for each in (filter_, promoting) if each is not None]
    users = data.users if any(each.asks_user for each in compiled) else None
    events = data.events if leaves_out or any(each.asks_events for each in compiled) else None
    return Preparing(
        house,
        deployed,
        model,
        request,
        n,
        filter_,
        promotion,
        promoting,
        None if users is None else house.views.users(users),
        None if events is None else house.views.events(events),
        columns_of(request, deployed, data),
    )


def promotion_of(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    listed = request.get("promotions")
    if not listed:
        return None
    if len(listed) > 1:
        raise InvalidInputException(f"promotions has {len(listed)} entries; a request may have one.")
    for name in ("name", "percentPromotedItems", "filterArn"):
        if name not in listed[0]:
            raise InvalidInputException(f"promotions.1.member.{name} is missing; a promotion needs it.")
    return listed[0]


def columns_of(request: Mapping[str, Any], deployed: Deployed, data: Data) -> tuple[str, ...]:
    """The columns of items that a request wants told, as the schema spells them."""
    asked = request.get("metadataColumns")
    if not asked:
        return ()
    if list(asked) != ["ITEMS"]:
        raise InvalidInputException("metadataColumns has columns of ITEMS and of nothing else.")
    if not deployed.with_metadata:
        raise InvalidInputException(f"Metadata with recommendations is not enabled for {deployed.arn}.")
    names = asked["ITEMS"]
    if len(names) > MOST_COLUMNS:
        raise InvalidInputException(f"metadataColumns names {len(names)} columns; at most {MOST_COLUMNS} can be told.")
    schema = data.schemas.get("ITEMS")
    columns = []
    for name in names:
        try:
            if schema is None:
                raise KeyError(name)
            columns.append(schema.field(name).name)
        except KeyError:
            raise InvalidInputException(f"Column {name} does not exist in the Items dataset.") from None
    return tuple(columns)


class Readied(Protocol):
    """A request that may have to wait until something is read."""

    @property
    def house(self) -> House: ...

    @property
    def ready(self) -> bool: ...

    def build(self) -> None: ...


def when_ready(preparing: Readied, answer: Callable[[], "T | Future[T]"]) -> "T | Future[T]":
    """The answer, or a promise of it where something has to be read first."""
    if preparing.ready:
        return answer()

    def work() -> T:
        preparing.build()
        found = answer()
        return found.result() if isinstance(found, Future) else found

    return preparing.house.aside(work)
