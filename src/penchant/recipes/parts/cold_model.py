"""The model of aws-hrnn-coldstart: that of the sequence, and of what people take by what it says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.content import Content, fit_content, means_of, readings
from penchant.recipes.parts.sequence_model import SequenceModel


@dataclass(frozen=True)
class ColdModel(SequenceModel):
    """Every vector, be it of an item, a person or an occasion, has the transformer's numbers first, and then k more:
    an item its content, a person what is liked of contents, anything else zeros."""

    content: Content

    @classmethod
    def of(
        cls,
        model: SequenceModel,
        learnt: TrainingSet,
        known: TrainingSet,
        cold: np.ndarray,
        weight: float,
        breathe: Callable[[], None],
    ) -> Self:
        """`model`, which then answers with items that are `cold` (I,) bool and no others; it still reads all of them.

        What is liked is learnt from the events of `learnt`; `known` has the histories of the model's users. `weight` is
        that of `Content`, and `breathe` is called every second or so.
        """
        features = model.item_tower.features(known.item_columns, len(known.items), breathe)
        reading = readings(features)
        breathe()
        vectors = features @ reading
        content = fit_content(learnt, vectors, cold, weight)
        user_vectors = np.hstack([model.user_vectors, content.of(means_of(known, vectors))])
        item_vectors = np.hstack([model.item_vectors, vectors])
        bias = np.where(cold, model.item_bias, -np.inf).astype(np.float32)
        usual = user_vectors[np.diff(known.offsets) > 0].mean(axis=0)
        more = reading.shape[1]
        same = {field.name: getattr(model, field.name) for field in fields(model)}
        return cls(
            **same
            | {
                "item_vectors": item_vectors,
                "item_bias": bias,
                "item_tower": replace(model.item_tower, weights=np.hstack([model.item_tower.weights, reading])),
                "user_vectors": user_vectors,
                "tastes": wider(model.tastes, more),
                "aim": wider(model.aim, more),
                "occasions": replace(model.occasions, weights=wider(model.occasions.weights, more)),
                # Nobody begins with an item that nobody took; the usual person may tell such items apart.
                "start": item_vectors @ usual + bias,
            },
            content=content,
        )

    def encode_many(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """(B, d + k) float32."""
        states = super().encode_many(histories)
        contents = self.item_vectors[:, states.shape[1] :]
        means = np.zeros((len(histories), contents.shape[1]), np.float32)
        for row, history in enumerate(histories):
            if len(history):
                means[row] = contents[history].mean(axis=0)
        return np.hstack([states, self.content.of(means)])


def wider(vectors: np.ndarray, more: int) -> np.ndarray:
    """With as many zeros behind each."""
    return np.pad(vectors, [(0, 0)] * (vectors.ndim - 1) + [(0, more)])
