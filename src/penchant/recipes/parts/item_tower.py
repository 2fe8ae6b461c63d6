"""What a model keeps of its tower over metadata of items, as arrays: enough to place items that come later."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from penchant.lake.attributes import Columns

if TYPE_CHECKING:
    from penchant.recipes.parts.metadata.encoding import Encoding
    from penchant.recipes.parts.metadata.features import Features


@dataclass(frozen=True)
class ItemTower:
    """The arrays of an Encoding side by side: a served model needs no SciPy until an item comes."""

    values: np.ndarray
    """(V,) uint64."""
    scaled: np.ndarray
    """(K,) uint64."""
    marks: np.ndarray
    """(K, M) float64."""
    terms: np.ndarray
    """(T,) int32."""
    idf: np.ndarray
    """(T,) float32."""
    factors: np.ndarray
    """(T, D) float32."""
    weights: np.ndarray
    """(V + K M + D, d) float32, which the features of an item are multiplied by; (0, d) where there is no metadata."""

    @classmethod
    def of(cls, encoding: "Encoding", weights: np.ndarray) -> Self:
        values, scales, texts = encoding.values, encoding.scales, encoding.texts
        return cls(values.known, scales.columns, scales.marks, texts.terms, texts.idf, texts.factors, weights)

    def vectors(self, columns: Columns, count: int) -> tuple[np.ndarray, np.ndarray]:
        """(N, d) float32 of `count` items in rows of `columns`, and of which of them anything is known, (N,) bool."""
        if not len(self.weights):
            return np.zeros((count, self.weights.shape[1]), np.float32), np.zeros(count, bool)
        features = self.features(columns, count)
        return features @ self.weights, features.some

    def features(self, columns: Columns, count: int, breathe: Callable[[], None] = lambda: None) -> "Features":
        """(N, ...) of `count` items in rows of `columns`. `breathe` is called every second or so."""
        from penchant.recipes.parts.metadata.encoding import Encoding
        from penchant.recipes.parts.metadata.scales import Scales
        from penchant.recipes.parts.metadata.values import Values
        from penchant.recipes.parts.text.tfidf import Tfidf

        texts = Tfidf(self.terms, self.idf, self.factors)
        encoding = Encoding(Values(self.values), Scales(self.scaled, self.marks), texts)
        return encoding.features(columns, count, breathe)
