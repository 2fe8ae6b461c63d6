"""aws-next-best-action: how likely a user is to take each action within the next days."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import LIVE, InsufficientData, Model, Progress, Recipe, require_sufficient
from penchant.recipes.features import ActionPeriod
from penchant.recipes.parts.actions.fit import fit_actions
from penchant.recipes.parts.actions.model import ActionModel

NO_ACTIONS = "Create failed. The Actions dataset is empty; import data into it first."

MOST_ACTIONS = 1_000
"""Amazon's limit; newly made actions and those with the newest events are chosen."""


@dataclass(frozen=True)
class NextBestAction(Recipe):
    """The propensity is of taking an action that is offered: it is learnt from users and actions that met, so that an
    action which few were shown is not taken for one that few want."""

    name: ClassVar[str] = "aws-next-best-action"
    recipe_type: ClassVar[str] = "PERSONALIZED_ACTIONS"
    description: ClassVar[str] = (
        "How likely a user is to take each action within the next days, adjusted by what the action is worth."
    )
    model: ClassVar[type[Model]] = ActionModel
    created: ClassVar[str] = "2023-08-11"
    feature_transformation: ClassVar[str] = "aws-next-best-action"
    feature_parameters: ClassVar[type] = ActionPeriod
    scores_shown: ClassVar[bool] = True
    real_time: ClassVar[bool] = True
    updated: ClassVar[str] = LIVE
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ACTIONS")
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "USERS", "ACTIONS", "ACTION_INTERACTIONS")

    def fit(self, data: TrainingSet, progress: Progress) -> ActionModel:
        require_sufficient(data)
        if data.actions is None or not data.actions.actions:
            raise InsufficientData(NO_ACTIONS)
        return fit_actions(data, data.actions.limited(MOST_ACTIONS), self.features.action_optimization_period, progress)
