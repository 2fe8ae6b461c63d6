"""Runs the programs beside this file, each in a process of its own and on one thread."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .handing import ENOUGH, Split

HERE = Path(__file__).parent
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
SAID = 1_000
"""Characters of what a failed program said last that are told."""
LOOK_SECONDS = 0.5


class Failed(Exception):
    """A training did not come to its end; the message is the last that its program said."""


@dataclass(frozen=True)
class Contender:
    name: str
    program: str
    """The name of a file beside this one."""
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


def train(
    interpreter: Path,
    program: Path,
    arguments: Sequence[str],
    terms: Terms,
    split: Split,
    folder: Path,
    seen: Callable[[Path], bool],
) -> Any:
    """Shows each point of a training as it comes, and ends it once one answers no. What the program tells of itself.

    Raises Failed.
    """
    split.save(folder / "split.npz")
    command = [str(interpreter), str(program), *arguments, "--split", str(folder / "split.npz"), "--out", str(folder)]
    for name, value in vars(terms).items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    wall = time.perf_counter()
    surroundings = os.environ | dict.fromkeys(ONE_THREAD, "1")
    said = folder / "said"
    with said.open("wb") as errors:
        process = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            shown: set[Path] = set()
            ended = False
            while not ended:
                ended = process.poll() is not None  # asked before the look, so that the last look misses nothing
                for path in sorted(set(folder.glob("point-*.npz")) - shown):
                    shown.add(path)
                    if not seen(path):
                        (folder / ENOUGH).touch()
                if not ended:
                    time.sleep(LOOK_SECONDS)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise Failed(" ".join(said.read_text(errors="replace").split())[-SAID:])
    return json.loads((folder / "done.json").read_text()) | {"wall_seconds": round(time.perf_counter() - wall, 1)}
