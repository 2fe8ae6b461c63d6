"""Where item embeddings start: the leading factors of the items' positive pointwise mutual information.

On sparse data this one step is worth more than the choice of architecture: without it, a transformer spends most of its
epochs finding out which items are alike at all.
"""

import numpy as np
import scipy.sparse as sparse

from penchant.recipes.parts.sharing import once
from penchant.recipes.parts.stretches import stacked, stretches
from penchant.recipes.parts.transitions import Breathe, Transitions

WINDOW = 5
CONTEXT_SMOOTHING = 0.75
"""Exponent on context counts, which keeps rare contexts from winning (Levy, Goldberg & Dagan, TACL 2015, 3.1)."""
POWER_ITERATIONS = 4
OVERSAMPLING = 10
ENTRIES_AT_ONCE = 1_000_000
"""Of the matrix, that are worked on in one go."""
NOISE = 0.3
"""Share of random noise in a start vector, so that items with equal neighbours can part."""


def start_vectors(
    transitions: Transitions, size: int, scale: float, rng: np.random.Generator, breathe: Breathe
) -> np.ndarray:
    """(I, size) float32 vectors, each of length about `scale` * sqrt(size); random where an item has no neighbours.

    `breathe` is called while pairs are counted and between the products, of which there are about ten.
    """
    noise = rng.standard_normal((transitions.item_count, size), np.float32) * np.float32(scale)
    breathe()
    matrix = once(transitions, _ppmi, lambda: _ppmi(transitions, breathe))
    breathe()
    factors = _symmetric_factors(matrix, min(size, transitions.item_count), rng, breathe)
    lengths = np.linalg.norm(factors, axis=1, keepdims=True)
    known = lengths[:, 0] > 1e-6
    factors *= scale * np.sqrt(size) / np.maximum(lengths, 1e-6)
    vectors = NOISE * noise
    vectors[:, : factors.shape[1]] += (1 - NOISE / 3) * factors
    vectors[~known] = noise[~known]
    return vectors.astype(np.float32)


def _ppmi(transitions: Transitions, breathe: Breathe) -> sparse.csr_matrix:
    """(I, I) float32."""
    matrix = _both_ways(transitions, breathe)
    total = matrix.data.sum()
    item = np.maximum(matrix @ np.ones(len(matrix.indptr) - 1, np.float32), 1e-9)
    context = item**CONTEXT_SMOOTHING
    context *= total / context.sum()
    for start, stop in stretches(matrix.indptr, ENTRIES_AT_ONCE):
        breathe()
        row = np.repeat(item[start:stop], np.diff(matrix.indptr[start : stop + 1]))
        entries = slice(matrix.indptr[start], matrix.indptr[stop])
        counts = matrix.data[entries]
        counts[:] = np.maximum(np.log(counts * total / (row * context[matrix.indices[entries]])), 0)
    matrix.eliminate_zeros()
    return matrix


def _both_ways(transitions: Transitions, breathe: Breathe) -> sparse.csr_matrix:
    """(I, I) float32, symmetric: what is near to what, whichever comes first."""
    counts = transitions.sparse(range(1, WINDOW + 1), lambda lag, _: 1 / lag, breathe)
    turned, parts = counts.T.tocsr(), []
    for start, stop in stretches(counts.indptr, ENTRIES_AT_ONCE):
        breathe()
        parts.append(counts[start:stop] + turned[start:stop])
    del counts, turned
    return stacked(parts, transitions.item_count)


def _symmetric_factors(matrix: sparse.csr_matrix, size: int, rng: np.random.Generator, breathe: Breathe) -> np.ndarray:
    """U sqrt(S) of the truncated SVD, by subspace iteration (Halko, Martinsson & Tropp, SIAM Review 2011, alg. 4.4)."""
    basis = rng.standard_normal((matrix.shape[0], min(size + OVERSAMPLING, matrix.shape[0])), np.float32)
    for _ in range(POWER_ITERATIONS):
        basis, _ = np.linalg.qr(matrix @ basis)
        breathe()
        basis = matrix.T @ basis
        breathe()
    basis, _ = np.linalg.qr(matrix @ basis)
    left, strength, _ = np.linalg.svd(basis.T @ matrix, full_matrices=False)
    breathe()
    return (basis @ left[:, :size]) * np.sqrt(strength[:size])
