"""Describe, List and Delete for every kind, and tags: 42 operations, derived from the model and the table of kinds."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from ..contract import model
from ..contract.errors import (
    InvalidInputException,
    ResourceInUseException,
    ResourceNotFoundException,
    TooManyTagsException,
)
from ..house import House
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind, unfinished
from . import tokens
from .deletion_rules import REFUSALS
from .registry import Answer, Function, operation

PAGE = 100
NEWEST_FIRST = ("dataDeletionJob",)
"""AWS documents the order of this list; of the others it documents none."""
MAXIMUM_TAGS = 50
Completion = Callable[[House, Connection, Document], Document]
COMPLETIONS: dict[str, Completion] = {}
"""What Describe adds to a document, by kind."""


def describe(kind: Kind) -> Function:
    shape = model.operations()[kind.describe].output_shape.members[kind.name]

    def handler(house: House, request: dict) -> Answer:
        with house.reading() as connection:
            document = house.find(connection, kind, request[kind.arn_key])
            if complete := COMPLETIONS.get(kind.name):
                document = {**document, **complete(house, connection, document)}
        return {kind.name: model.project(document, shape)}

    return handler


def list_(kind: Kind) -> Function:
    shape = model.operations()[kind.list].output_shape.members[kind.plural].member

    def handler(house: House, request: dict) -> Answer:
        limit = request.get("maxResults", PAGE)
        question = {"operation": kind.list, "of": request.get(kind.parent) if kind.parent else None}
        after = tokens.read(house.token_secret, house.place, question, request.get("nextToken"))
        with house.reading() as connection:
            rows = book.page(
                connection,
                kind,
                house.place,
                question["of"],
                after,
                limit + 1,
                newest_first=kind.name in NEWEST_FIRST,
            )
        answer: dict[str, Any] = {kind.plural: [model.project(document, shape) for _, document in rows[:limit]]}
        if len(rows) > limit:
            answer["nextToken"] = tokens.write(house.token_secret, house.place, question, rows[limit - 1][0])
        return answer

    return handler


def delete(kind: Kind) -> Function:
    def handler(house: House, request: dict) -> Answer:
        arn = request[kind.arn_key]
        with house.writing() as connection:
            document = house.find(connection, kind, arn)
            if refuse := REFUSALS.get(kind.name):
                refuse(connection, document)
            for name in kind.blocked_by:
                if blockers := book.naming(connection, arn, KINDS[name]):
                    raise ResourceInUseException(
                        f"The {kind.words} {arn} is used by {blockers[0]}; delete that {KINDS[name].words} first."
                    )
            for name in kind.busy_with:
                for busy in book.naming(connection, arn, KINDS[name]):
                    if book.find(connection, KINDS[name], busy)["status"] in unfinished(KINDS[name].life["create"]):
                        raise ResourceInUseException(
                            f"The {kind.words} {arn} is at work for {busy}; let that end first."
                        )
            if "delete" in kind.life:
                house.begin(connection, kind, "delete", arn)
            else:
                book.strike(connection, kind, arn)
        return None

    return handler


for each in KINDS.values():
    operation(each.describe)(describe(each))
    operation(each.list)(list_(each))
    if each.delete in model.operations():
        operation(each.delete)(delete(each))


def require_taggable(house: House, connection, arn: str) -> None:
    kind = book.kind_of(connection, arn)
    if kind is None:
        raise ResourceNotFoundException(f"Resource Arn {arn} does not exist.")
    house.require_place(kind, arn)
    if not kind.taggable:
        raise InvalidInputException(f"A {kind.words} cannot have tags: {arn}")


def require_tags(tags: list[dict], already: int = 0) -> None:
    keys = [tag["tagKey"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise InvalidInputException("Each tag key may be given once.")
    if any(text.lower().startswith("aws:") for tag in tags for text in (tag["tagKey"], tag["tagValue"])):
        raise InvalidInputException("Tag keys and values may not begin with aws:, which is reserved.")
    if already + len(tags) > MAXIMUM_TAGS:
        raise TooManyTagsException(f"A resource can have {MAXIMUM_TAGS} tags at most.")


@operation("TagResource")
def tag_resource(house: House, request: dict) -> Answer:
    arn, tags = request["resourceArn"], request["tags"]
    with house.writing() as connection:
        require_taggable(house, connection, arn)
        kept = {tag["tagKey"] for tag in book.tags_of(connection, arn)} - {tag["tagKey"] for tag in tags}
        require_tags(tags, len(kept))
        book.tag(connection, arn, tags)
    return None


@operation("UntagResource")
def untag_resource(house: House, request: dict) -> Answer:
    with house.writing() as connection:
        require_taggable(house, connection, request["resourceArn"])
        book.untag(connection, request["resourceArn"], request["tagKeys"])
    return None


@operation("ListTagsForResource")
def list_tags_for_resource(house: House, request: dict) -> Answer:
    with house.reading() as connection:
        require_taggable(house, connection, request["resourceArn"])
        return {"tags": book.tags_of(connection, request["resourceArn"])}
