"""What a peer is handed, and what it hands over: needs NumPy alone, and nothing of Penchant.

A program beside this one runs in an environment of its own. It reads a split, trains, and now and then hands over what
its model would rank by. It never sees a target, so whatever it does, the metric is not its own.
"""

import argparse
import importlib.metadata
import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Vectors = tuple[np.ndarray, np.ndarray]
"""(Q, d) of the queries and (I, d) of the items, whose products are the scores; NaN for an item that is not known."""


class Ended(Exception):
    """Ends a training that would go on; the message is why."""


BUDGET = "budget"
PAST_BEST = "past its best"
ENOUGH = "enough"
"""A file of this name in its folder ends a training."""


@dataclass(frozen=True)
class Split:
    offsets: np.ndarray
    """(U + 1,) int64. What user u took is rows `offsets[u]:offsets[u + 1]`, oldest first; some took nothing."""
    item: np.ndarray
    """(E,) int32 item codes of the training events."""
    time: np.ndarray
    """(E,) int64, ascending within a user; seconds where the data has times, else an order."""
    asked_offsets: np.ndarray
    """(Q + 1,) int64, into `asked_item`: all that each query knows, oldest first."""
    asked_item: np.ndarray
    asked_user: np.ndarray
    """(Q,) int64 codes of who asks."""
    items: int
    """Size of the catalogue. Codes count from 0, and some items have no training event."""
    masked: int
    """Newest items of a query's history that are taken out of its ranking."""

    def save(self, path: Path) -> None:
        np.savez(path, **vars(self))

    @staticmethod
    def load(path: Path) -> "Split":
        with np.load(path) as kept:
            whole: dict[str, Any] = {name: kept[name] if kept[name].ndim else int(kept[name]) for name in kept}
        return Split(**whole)

    @property
    def user(self) -> np.ndarray:
        """(E,) int64 user code of each training event."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def taken(self, user: int) -> np.ndarray:
        return self.item[self.offsets[user] : self.offsets[user + 1]]

    def history(self, query: int) -> np.ndarray:
        return self.asked_item[self.asked_offsets[query] : self.asked_offsets[query + 1]]

    def newest(self, length: int, code: np.ndarray, right: bool = True) -> np.ndarray:
        """(Q, length) int64 of the newest items of each query, as the peer's own `code` (I,) has them.

        Items of code 0 are not known to the peer and are left out; 0 also fills up, on the left if `right`, which is
        where the items then lie.
        """
        found = np.zeros((len(self.asked_user), length), np.int64)
        for query, row in enumerate(found):
            known = code[self.history(query)]
            known = known[known > 0][-length:]
            if len(known):
                row[slice(-len(known), None) if right else slice(len(known))] = known
        return found


def cpu_seconds() -> float:
    """Of this process with all its threads, and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Recorder:
    """Keeps the time of a training, and what it hands over; the clock stands still meanwhile."""

    def __init__(self, folder: Path, budget: float, every: float, clock: Callable[[], float] = cpu_seconds) -> None:
        """It is time to hand over every `every` seconds, and to end after `budget`."""
        self.folder, self.budget, self.every, self.clock = folder, budget, every, clock
        self.begun, self.paused, self.due, self.points = clock(), 0.0, every, 0

    def spent(self) -> float:
        return self.clock() - self.begun - self.paused

    def step(self, epochs: float, vectors: Callable[[], Vectors]) -> None:
        """Told after each step of a training how many epochs are done. Raises Ended."""
        self.end_if_enough()
        over = self.spent() >= self.budget
        if over or self.spent() >= self.due:
            self.vectors(epochs, vectors)
            self.due = self.spent() + self.every
        if over:
            raise Ended(BUDGET)

    def end_if_enough(self) -> None:
        """Raises Ended if what was handed over shows that the best is behind."""
        if (self.folder / ENOUGH).exists():
            raise Ended(PAST_BEST)

    def vectors(self, epochs: float, made: Callable[[], Vectors]) -> None:
        """Hands over what scores now."""
        stopped = self.clock()
        queries, items = made()
        self._write(stopped, epochs, queries=np.asarray(queries, np.float32), vectors=np.asarray(items, np.float32))

    def lists(self, epochs: float, made: Callable[[], np.ndarray]) -> None:
        """Hands over (Q, 10) item codes, best first and without the masked, of a model whose scores are no products."""
        stopped = self.clock()
        self._write(stopped, epochs, lists=made())

    def _write(self, stopped: float, epochs: float, **arrays: Any) -> None:
        spent = stopped - self.begun - self.paused
        # Under its own name only when whole.
        unfinished = self.folder / "unfinished.npz"
        np.savez(unfinished, cpu_seconds=spent, epochs=epochs, **arrays)
        unfinished.rename(self.folder / f"point-{self.points:04}.npz")
        self.points += 1
        self.paused += self.clock() - stopped

    def done(self, settings: dict[str, Any], packages: tuple[str, ...], ended: str) -> None:
        """Writes what was run, and why it ended."""
        told = {
            "settings": settings,
            "versions": {name: importlib.metadata.version(name) for name in packages},
            "ended": ended,
            "cpu_seconds": round(self.spent(), 1),
            "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        (self.folder / "done.json").write_text(json.dumps(told))


def options() -> argparse.ArgumentParser:
    """Of every program beside this one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data-set", required=True)
    parser.add_argument("--budget-seconds", type=float, required=True)
    parser.add_argument("--every-seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    return parser
