"""Call any operation by its AWS name. HTTP and the tests come through here."""

from concurrent.futures import Future
from functools import lru_cache
from typing import Any

from botocore.model import OperationModel

from ..contract import model, quick, validate
from ..contract.arns import Place
from ..contract.errors import ApiError, InvalidInputException, NotBuiltException, UnknownOperationException
from ..house import House
from . import (  # noqa: F401 (they register)
    batches,
    campaigns,
    catalog,
    datasets,
    deletions,
    event_trackers,
    events,
    exports,
    filters,
    generic,
    imports,
    metadata,
    metric_attributions,
    recommendations,
    recommenders,
    solutions,
)
from .registry import OPERATIONS, Operation, Promise
from .rejections import STREAMED, note_refusal


class Api:
    """The operations over one house. `strict` also holds every answer against the model, so that a wrong field never
    leaves the house in a test."""

    def __init__(self, house: House, strict: bool = False):
        self.house, self.strict = house, strict
        self.at = lru_cache(maxsize=256)(house.at)

    def find(self, name: str) -> tuple[OperationModel, Operation]:
        """Raises UnknownOperationException or NotBuiltException."""
        op = model.operations().get(name)
        if op is None:
            raise UnknownOperationException(f"Amazon Personalize has no operation {name or '(none named)'}.")
        if name not in OPERATIONS:
            raise NotBuiltException(f"{name} is not built yet in this release of Penchant.")
        return op, OPERATIONS[name]

    def call(self, name: str, request: Any, place: Place) -> dict:
        """Raises ApiError."""
        answer = self.begin(name, request, place)
        return self.kept(name, answer.result()) if isinstance(answer, Future) else answer

    def kept(self, name: str, answer: Any) -> dict:
        """What a kept promise brought."""
        if self.strict and answer:
            check(self.find(name)[0], answer)
        return answer or {}

    def begin(self, name: str, request: Any, place: Place) -> dict | Promise:
        """As `call`, but without waiting for what is promised. Raises ApiError, and so may the promise."""
        op, operation = self.find(name)
        house = self.at(place)
        try:
            if not quick.checker(op.input_shape)(request):
                if found := list(validate.faults(request, op.input_shape)):
                    raise InvalidInputException(validate.message(found))
                request = model.project(request, op.input_shape)  # null means absent, however deep inside
            answer = operation.run(house, request)
        except ApiError as error:
            if name in STREAMED:
                note_refusal(house, name, request, error)
            raise
        if isinstance(answer, Future):
            return answer
        if self.strict:
            check(op, answer or {})
        return answer or {}


def check(op: OperationModel, answer: dict) -> None:
    shape = op.output_shape
    # Patterns are not asked of answers: Amazon's own break them (a version is named SOLUTION/8hex, and a role has the
    # pattern of Personalize's ARNs).
    found = [each for each in validate.faults(answer, shape) if "pattern" not in each] if shape else list(answer)
    if found:
        raise AssertionError(f"{op.name} answered what the model does not allow: {found}")
