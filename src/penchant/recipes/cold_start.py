"""aws-hrnn-coldstart: new items, and no others, in the order a user will most likely want them."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np

from penchant.lake.grown import Grown
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Progress
from penchant.recipes.features import ColdStart
from penchant.recipes.parts import course
from penchant.recipes.parts.ages import born, newest
from penchant.recipes.parts.cold_model import ColdModel
from penchant.recipes.parts.recency import DAY
from penchant.recipes.parts.settings import Settings
from penchant.recipes.recurrent import Recurrent

FEWEST, MOST = 100, 80_000
"""Cold items that Amazon permitted."""
HIDDEN_IDS = 0.5
"""Metadata has to stand alone in every answer, so it does in half of what is learnt from."""
CONTENT_WEIGHT = 1.0
"""Standard deviation of what metadata alone adds to the logits. To choose it, a fifth of the items with events was
hidden from MovieLens-1M: what people ever took of these is foretold the better the more it weighs, up to 3 and beyond,
and what they took in the last fifth of their history the better the less. With 1, three quarters of what there is to
gain of the former are gained, for a twentieth of the latter."""
EPOCHS, FEWEST_EPOCHS = 0.3, 3
"""Share of the usual epochs, and the least: what metadata says is soon learnt, and the usual width of this recipe takes
two or three times the time of others."""
SEQUENCE_TAKES = 0.95
"""Of the time of a fit."""


@dataclass(frozen=True)
class HrnnColdstart(Recurrent):
    """The model of aws-hrnn-metadata and what people take by what it says of itself, restricted to items that are cold:
    few events, and young.

    An item without events counts as cold as well. Amazon's guide speaks of items that have interactions; its own
    notebook on new items, and the answers recorded from it, are about items that have none.
    """

    name: ClassVar[str] = "aws-hrnn-coldstart"
    model: ClassVar[type[Model]] = ColdModel
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = (
        "Retired. Model of each user's history that recommends items with few interactions only."
    )
    feature_transformation: ClassVar[str] = "featurize_coldstart"
    feature_parameters: ClassVar[type] = ColdStart
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    listed: ClassVar[bool] = False

    def fit(self, data: TrainingSet, progress: Progress) -> ColdModel:
        cold = self.cold(data)
        of_sequence = super().fit(data, lambda done, message: progress(SEQUENCE_TAKES * done, message))
        breathe = partial(progress, SEQUENCE_TAKES, "Learning what is liked of metadata")
        breathe()
        model = ColdModel.of(of_sequence, self.learnt(data), data, cold, CONTENT_WEIGHT, breathe)
        progress(1.0, "Trained")
        return model

    def profile(self, settings: Settings) -> Settings:
        epochs = max(FEWEST_EPOCHS, round(EPOCHS * settings.epochs))
        return super().profile(replace(settings, hidden_ids=HIDDEN_IDS, epochs=epochs))

    def settled(self, model: ColdModel, grown: Grown) -> ColdModel:
        """New items that are not cold are read and not answered, as those that were trained with."""
        later, now = grown.later(), self.now(grown.data)
        few = np.bincount(later.item, minlength=len(later.items)) < self.features.cold_start_max_interactions
        young = now - born(later, now) <= self.features.cold_start_max_duration * DAY
        bias, start = model.item_bias.copy(), model.start.copy()
        bias[grown.items :][~(few & young)] = -np.inf
        usual = model.user_vectors[np.diff(grown.data.offsets) > 0].mean(axis=0)
        other = np.append(grown.redescribed, np.arange(grown.items, len(start)))
        start[other] = model.item_vectors[other] @ usual + bias[other]
        return replace(model, item_bias=bias, start=start)

    def now(self, data: TrainingSet) -> float:
        """What ages are told from; seconds since the epoch."""
        return course.current().began if self.features.cold_start_relative_from == "currentTime" else newest(data)

    def cold(self, data: TrainingSet) -> np.ndarray:
        """(I,) bool. Raises InsufficientData for fewer or more than Amazon permitted, and as `learnt` does."""
        self.learnt(data)
        few = np.bincount(data.item, minlength=len(data.items)) < self.features.cold_start_max_interactions
        now = self.now(data)
        young = now - born(data, now) <= self.features.cold_start_max_duration * DAY
        count = int((few & young).sum())
        if not FEWEST <= count <= MOST:
            raise InsufficientData(
                f"Create failed. The number of cold items must be between {FEWEST} and {MOST}, but it is {count}. "
                "Change cold_start_max_interactions or cold_start_max_duration."
            )
        return few & young
