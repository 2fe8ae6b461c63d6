"""From the members of a request that name a filter to what of a catalogue may be answered."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..contract.errors import InvalidInputException
from ..filters import Catalogue, Compiled, FilterError, History, Question, Values, prints
from ..house import House
from ..resources.kinds import KINDS
from ..serving.allowed import Allowed, Filtered, WithoutIds, WithoutListed
from .deployed import Data, Deployed

FILTER = KINDS["filter"]
RELATED = "RELATED_ITEMS"
ITEMS, USERS = "ItemID", "UserID"
WANTED = {ITEMS: "items", USERS: "user segments", "ActionID": "actions"}
"""What filters choose among, by target."""
LEFT_OUT = "EXCLUDE_ITEM_IDS"
"""Our own: names in `filterValues` that begin with this bring ids that the answer must not have."""


class Asker(msgspec.Struct, frozen=True):
    """Who asks, beside which item, as filters see it."""

    user_id: str | None
    user: Mapping[str, Any]
    events: list[tuple[str, str | None]]
    item_id: str | None


class Chosen(msgspec.Struct, frozen=True):
    """A filter with the values that a request brought for it."""

    arn: str
    compiled: Compiled
    values: Values

    def question(self, catalogue: Catalogue, asker: Asker) -> Question:
        return Question(
            catalogue,
            self.values,
            asker.user,
            None if asker.item_id is None else catalogue.row(asker.item_id),
            History.of(asker.events, catalogue) if self.compiled.asks_events else History(),
        )

    def allowed(self, catalogue: Catalogue, asker: Asker) -> Allowed:
        return Filtered(self.compiled, self.question(catalogue, asker))


def chosen(
    house: House, deployed: Deployed, data: Data, given: Mapping[str, Any], user_id: str | None, target: str = ITEMS
) -> Chosen | None:
    """The filter that `given` (a request or a promotion) names; `target` is what it must choose. Raises
    InvalidInputException for one that cannot choose here, ResourceNotFoundException for one that does not exist."""
    arn = given.get("filterArn")
    if arn is None:
        return None
    document = house.pointers((house.place, "filter", arn), lambda: look_up(house, arn))
    if document["status"] != "ACTIVE":
        raise InvalidInputException(f"The filter {arn} is in status {document['status']}; it must be ACTIVE.")
    if document["datasetGroupArn"] != deployed.group:
        raise InvalidInputException(
            f"The filter {arn} is of the dataset group {document['datasetGroupArn']}; {deployed.arn} is of "
            f"{deployed.group}."
        )
    try:
        compiled = data.compiled(document["filterExpression"])
        if compiled.target != target:
            raise InvalidInputException(
                f"The filter {arn} chooses by {compiled.target}; {WANTED[target]} need one by {target}."
            )
        if compiled.asks_item and deployed.recipe.recipe_type != RELATED:
            raise InvalidInputException(
                f"The filter {arn} asks about CurrentItem, which only recipes of type {RELATED} have; {deployed.arn} "
                f"uses a recipe of type {deployed.recipe.recipe_type}."
            )
        if user_id is None and target != USERS and (compiled.asks_user or compiled.asks_events):
            raise InvalidInputException(f"userId is required because the filter {arn} asks about the user.")
        return Chosen(arn, compiled, compiled.values(given.get("filterValues", {})))
    except FilterError as error:
        raise InvalidInputException(str(error)) from None


def look_up(house: House, arn: str) -> dict[str, Any]:
    with house.reading() as connection:
        return house.find(connection, FILTER, arn)


def left_out(house: House, given: Mapping[str, Any], catalogue: Catalogue) -> WithoutListed | None:
    """The items that a request itself excludes, which Amazon's language has no way to say."""
    values = given.get("filterValues")
    if not values or not house.extended_filters:
        return None
    texts = [text for name, text in values.items() if name.startswith(LEFT_OUT)]
    return WithoutListed(",".join(map(plain, texts)).encode(), catalogue.ids) if texts else None


def plain(text: str) -> str:
    """Ids with commas between them, without the quotes and spaces that they may come with."""
    if '"' in text or " " in text:
        return ",".join([each.strip().strip('"') for each in text.split(",")])
    return text


def auto_filter(deployed: Deployed, catalogue: Catalogue, asker: Asker) -> WithoutIds | None:
    """What a use case leaves out by itself: what the user has bought, or watched."""
    leaves_out = deployed.recipe.leaves_out
    if leaves_out is None:
        return None
    wanted = leaves_out.lower()
    ids = {item for item, event_type in asker.events if event_type is not None and event_type.lower() == wanted}
    return WithoutIds(prints(list(ids)), catalogue.ids) if ids else None
