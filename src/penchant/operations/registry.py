"""Operations by their AWS name. A name that AWS does not have, and a second function for one, fail at import."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..contract import model

Answer = dict[str, Any] | None
Promise = Future[Any]
"""Of an answer, or of none where the operation has none: it has succeeded when the promise is kept."""
Function = Callable[..., Answer | Promise]
"""(house, request) -> answer, or a promise of one. The request fits its shape; the house is bound to the caller's
place."""


@dataclass(frozen=True)
class Operation:
    name: str
    run: Function
    inline: bool
    """Runs on the server's event loop: for what answers in well under a millisecond and waits for nothing."""


OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, inline: bool = False) -> Callable[[Function], Function]:
    if name not in model.operations():
        raise ValueError(f"AWS has no operation {name}.")

    def register(function: Function) -> Function:
        if name in OPERATIONS:
            raise ValueError(f"There are two functions for {name}.")
        OPERATIONS[name] = Operation(name, function, inline)
        return function

    return register
