"""What the recipes of Amazon's first years share: the hyperparameters of a recurrent network, read by a transformer.

The engine is that of the v2 recipes. `hidden_dimension` is the width of its vectors, `bptt` sets how far back it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import MINIMUM_USERS, InsufficientData, Model, Progress, Recipe, param, require_sufficient
from penchant.recipes.features import HistoryLengths
from penchant.recipes.parts.percentiles import usual_users
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.sharing import once

EVENTS_PER_STEP = 6
"""Events read for each step of `bptt`: a transformer needs no steps, and users of 32 expect long histories to count."""
LIMITS = (12, 200)


@dataclass(frozen=True)
class Recurrent(Recipe):
    """Learns from users whose histories are of usual length; the others are still answered by their histories."""

    model: ClassVar[type[Model]] = SequenceModel
    created: ClassVar[str] = "2019-06-10"
    feature_parameters: ClassVar[type] = HistoryLengths
    scores_shown: ClassVar[bool] = True
    real_time: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")

    portfolio: ClassVar[tuple[Mapping[str, bool | int | float | str], ...]] = (
        {"hidden_dimension": 64, "bptt": 32, "recency_mask": True},
        {"hidden_dimension": 64, "bptt": 8, "recency_mask": True},
        {"hidden_dimension": 96, "bptt": 16, "recency_mask": False},
        {"hidden_dimension": 32, "bptt": 32, "recency_mask": True},
        {"hidden_dimension": 224, "bptt": 16, "recency_mask": True},
    )

    # After a ninth of the epochs the wide are ahead because they learn faster; it is they that learn by heart later.
    shortest: ClassVar[float] = 0.3
    learns: ClassVar[bool] = True

    effort: float = field(default=1.0, kw_only=True)
    """Share of the epochs that a whole training has."""

    hidden_dimension: int = param(149, 32, 256, tunable=True, help="Width of the model's layers.")
    bptt: int = param(32, 2, 32, tunable=True, help="Steps of a history through which the model learns back in time.")
    recency_mask: bool = param(True, tunable=True, help="Whether the newest trends of popularity weigh more.")

    def fit(self, data: TrainingSet, progress: Progress) -> SequenceModel:
        from penchant.recipes.parts import slit
        from penchant.recipes.parts.sequence_fit import fit_sequence_model

        learnt = once(data, self.features, lambda: self.learnt(data))
        settings = self.profile(settings_for(learnt, slit.LARGEST_CATALOGUE))
        return fit_sequence_model(learnt, progress, recency=self.recency_mask, settings=settings, known=data)

    def briefly(self, data: TrainingSet, share: float) -> tuple[Recipe, TrainingSet] | None:
        """Fewer epochs: of fewer users, the right width would be another."""
        return replace(self, effort=share), data

    def learnt(self, data: TrainingSet) -> TrainingSet:
        """The events that are learnt from, users and items in the same codes. Raises InsufficientData."""
        require_sufficient(data)
        low = self.features.min_user_history_length_percentile
        high = self.features.max_user_history_length_percentile
        learnt = data.keep(usual_users(data, low, high))
        if (np.diff(learnt.offsets) >= 2).sum() < MINIMUM_USERS:
            raise InsufficientData(
                f"Create failed. Dataset has fewer than {MINIMUM_USERS} users with at least 2 interactions each after "
                f"filtering by history length percentile: {low} to {high}"
            )
        return learnt

    def profile(self, settings: Settings) -> Settings:
        """The settings as the hyperparameters have them; the width is rounded down to a multiple of the heads."""
        return replace(
            settings,
            embedding_size=self.hidden_dimension // settings.heads * settings.heads,
            epochs=max(1, round(self.effort * settings.epochs)),
            history_limit=min(max(EVENTS_PER_STEP * self.bptt, LIMITS[0]), LIMITS[1]),
        )
