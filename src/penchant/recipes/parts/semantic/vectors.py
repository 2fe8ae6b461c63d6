"""Vectors of the items' texts: TF-IDF, and beside it a language model where one was chosen."""

from collections.abc import Callable, Sequence

import numpy as np

from penchant.recipes.parts.text.encoder import Encoder
from penchant.recipes.parts.text.tfidf import Tfidf, unit

MEANING, WORDS = 0.7, 0.3
"""What the two cosines count where there are both: a language model knows what words mean, TF-IDF knows names and
codes."""
SIZE = 128
"""Numbers that are kept of a language model's vector."""
WHITENED = 0.25
"""Exponent of the variance that each direction is divided by. 0.5 would make all alike, noise too."""
LEARNT_FROM = 100_000


def text_vectors(texts: Sequence[str], encoder: Encoder | None, breathe: Callable[[float], None]) -> np.ndarray:
    """(N, d) float32 of length 1; 0 for "". Raises EncoderUnavailable."""
    words = Tfidf.fit(texts, lambda: breathe(0.0)).vectors(texts, lambda: breathe(0.0))
    if encoder is None:
        return words
    meaning = whitened(encoder.vectors(texts, breathe))
    return unit(np.concatenate([np.sqrt(MEANING) * meaning, np.sqrt(WORDS) * words], axis=1))


def whitened(vectors: np.ndarray) -> np.ndarray:
    """(N, <= SIZE) of length 1, without what all have in common, which makes every two texts seem alike.

    After Su et al., "Whitening sentence representations" (2021). What is 0 stays 0.
    """
    some = np.asarray(vectors.any(axis=1))
    learnt = vectors[some][:: max(1, int(some.sum()) // LEARNT_FROM)].astype(np.float64)
    if len(learnt) < 2:
        return unit(vectors)
    centre = learnt.mean(axis=0)
    learnt -= centre
    variance, directions = np.linalg.eigh(learnt.T @ learnt / len(learnt))
    variance, directions = variance[::-1][:SIZE], directions[:, ::-1][:, :SIZE]
    real = np.flatnonzero(variance > 1e-9 * max(float(variance[0]), 1e-12))
    projection = (directions[:, real] * variance[real] ** -WHITENED).astype(np.float32)
    return np.where(some[:, None], unit((vectors - centre.astype(np.float32)) @ projection), 0).astype(np.float32)
