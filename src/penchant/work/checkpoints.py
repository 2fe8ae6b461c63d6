"""The states of a training's loops as files, to go on from after a crash."""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from ..artifacts.sealed import DTYPES, synced
from ..recipes.parts.course import Course, Kept, digest

log = logging.getLogger(__name__)

NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}
WORTH = 20.0
"""Times the seconds that writing a state took, a training goes on before the next: it costs a twentieth at most."""


class Checkpoints(Course):
    """Under a folder, a file for each loop; it appears whole or not at all.

    `identity` is of the whole training: a state of any other is not gone on with. A state that cannot be written is
    no reason to stop: the training is then as safe as it was before.
    """

    keeps = True

    def __init__(self, folder: Path, identity: str, seconds: float, clock: Callable[[], float] = time.monotonic):
        """`seconds` between two states; with 0 none is kept."""
        self.folder, self.identity, self.seconds, self.clock = folder, identity, seconds, clock
        self.keeps = seconds > 0
        self._pause = seconds
        self._last = clock()
        self._mine: set[Path] = set()

    def kept(self, part: str, identity: str) -> Kept | None:
        path = self.path(part, identity)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="numpy") as file:
                facts = json.loads(file.metadata()["facts"])
                kept = Kept({name: file.get_tensor(name) for name in file.keys()}, facts)  # noqa: SIM118
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            log.warning("the checkpoint %s cannot be read, so the training begins anew: %s", path, error)
            return None
        self._mine.add(path)
        self._last = self.clock()
        return kept

    def due(self, share: float = 1.0) -> bool:
        return self.keeps and self.clock() - self._last >= share * self._pause

    def keep(self, part: str, identity: str, state: Kept) -> None:
        if not self.keeps:
            return
        began, path = time.monotonic(), self.path(part, identity)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_safetensors(draft, state.arrays, {"facts": json.dumps(state.facts)})
            synced(draft)
            os.replace(draft, path)
            synced(self.folder)
            self._mine.add(path)
        except (OSError, SafetensorError) as error:
            log.warning("a checkpoint could not be written to %s: %s", path, error)
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        self._pause = max(self.seconds, WORTH * (time.monotonic() - began))
        self._last = self.clock()

    def forget(self) -> None:
        for path in self._mine:
            path.unlink(missing_ok=True)
        self._mine.clear()

    def path(self, part: str, identity: str) -> Path:
        return self.folder / f"{digest(self.identity, part, identity)}.safetensors"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_mine": set()}


def write_safetensors(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """A safetensors file, array by array. (The library's own writer copies all of them first, which would double what a
    training of a large catalogue takes.) The format is described at `mapped`."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
