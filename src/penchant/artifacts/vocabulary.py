"""Ids and their codes, as two arrays: looked up by bisection in the mapped bytes; opening builds no dictionary."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

KEPT_IDS = 16_384
"""In about 1.5 MB: the first that are asked for, which are mostly those that are asked for most. To make place for
others would cost more than it gains."""


@dataclass(frozen=True)
class Vocabulary:
    """Ids in the order of their UTF-8 bytes (the same order as by code point). The code of an id is its place."""

    text: np.ndarray
    """uint8: the UTF-8 bytes of all ids, one after another."""
    offsets: np.ndarray
    """(N + 1,) int64: id `code` is `text[offsets[code]:offsets[code + 1]]`."""

    @classmethod
    def of(cls, ids: Sequence[str]) -> "Vocabulary":
        """`ids` must be sorted and distinct."""
        encoded = [id_.encode() for id_ in ids]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        text = np.frombuffer(b"".join(encoded), np.uint8)
        return cls(text, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def id(self, code: int) -> str:
        return self[code].decode()

    def ids(self, codes: Sequence[int]) -> list[str]:
        """Of several codes. Most answers are of the same few items, whose ids are kept as texts."""
        text, cuts, known = self._bytes, self._cuts, self._known
        kept = known.get
        found = [kept(code) or str(text[cuts[code] : cuts[code + 1]], "utf-8") for code in codes]
        if len(known) < KEPT_IDS:
            known.update(zip(codes, found, strict=True))
        return found

    def code(self, id_: str) -> int | None:
        """None for an id that is not here."""
        key = id_.encode()
        place = bisect_left(self, key)
        return place if place < len(self) and self[place] == key else None

    def __getitem__(self, code: int) -> bytes:
        begin, end = self._cuts[code : code + 2]
        return self._bytes[begin:end].tobytes()

    @cached_property
    def _known(self) -> dict[int, str]:
        return {}

    @cached_property
    def _bytes(self) -> memoryview:
        """Memory views give single numbers and short stretches in half the time of arrays."""
        return self.text.data

    @cached_property
    def _cuts(self) -> memoryview:
        return self.offsets.data

    def state(self, name: str) -> dict[str, np.ndarray]:
        return {f"{name}.text": self.text, f"{name}.offsets": self.offsets}

    @staticmethod
    def from_state(arrays: Mapping[str, np.ndarray], name: str) -> "Vocabulary":
        text, offsets, first = arrays[f"{name}.text"], arrays[f"{name}.offsets"], arrays.get(f"{name}.first")
        return Vocabulary(text, offsets) if first is None else GrownVocabulary(text, offsets, int(first[0]))


@dataclass(frozen=True)
class GrownVocabulary(Vocabulary):
    """Ids that came later stand behind those that were there, so that these keep their codes; both parts are sorted."""

    first: int
    """How many there were."""

    @classmethod
    def following(cls, known: Sequence[str], later: Sequence[str]) -> "GrownVocabulary":
        """Each of the two is sorted, and no id is in both."""
        both = Vocabulary.of([*known, *later])
        return cls(both.text, both.offsets, len(known))

    def code(self, id_: str) -> int | None:
        key = id_.encode()
        for begin, end in ((0, self.first), (self.first, len(self))):
            place = bisect_left(self, key, begin, end)
            if place < end and self[place] == key:
                return place
        return None

    def state(self, name: str) -> dict[str, np.ndarray]:
        return super().state(name) | {f"{name}.first": np.array([self.first])}
