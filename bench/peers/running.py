"""Runs the programs beside this file, each in a process of its own and on one thread."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .handing import Split

HERE = Path(__file__).parent
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
SAID = 1_000
"""Characters of what a failed program said last that are told."""


class Failed(Exception):
    """A training did not come to its end; the message is the last that its program said."""


@dataclass(frozen=True)
class Contender:
    name: str
    program: str
    """The name of a file beside this one."""
    runs: tuple[tuple[str, ...], ...] = ((),)
    """Arguments of each training that makes points of its curve."""
    ours: bool = False
    checkout: bool = False
    """Whether it needs a checkout of its repository."""


@dataclass(frozen=True)
class Terms:
    """What is the same for all trainings of a comparison."""

    data_set: str
    budget_seconds: float
    every_seconds: float
    seed: int


def train(interpreter: Path, program: Path, arguments: Sequence[str], terms: Terms, split: Split, folder: Path) -> Any:
    """Leaves the points of one training in the folder. What the program tells of itself. Raises Failed."""
    split.save(folder / "split.npz")
    command = [str(interpreter), str(program), *arguments, "--split", str(folder / "split.npz"), "--out", str(folder)]
    for name, value in vars(terms).items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    wall = time.perf_counter()
    surroundings = os.environ | dict.fromkeys(ONE_THREAD, "1")
    done = subprocess.run(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failed(" ".join(done.stderr.split())[-SAID:])
    return json.loads((folder / "done.json").read_text()) | {"wall_seconds": round(time.perf_counter() - wall, 1)}
