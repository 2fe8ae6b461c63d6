"""What a fit may use beside who took what in which order: metadata of items and users, and occasions of events."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.metadata.encoding import Encoding
from penchant.recipes.parts.metadata.features import Features
from penchant.recipes.parts.occasion_features import OccasionFeatures
from penchant.recipes.parts.text.tfidf import silent


@dataclass(frozen=True)
class Knowledge:
    """Of I items and U users."""

    items: Encoding
    item_features: Features
    """(I, ...)."""
    user_features: Features
    """(U, ...)."""
    occasions: OccasionFeatures

    @staticmethod
    def of(data: TrainingSet, breathe: Callable[[], None] = silent) -> "Knowledge":
        """`breathe` is called every second or so."""
        items = Encoding.fit(data.item_columns, len(data.items), breathe)
        users = Encoding.fit(data.user_columns, len(data.users), breathe)
        return Knowledge(
            items,
            items.features(data.item_columns, len(data.items), breathe),
            users.features(data.user_columns, len(data.users), breathe),
            OccasionFeatures.fit(data),
        )

    @property
    def described(self) -> np.ndarray:
        """(I,) bool: of which items the metadata says anything."""
        return self.item_features.some
