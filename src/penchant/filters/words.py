"""Distinct texts and their codes, found by hash: 20 bytes for a text beside its own, and no object for any of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from ..artifacts.vocabulary import Vocabulary
from .places import ABSENT, beginnings, free_of, places_of
from .prints import free_of_listed, prints_of_column


@dataclass(frozen=True, eq=False)
class Index:
    """From the hash of a text to the codes that may be its. It holds no texts, so whoever asks has to compare them."""

    hashes: np.ndarray
    """(N,) int64, ascending."""
    codes: np.ndarray
    """(N,) int32: the code of the text that has the hash."""

    @classmethod
    def of(cls, texts: Iterable[str], first: int = 0) -> "Index":
        """The codes count up from `first`. Of this process only: another one hashes otherwise."""
        hashes = np.fromiter(map(hash, texts), np.int64)
        order = np.argsort(hashes)
        return cls(hashes[order], (order + first).astype(np.int32))

    def find(self, texts: Sequence[str], text_of: Callable[[int], str]) -> list[int | None]:
        """The code of each text, None for one that is not here. `text_of` says what text a code is of."""
        if not len(self.hashes):
            return [None] * len(texts)
        places = self._places(np.fromiter(map(hash, texts), np.int64, len(texts)))
        codes = self.codes.take(places).tolist()
        found: list[int | None] = codes
        for at, (text, code, place) in enumerate(zip(texts, codes, places.tolist(), strict=True)):
            if place == ABSENT:
                found[at] = None
            elif text_of(code) != text:
                found[at] = self.next(text, place, text_of)
        return found

    def _places(self, hashes: np.ndarray) -> np.ndarray:
        """(n,) int64 into `self.hashes`, ABSENT for a hash that is not here."""
        begin, shift = self._beginnings
        return places_of(hashes, self.hashes, begin, shift)

    @cached_property
    def _beginnings(self) -> tuple[np.ndarray, int]:
        return beginnings(self.hashes)

    def next(self, text: str, place: int, text_of: Callable[[int], str]) -> int | None:
        """Behind a place where another text has the same hash."""
        wanted = self.hashes[place]
        for other in range(place + 1, len(self.hashes)):
            if self.hashes[other] != wanted:
                break
            if text_of(code := int(self.codes[other])) == text:
                return code
        return None

    def extended(self, texts: Sequence[str]) -> "Index":
        more = Index.of(texts, len(self.codes))
        places = self.hashes.searchsorted(more.hashes)
        return Index(np.insert(self.hashes, places, more.hashes), np.insert(self.codes, places, more.codes))


@dataclass(frozen=True, eq=False)
class Words:
    """The code of a text is its place."""

    texts: pl.Series
    index: Index
    prints: np.ndarray
    """(N,) int64 of each code: see `prints.py`."""

    @classmethod
    def of(cls, texts: Sequence[str] | pl.Series) -> "Words":
        """`texts` must be distinct; they need not be sorted."""
        series = pl.Series(texts, dtype=pl.String)
        return cls(series, Index.of(series.to_list()), prints_of_column(series))

    @classmethod
    def of_vocabulary(cls, vocabulary: Vocabulary) -> "Words":
        """With the codes of the vocabulary."""
        # Cut out of the bytes without an object for any of them: four times as fast as to decode one at a time.
        cuts = pl.DataFrame({"begin": vocabulary.offsets[:-1], "length": np.diff(vocabulary.offsets)})
        text = pl.lit(vocabulary.text.tobytes()).bin.slice(pl.col("begin"), pl.col("length"))
        return cls.of(cuts.select(text.cast(pl.String)).to_series())

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, code: int) -> str:
        return self.texts[code]

    def code(self, text: str) -> int | None:
        """None for a text that is not here."""
        return self.codes([text])[0]

    def codes(self, texts: Sequence[str]) -> list[int | None]:
        return self.index.find(texts, self.texts.item)

    def extended(self, texts: Iterable[str]) -> "Words":
        """With those of the texts that are not here yet, behind the others."""
        given = list(dict.fromkeys(texts))
        new = [text for text, code in zip(given, self.codes(given), strict=True) if code is None]
        if not new:
            return self
        more = pl.Series(new, dtype=pl.String)
        return Words(
            pl.concat([self.texts, more], rechunk=True),
            self.index.extended(new),
            np.concatenate([self.prints, prints_of_column(more)]),
        )

    def free_of(self, codes: np.ndarray, unwanted: np.ndarray) -> np.ndarray:
        """(n,) bool: which of `codes` (n,) have none of the prints `unwanted` (M,). No text is looked at."""
        return free_of(codes, self.prints, unwanted)

    def free_of_listed(self, codes: np.ndarray, listed: bytes) -> np.ndarray:
        """The same of texts in UTF-8 with commas between them, in a single call of compiled code."""
        return free_of_listed(codes, self.prints, listed)
