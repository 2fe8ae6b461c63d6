"""Texts as short vectors without a language model: TF-IDF over words and pieces of words, then a truncated SVD.

Latent semantic analysis (Deerwester et al., JASIS 1990). Terms are known by the hash of their letters alone, so that
what is learnt is three arrays, and a text that comes later is read with them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse as sparse

SIZE = 128
"""Numbers in a vector, at most."""
HASHES = 2**20
"""Places for words, and as many for their pieces: of 50,000 terms, one in twenty shares its place."""
TERMS = 50_000
"""Terms that are kept, the commonest: their vectors are 25 MB."""
READ = 4_000
"""Letters of a text that are read for words."""
SPELT = 200
"""And for pieces of words, which find codes, brands and compounds; ten times as many terms as words."""
PIECE = (3, 4)
PIECES_WEIGH = 0.5
LEARNT_FROM = 100_000
"""Texts that the SVD is of; the rest are only read."""
POWER_ITERATIONS = 2
OVERSAMPLING = 10
AT_ONCE = 5_000
"""Texts read at a time, which takes about a second."""


def silent() -> None:
    pass


@dataclass(frozen=True)
class Tfidf:
    terms: np.ndarray
    """(T,) int32 hashes, ascending."""
    idf: np.ndarray
    """(T,) float32."""
    factors: np.ndarray
    """(T, D) float32; D is 0 where there is no text to learn from."""

    @staticmethod
    def fit(texts: Sequence[str], breathe: Callable[[], None] = silent) -> "Tfidf":
        """Of texts of which some may be "". Deterministic. `breathe` is called every second or so."""
        import scipy.sparse as sparse

        rng = np.random.default_rng(0)
        rows = np.flatnonzero([bool(text) for text in texts])
        if len(rows) > LEARNT_FROM:
            rows = np.sort(rng.choice(rows, LEARNT_FROM, replace=False))
        if not len(rows):
            return NOTHING
        parts = []
        for start in range(0, len(rows), AT_ONCE):
            parts.append(hashed([texts[row] for row in rows[start : start + AT_ONCE].tolist()]))
            breathe()
        counts = sparse.vstack(parts, format="csr")
        containing = np.bincount(counts.indices, minlength=counts.shape[1])
        # What one text alone contains relates it to no other.
        kept = np.flatnonzero(containing >= 2)
        kept = np.sort(kept[np.argsort(-containing[kept], kind="stable")[:TERMS]])
        if not len(kept):
            return NOTHING
        idf = (np.log((1 + len(rows)) / (1 + containing[kept])) + 1).astype(np.float32)
        matrix = _weighed(counts[:, kept], idf)
        return Tfidf(kept.astype(np.int32), idf, _leading(matrix, min(SIZE, *matrix.shape), rng, breathe))

    def vectors(self, texts: Sequence[str], breathe: Callable[[], None] = silent) -> np.ndarray:
        """(N, D) float32 of length 1, or 0 for a text without a term that is known."""
        parts = [np.zeros((0, self.factors.shape[1]), np.float32)]
        for start in range(0, len(texts) if self.factors.size else 0, AT_ONCE):
            breathe()
            counts = _known(hashed(texts[start : start + AT_ONCE]), self.terms)
            parts.append(unit(_weighed(counts, self.idf) @ self.factors))
        if not self.factors.size:
            parts.append(np.zeros((len(texts), 0), np.float32))
        return np.concatenate(parts)


NOTHING = Tfidf(np.empty(0, np.int32), np.empty(0, np.float32), np.empty((0, 0), np.float32))


def unit(vectors: np.ndarray) -> np.ndarray:
    """The same directions of length 1; what is nearly 0 is 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, vectors / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def hashed(texts: Sequence[str]) -> "sparse.csr_matrix":
    """(N, 2 HASHES) float32, N > 0: how often each word and each piece of a word is in each text, damped."""
    import scipy.sparse as sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    same: dict[str, Any] = {"n_features": HASHES, "norm": None, "alternate_sign": False, "dtype": np.float32}
    words = HashingVectorizer(token_pattern=r"(?u)\w+", strip_accents="unicode", **same)
    pieces = HashingVectorizer(analyzer="char_wb", ngram_range=PIECE, strip_accents="unicode", **same)
    whole = _damped(words, (text[:READ] for text in texts))
    spelt = _damped(pieces, (text[:SPELT] for text in texts))
    return sparse.hstack([whole, PIECES_WEIGH * spelt], format="csr")


def _damped(vectorizer: Any, texts: Iterable[str]) -> "sparse.csr_matrix":
    """1 + log of the counts, each row of length 1: a long description is not more than a short one."""
    from sklearn.preprocessing import normalize

    counts = vectorizer.transform(texts)
    counts.data = 1 + np.log(counts.data)
    return normalize(counts)


def _weighed(counts: "sparse.csr_matrix", idf: np.ndarray) -> "sparse.csr_matrix":
    from sklearn.preprocessing import normalize

    weighed = counts.copy()
    weighed.data *= idf[weighed.indices]
    return normalize(weighed, copy=False)


def _known(counts: "sparse.csr_matrix", terms: np.ndarray) -> "sparse.csr_matrix":
    """The columns of `terms`. Without a copy of all the columns there might be, as indexing makes one."""
    import scipy.sparse as sparse

    places = np.minimum(np.searchsorted(terms, counts.indices), len(terms) - 1)
    known = terms[places] == counts.indices
    offsets = np.concatenate([[0], np.cumsum(known)])[counts.indptr]
    return sparse.csr_matrix((counts.data[known], places[known], offsets), (counts.shape[0], len(terms)))


def _leading(
    matrix: "sparse.csr_matrix", size: int, rng: np.random.Generator, breathe: Callable[[], None]
) -> np.ndarray:
    """(T, size) float32 right singular vectors, by subspace iteration (Halko, Martinsson & Tropp, SIAM Review 2011)."""
    basis = rng.standard_normal((matrix.shape[1], min(size + OVERSAMPLING, *matrix.shape)), np.float32)
    for _ in range(POWER_ITERATIONS):
        basis, _ = np.linalg.qr(matrix @ basis)
        breathe()
        basis = matrix.T @ basis
        breathe()
    basis, _ = np.linalg.qr(matrix @ basis)
    breathe()
    _, _, right = np.linalg.svd(basis.T @ matrix, full_matrices=False)
    return np.ascontiguousarray(right[:size].T, np.float32)
