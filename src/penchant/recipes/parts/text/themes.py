"""What the items of a list have in common, in a few words, and how well each fits them.

Without a language model: a theme is the label or the phrase that is in many of the list's items and in few of the
catalogue's, by the class-based TF-IDF of Grootendorst, "BERTopic" (2022). How well an item fits is the cosine of its
text and the theme, by TF-IDF or by the language model that the operator chose.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penchant.recipes.parts.text.encoder import Encoder
from penchant.recipes.parts.text.tfidf import Tfidf, unit

WORDS_AT_MOST = 3
READ = 2_000
"""Letters of a text that phrases are looked for in."""
SHARED_BY = 2
"""Items that a phrase must be in, to be what they have in common."""
BREADTH = 1.5
"""Exponent of the share of the list's items that have a phrase. With 1, as in BERTopic, a rare phrase of a third of
them goes before a label of all."""
SECOND = 0.6
"""Of the best one's weight, from which another phrase becomes the second half of a theme."""
LONGER = 0.8
"""Of the items that have a phrase: where so many have a longer one that contains it, that one is meant."""


@dataclass(frozen=True)
class Described:
    """What is said of an item."""

    name: str
    texts: str
    """Its name and its texts, one after the other; "" where nothing is said."""
    labels: tuple[str, ...]
    """Values of its categories."""

    @property
    def whole(self) -> str:
        return " ".join((self.texts, *self.labels)).strip()


@dataclass(frozen=True)
class Themes:
    catalogue: Sequence[Described]
    """The items, or a sample of them, that a list is held against."""
    encoder: Encoder | None = None

    @cached_property
    def _common(self) -> Counter[str]:
        """How many items of the catalogue have each phrase and label, in small letters."""
        found: Counter[str] = Counter()
        for item in self.catalogue:
            found.update(said(item).keys())
        return found

    @cached_property
    def _tfidf(self) -> Tfidf:
        return Tfidf.fit([item.whole for item in self.catalogue])

    def theme(self, items: Sequence[Described]) -> str | None:
        """None where no two of the items have a phrase or a label in common."""
        has: Counter[str] = Counter()
        spelt: dict[str, Counter[str]] = {}
        for item in items:
            for phrase, written in said(item).items():
                has[phrase] += 1
                spelt.setdefault(phrase, Counter())[written] += 1
        known = max(1, len(self.catalogue))
        weights = {
            phrase: (count / len(items)) ** BREADTH * np.log1p(known / max(1, self._common[phrase]))
            for phrase, count in has.items()
            if count >= SHARED_BY
        }
        order = sorted(weights, key=lambda phrase: (-weights[phrase], -len(phrase), phrase))
        if not order:
            return None
        best = longest(order[0], order, has)
        others = (longest(phrase, order, has) for phrase in order if weights[phrase] >= SECOND * weights[order[0]])
        second = next((phrase for phrase in others if not set(phrase.split()) & set(best.split())), None)
        words = [spelt[phrase].most_common(1)[0][0] for phrase in (best, second) if phrase]
        theme = " and ".join(words)
        return theme[0].upper() + theme[1:]

    def relevance(self, theme: str, items: Sequence[Described], breathe: Callable[[float], None]) -> np.ndarray:
        """(N,) float32 cosines of each item with a theme, 0 for an item of which nothing is said. Raises
        EncoderUnavailable."""
        texts = [theme, *(item.whole for item in items)]
        encoder = self.encoder
        vectors = self._tfidf.vectors(texts) if encoder is None else unit(encoder.vectors(texts, breathe))
        return np.asarray(vectors[1:] @ vectors[0], np.float32)


def said(item: Described) -> dict[str, str]:
    """The labels of an item and the phrases of its texts: in small letters, and as they are written first."""
    found: dict[str, str] = {}
    for label in item.labels:
        found.setdefault(label.lower(), label)
    for run in runs(item.texts[:READ]):
        for size in range(1, WORDS_AT_MOST + 1):
            for start in range(len(run) - size + 1):
                written = " ".join(run[start : start + size])
                found.setdefault(written.lower(), written)
    return found


def runs(text: str) -> list[list[str]]:
    """Words of a text in stretches that no punctuation, stop word or number parts."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found: list[list[str]] = [[]]
    for token in re.findall(r"\w[\w'’-]*|[^\w\s]", text):
        if len(token) < 2 or token.isdigit() or token.lower() in ENGLISH_STOP_WORDS:
            found.append([])
        else:
            found[-1].append(token)
    return [run for run in found if run]


def longest(phrase: str, order: Sequence[str], has: Counter[str]) -> str:
    """The longest phrase around one that nearly all of its items have: "star wars" for "wars"."""
    around = [each for each in order if f" {phrase} " in f" {each} " and has[each] >= LONGER * has[phrase]]
    return max(around, key=lambda each: (len(each.split()), has[each]), default=phrase)
