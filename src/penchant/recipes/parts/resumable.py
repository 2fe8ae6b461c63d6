"""A training loop whose state is kept now and then, and that goes on from where it was kept (imports torch).

A resumed loop makes the same model bit for bit: weights and moments are kept, every random generator, the place within
the epoch, and the sums that the epoch tells at its end. Nothing else may live from one step to the next.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from penchant.recipes.parts import course
from penchant.recipes.parts.averaged import Averaged, put
from penchant.recipes.parts.course import MILESTONE, Epoch, Kept
from penchant.recipes.parts.row_adam import RowAdam

Batch = TypeVar("Batch")
OURS = "penchant.recipes."


class Resumable:
    """`part` names the loop, and `identity` gives the same for the same training; `holders` hold its state: a table
    with its moments, a net, an optimizer, averages, a generator of random numbers, or an object of ours that has such
    among its attributes.

    Of each training::

        loop.take_up()
        for epoch in loop.epochs():
            for batch in loop.batches(lambda: histories.epoch(size, rng)):
                ...
                loop.stepped(loss, count)
            loop.tell(...)
    """

    def __init__(
        self, part: str, identity: Callable[[], str], epochs: int, rng: np.random.Generator, holders: Mapping[str, Any]
    ) -> None:
        """`rng` is what batches are drawn with; it may be used within an epoch as well."""
        self.part, self.of, self.rng = part, epochs, rng
        self.course = course.current()
        self.identity = ""
        if self.course.keeps:
            self.identity = course.digest(identity(), torch.__version__, np.__version__)
        self.holders = {"rng": rng, **holders}
        self.epoch = 0
        """The one that is being trained, from 0."""
        self.batch = 0
        """Batches of it that are done."""
        self.read = 0
        """What they had, in whatever `stepped` counts."""
        self.steps = 0
        """Batches of all epochs that are done."""
        self._begun: Any = None  # the generator as it was when the epoch began
        self._skip = False
        self._loss: Any = 0.0
        self._seconds, self._since = 0.0, time.monotonic()

    def take_up(self) -> bool:
        """Whether a state was kept, and is now that of the holders."""
        kept = self.course.kept(self.part, self.identity) if self.course.keeps else None
        holders = list(found(self.holders))
        if kept is None or not all(fits(held, path, kept) for path, held in holders):
            return False
        for path, held in holders:
            restore(held, path, kept)
        place = kept.facts["place"]
        self.epoch, self.batch, self.steps, self.read = (place[name] for name in ("epoch", "batch", "steps", "read"))
        self._loss, self._seconds, self._begun = (place[name] for name in ("loss", "seconds", "begun"))
        self._skip = self.batch > 0
        return True

    def epochs(self, more: Callable[[], bool] | None = None) -> Iterator[int]:
        """Those that are left: as many as there are to be, or while there is to be `more`. One without a batch is the
        last, because no other would have one."""
        barren = False
        while not barren and (self.epoch < self.of if more is None else more()):
            self._since = time.monotonic()
            yield self.epoch
            barren = not self.batch
            self.epoch += 1
            self.batch = self.read = 0
            self._loss = self._seconds = 0.0
        if self.course.due(MILESTONE):
            self.keep()

    def batches(self, drawn: Callable[[], Iterator[Batch]]) -> Iterator[Batch]:
        """Those of the epoch that are left. `drawn` draws all of them with the loop's generator, as the first is asked
        for and not later."""
        if not self._skip:
            self._begun = self.rng.bit_generator.state
            yield from drawn()
            return
        self._skip = False
        now = self.rng.bit_generator.state
        self.rng.bit_generator.state = self._begun
        batches = drawn()
        for _ in islice(batches, self.batch):
            pass
        self.rng.bit_generator.state = now
        yield from batches

    def stepped(self, loss: torch.Tensor, count: int) -> None:
        """A step was made, with the mean `loss` of `count` things."""
        self.batch += 1
        self.steps += 1
        self.read += count
        self._loss = self._loss + count * loss.detach().double()  # a number only when it is asked for: a GPU would wait
        if self.course.due():
            self.keep()

    @property
    def seconds(self) -> float:
        """Of the epoch so far."""
        return self._seconds + time.monotonic() - self._since

    def tell(self, held_out: Callable[[], float | None] = lambda: None) -> None:
        """At the end of an epoch; `held_out` is asked where somebody listens."""
        if self.course.listens:
            seconds = round(self.seconds, 3)
            loss = float(self._loss) / max(1, self.read)
            told = loss if math.isfinite(loss) else None
            self.course.epoch(Epoch(self.part, self.epoch + 1, self.of, told, seconds, held_out()))

    def keep(self) -> None:
        """The state after the newest step."""
        arrays: dict[str, np.ndarray] = {}
        facts: dict[str, Any] = {}
        for path, held in found(self.holders):
            of_arrays, of_facts = state_of(held)
            arrays |= {f"{path}.{name}": array for name, array in of_arrays.items()}
            if of_facts is not None:
                facts[path] = of_facts
        place = {
            "epoch": self.epoch,
            "batch": self.batch,
            "steps": self.steps,
            "read": int(self.read),
            "loss": float(self._loss),
            "seconds": self.seconds,
            "begun": self._begun,
        }
        self.course.keep(self.part, self.identity, Kept(arrays, {**facts, "place": place, "epochs": self.of}))


def found(holders: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """What has a state, in holders and in what objects of ours hold, by its path."""
    for name, held in holders.items():
        here = f"{path}{name}"
        if isinstance(held, RowAdam | Averaged | nn.Module | torch.optim.Optimizer | np.random.Generator):
            yield here, held
            if isinstance(held, nn.Module):
                for number, module in enumerate(held.modules()):
                    random = {name: its for name, its in vars(module).items() if isinstance(its, np.random.Generator)}
                    yield from found(random, f"{here}.{number}.")
        elif type(held).__module__.startswith(OURS) and hasattr(held, "__dict__"):
            yield from found(vars(held), f"{here}.")


def state_of(held: Any) -> tuple[dict[str, np.ndarray], Any]:
    """Its arrays, and what else there is to it as JSON has it."""
    if isinstance(held, np.random.Generator):
        return {}, held.bit_generator.state
    if isinstance(held, RowAdam):
        return {name: array(getattr(held, name)) for name in ("table", "first", "second")}, held.steps
    if isinstance(held, Averaged):
        both = {"mean": held.mean, "best": held.best}
        arrays = {f"{name}.{at}": array(value) for name, values in both.items() for at, value in enumerate(values)}
        return arrays, {"steps": held.steps, "lowest": held.lowest, "epoch": held.epoch}
    if isinstance(held, nn.Module):
        return {name: array(value) for name, value in held.state_dict().items()}, None
    moments = held.state_dict()["state"]
    return {f"{number}.{name}": array(value) for number, of in moments.items() for name, value in of.items()}, None


def fits(held: Any, path: str, kept: Kept) -> bool:
    """Whether a state has all of this; one that an earlier release kept may lack some of it."""
    arrays, facts = state_of(held)  # of an optimizer that has made no step nothing: its moments come with the state
    return (facts is None or path in kept.facts) and all(
        f"{path}.{name}" in kept.arrays and kept.arrays[f"{path}.{name}"].shape == value.shape
        for name, value in arrays.items()
    )


def restore(held: Any, path: str, kept: Kept) -> None:
    own = f"{path}."
    arrays = {name.removeprefix(own): value for name, value in kept.arrays.items() if name.startswith(own)}
    if isinstance(held, np.random.Generator):
        held.bit_generator.state = kept.facts[path]
    elif isinstance(held, RowAdam):
        for name in ("table", "first", "second"):
            getattr(held, name).copy_(torch.from_numpy(arrays[name]))
        held.steps = kept.facts[path]
    elif isinstance(held, Averaged):
        put([torch.from_numpy(arrays[f"mean.{at}"]) for at in range(len(held.mean))], held.mean)
        put([torch.from_numpy(arrays[f"best.{at}"]) for at in range(len(held.best))], held.best)
        held.steps, held.lowest, held.epoch = (kept.facts[path][name] for name in ("steps", "lowest", "epoch"))
    elif isinstance(held, nn.Module):
        held.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    else:
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in arrays.items():
            number, member = name.split(".", 1)
            # An optimizer takes these for its own, and a state has to stay as it was kept.
            moments.setdefault(int(number), {})[member] = torch.from_numpy(value).clone()
        held.load_state_dict({"state": moments, "param_groups": held.state_dict()["param_groups"]})


def array(value: torch.Tensor) -> np.ndarray:
    found: np.ndarray = value.detach().cpu().numpy()
    return found
