"""Finds equal rows among very many without holding them: by a 128-bit hash of each, spilled to disk past a limit."""

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

IN_MEMORY = 8_000_000
"""Rows whose hashes are held in memory (24 bytes each) before they are spilled."""
_BUCKETS_BITS = 6
_RECORD = np.dtype([("first", np.uint64), ("second", np.uint64), ("row", np.int64)])
_SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_EXISTING = -1


class Duplicates:
    """Hashes of rows, numbered from 0 in the order they are added or as they come, and of rows that were before them.

    `columns` are those that must be equal. Of equal rows the `keep` one stays; with "first", a row that was there
    before stays and all new ones go. Two rows that differ pass for equal with a chance below 1e-19 per billion rows.
    """

    def __init__(self, columns: list[str], keep: Literal["first", "last"], in_memory: int = IN_MEMORY) -> None:
        self._columns, self._keep, self._in_memory = columns, keep, in_memory
        self._held: list[np.ndarray] = []
        self._held_rows = 0
        self._rows = 0
        self._spill: tempfile.TemporaryDirectory[str] | None = None

    def add(self, frame: pl.DataFrame, numbers: np.ndarray | None = None) -> None:
        """`numbers`, (rows,) int64 from 0, name the rows and tell which is before which, if not the order of adding."""
        self._hold(frame, np.arange(self._rows, self._rows + len(frame)) if numbers is None else numbers)
        self._rows += len(frame)

    def add_existing(self, frame: pl.DataFrame) -> None:
        self._hold(frame, np.full(len(frame), _EXISTING))

    def dropped(self) -> np.ndarray:
        """Ascending numbers of the added rows that do not stay. Forgets everything."""
        if self._spill is None:
            held = self._held_records()
            return self._resolve(held)
        try:
            self._spill_held()
            files = sorted(Path(self._spill.name).iterdir())
            found = [self._resolve(np.fromfile(file, _RECORD)) for file in files]
            return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
        finally:
            self.close()

    def close(self) -> None:
        self._held, self._held_rows = [], 0
        if self._spill:
            self._spill.cleanup()
            self._spill = None

    def _hold(self, frame: pl.DataFrame, rows: np.ndarray) -> None:
        records = np.empty(len(frame), _RECORD)
        keys = frame.select(self._columns)
        records["first"], records["second"] = (keys.hash_rows(seed).to_numpy() for seed in _SEEDS)
        records["row"] = rows
        self._held.append(records)
        self._held_rows += len(records)
        if self._held_rows > self._in_memory:
            self._spill_held()

    def _held_records(self) -> np.ndarray:
        held = np.concatenate(self._held) if self._held else np.empty(0, _RECORD)
        self._held, self._held_rows = [], 0
        return held

    def _spill_held(self) -> None:
        # Equal rows have equal hashes, so they meet in the same bucket; buckets are resolved one at a time.
        self._spill = self._spill or tempfile.TemporaryDirectory(prefix="penchant-duplicates-")
        records = self._held_records()
        bucket = (records["first"] >> np.uint64(64 - _BUCKETS_BITS)).astype(np.uint8)
        order = np.argsort(bucket, kind="stable")
        cuts = np.searchsorted(bucket[order], np.arange(2**_BUCKETS_BITS + 1))
        for number, (start, end) in enumerate(pairwise(cuts)):
            with (Path(self._spill.name) / f"{number:02}").open("ab") as file:
                records[order[start:end]].tofile(file)

    def _resolve(self, records: np.ndarray) -> np.ndarray:
        ordered = np.sort(records["first"])
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if not len(twice):
            return np.empty(0, np.int64)
        place = np.minimum(np.searchsorted(twice, records["first"]), len(twice) - 1)
        candidates = records[twice[place] == records["first"]]
        candidates = candidates[np.lexsort((candidates["row"], candidates["second"], candidates["first"]))]
        same = (candidates["first"][1:] == candidates["first"][:-1]) & (
            candidates["second"][1:] == candidates["second"][:-1]
        )
        goes = np.concatenate([[False], same]) if self._keep == "first" else np.concatenate([same, [False]])
        rows = candidates["row"][goes]
        return np.sort(rows[rows != _EXISTING])
