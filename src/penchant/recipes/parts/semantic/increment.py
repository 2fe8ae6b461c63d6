"""The model of semantic similarity with new and changed texts, and with popularity and freshness as they were."""

from collections.abc import Callable, Sequence

import numpy as np

from penchant.recipes.parts.semantic.model import SemanticModel
from penchant.recipes.parts.semantic.vectors import text_vectors
from penchant.recipes.parts.text.encoder import Encoder


def incremented(
    model: SemanticModel,
    places: np.ndarray,
    texts: Sequence[str],
    encoder: Encoder | None,
    breathe: Callable[[float], None],
) -> SemanticModel:
    """Of N items with `texts`, whose codes in `model` are `places` (N,), -1 for new ones: these are neither popular nor
    fresh until the next training. Raises EncoderUnavailable."""
    known = places >= 0

    def carried(values: np.ndarray, missing: float) -> np.ndarray:
        found = np.full(len(places), missing, np.float32)
        found[known] = values[places[known]]
        return found

    behind = float(model.start.min(initial=0)) - 1
    return SemanticModel(
        item_vectors=text_vectors(texts, encoder, breathe),
        item_bias=carried(model.item_bias, 0),
        popularity=carried(model.popularity, 0),
        freshness=carried(model.freshness, 0),
        start=carried(model.start, behind if np.isfinite(behind) else -np.inf),
    )
