"""aws-user-personalization-v2: the items a user will most likely want next, from a transformer over the history."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import AUTOMATIC, Model, Progress, Recipe, param
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import settings_for


@dataclass(frozen=True)
class UserPersonalizationV2(Recipe):
    """Everything but the recency bias is chosen from the data: see `parts/settings.py`."""

    name: ClassVar[str] = "aws-user-personalization-v2"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = (
        "Transformer sequence model over each user's interaction history; the top items for a user out of a catalog of "
        "up to 5 million items, with managed exploration."
    )
    model: ClassVar[type[Model]] = SequenceModel
    created: ClassVar[str] = "2024-01-01"
    feature_transformation: ClassVar[str] = "aws-user-personalization-v2"
    scores_shown: ClassVar[bool] = True
    real_time: ClassVar[bool] = True
    explores: ClassVar[str] = "managed"
    updated: ClassVar[str] = AUTOMATIC
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")

    shortest: ClassVar[float] = 0.3
    """As of the recurrent recipes, which are wider as a rule and so are ahead of it at first."""
    learns: ClassVar[bool] = True

    effort: float = field(default=1.0, kw_only=True)
    """Share of the epochs that a whole training has."""

    apply_recency_bias: bool = param(True, help="Whether items that are popular these days are ranked higher.")

    def fit(self, data: TrainingSet, progress: Progress) -> SequenceModel:
        from penchant.recipes.parts import slit
        from penchant.recipes.parts.sequence_fit import fit_sequence_model

        settings = settings_for(data, slit.LARGEST_CATALOGUE)
        settings = replace(settings, epochs=max(1, round(self.effort * settings.epochs)))
        return fit_sequence_model(data, progress, recency=self.apply_recency_bias, settings=settings)

    def briefly(self, data: TrainingSet, share: float) -> tuple[Recipe, TrainingSet] | None:
        """Fewer epochs."""
        return replace(self, effort=share), data
