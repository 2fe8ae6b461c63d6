"""What every recipe and every model is: hyperparameters declared once, `fit`, and a model whose state is its arrays.

The interface other rooms code against, in short::

    recipe = RECIPES["aws-user-personalization"].from_wire({"bptt": "16"}, {"max_user_history_length_percentile": "1"})
    model = recipe.fit(data, progress)          # InsufficientData is a ValueError with AWS's sentence
    arrays = model.state()                      # dict[str, np.ndarray], ready for safetensors
    model = recipe.model.from_state(arrays)     # arrays may be read-only memory maps; torch is not needed
    model.scores(history, user)                 # (I,) float32 unnormalised log-scores, a fresh array
    model.scores_many(histories, users)         # (B, I) float32, for evaluation and batches
    model.scores_asked(histories, users)        # the same where only some of the users are known
    model.scores_asked(histories, users, moments)   # and with what is known of each request (see `Moment`)
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_type_hints

import msgspec
import numpy as np

from penchant.lake.grown import Grown
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parameters import defaults, params, parse, ranges
from penchant.recipes.parameters import param as param  # what a recipe declares its fields with

Progress = Callable[[float, str], None]
"""Told the fraction done (0 to 1) and a sentence, every few seconds at least; it may raise to stop the fit."""

AUTOMATIC, INCREMENTAL, LIVE = "automatic", "incremental", "live"
"""How a model learns of what is new between two trainings: by itself, again and again, while it is deployed; so where a
solution asks for it (performIncrementalUpdate); at every request."""

MINIMUM_INTERACTIONS = 1000
MINIMUM_USERS = 25
MINIMUM_SHARE = 0.01
BRIEF_USERS, BRIEF_EVENTS = 500, 20_000
"""The least from which hyperparameters are told apart."""
BRIEF_SEED = 20240103


class InsufficientData(ValueError):
    """The data is below the service's minimum for training; the message is the `failureReason` the customer reads."""


def require_sufficient(data: TrainingSet) -> None:
    """Raises InsufficientData for less than Amazon Personalize trains on (Developer Guide, "Minimum requirements")."""
    if data.judged:
        return
    if len(data.item) < MINIMUM_INTERACTIONS:
        raise InsufficientData(f"Create failed. Dataset has fewer than {MINIMUM_INTERACTIONS} interactions.")
    returning = int((np.diff(data.offsets) >= 2).sum())
    if returning < MINIMUM_USERS:
        raise InsufficientData(
            f"Create failed. Dataset has fewer than {MINIMUM_USERS} users with at least 2 interactions each."
        )
    if returning < MINIMUM_SHARE * len(data.users):
        raise InsufficientData("Create failed. Less than 1 percent of users have at least 2 interactions.")


class Moment(msgspec.Struct, frozen=True):
    """What is known of a request beside the items of the person's history. A model's `wants` names what it reads."""

    time: int | None = None
    """When it is asked, seconds since the epoch."""
    newest: int | None = None
    """The time of the history's newest event; where a user code is given with the history, the model knows it."""
    person: int | None = None
    """The code of a user known at training, whose history may have grown since."""
    context: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Values as the API gives them, by the column of the Interactions dataset that the schema spells so."""


class Model(ABC):
    """A fitted model. Subclasses are frozen dataclasses of arrays, numbers, and dataclasses of these."""

    def state(self) -> dict[str, np.ndarray]:
        """Every field as an array: numbers as 0-d arrays, a nested dataclass's fields under `outer.inner`."""
        return _flatten(self, "")

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The model back from `state()`; arrays are kept as they are, never copied. KeyError names a missing one."""
        return _unflatten(cls, arrays, "")

    personal: ClassVar[bool] = True
    """Whether scores depend on who asks. Where they do not, serving keeps one row of them for everyone."""

    @property
    def wants(self) -> frozenset[str]:
        """The fields of a Moment that it reads; the others are not worth gathering."""
        return frozenset()

    @abstractmethod
    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        """(I,) float32 unnormalised log-scores of all items, a fresh array the caller may change.

        `history` holds item codes, oldest first; empty for somebody new. `user` is the code of a user known at
        training whose history is the same as it was then, or None.

        A model of related items is asked about the last item of `history`, and about an item it does not know if that
        is empty.
        """

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], newest: np.ndarray | None = None) -> Self:
        """The model with what it keeps of some users (codes (B,)) brought up to longer histories, without learning.

        `newest` (B,) are the times of their newest events, None where nobody knows. A model that keeps nothing per user
        is already there.
        """
        return self

    def scores_many(self, histories: Sequence[np.ndarray], users: np.ndarray | None = None) -> np.ndarray:
        """(B, I) float32: `scores` of each history; `users` (B,) as in `scores`, or None for nobody known."""
        return self.scores_asked(histories, [None] * len(histories) if users is None else users.tolist())

    def scores_asked(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        """(B, I) float32, a fresh array: `scores` of each history; of each the user's code, or None as in `scores`.

        `moments` are what is known of each request, None for nothing; only what the model `wants` moves its scores.
        """
        return np.stack([self.scores(history, user) for history, user in zip(histories, users, strict=True)])

    def lists(self, histories: Sequence[np.ndarray], count: int) -> np.ndarray | None:
        """(B, min(count, I)) codes of the items that `scores` of each history has highest, best first, of equals the
        lower code first. None from a model that has no quicker way to them than to score every item."""
        return None


@dataclass(frozen=True)
class NoParameters:
    """The feature transformation of most recipes has nothing to set."""


@dataclass(frozen=True)
class Recipe(ABC):
    """A recipe: its fields are its hyperparameters (see `param`) and its `features`, and `fit` makes a model."""

    name: ClassVar[str]
    """The recipe's name on the wire, such as `aws-popularity-count`."""
    recipe_type: ClassVar[str]
    """What the recipe is asked for: USER_PERSONALIZATION, PERSONALIZED_RANKING, RELATED_ITEMS, …"""
    description: ClassVar[str]
    model: ClassVar[type[Model]]
    created: ClassVar[str]
    """ISO date of `creationDateTime`."""
    feature_transformation: ClassVar[str]
    """Name of the feature transformation in `featureTransformationArn`."""
    scores_shown: ClassVar[bool]
    """Whether answers carry a `score` (Developer Guide, "How recommendation scoring works")."""
    real_time: ClassVar[bool] = False
    """Whether what a user did since the training moves that user's answers."""
    algorithm: ClassVar[str] = ""
    """Name of the algorithm in `algorithmArn`, where it is not the recipe's."""
    feature_parameters: ClassVar[type] = NoParameters
    """A dataclass of `param`s: what `featureTransformationParameters` may set."""
    domain: ClassVar[str | None] = None
    """ECOMMERCE or VIDEO_ON_DEMAND for a use case, which makes recommenders and no solutions."""
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS",)
    """Dataset types that a group must have before it can be trained on."""
    reads: ClassVar[tuple[str, ...]] = ()
    """Dataset types of which it learns from more than ids and times: `data.event_columns` are of INTERACTIONS,
    `item_columns` of ITEMS and `user_columns` of USERS."""
    listed: ClassVar[bool] = True
    """Whether ListRecipes names it; the retired ones are taken and not named."""
    event_type: ClassVar[str | None] = None
    """Of a use case: the events that it learns from, whatever the case of their letters; None for all."""
    explores: ClassVar[str] = ""
    """Whether new and rarely shown items are mixed in: "" for never, "configured" where `itemExplorationConfig` says
    how much, "managed" where nobody has a say."""
    updated: ClassVar[str] = ""
    """AUTOMATIC, INCREMENTAL or LIVE; "" for a model that is as it was trained."""
    portfolio: ClassVar[tuple[Mapping[str, bool | int | float | str], ...]] = ()
    """Values of its tunable hyperparameters that are far from one another and from the defaults, and may each be right
    for some data: where a search of hyperparameters begins."""
    shortest: ClassVar[float] = 0.0
    """The least share of a training by which good and bad can be told apart: searches of hyperparameters and races of
    recipes ask `briefly` for no less."""
    learns: ClassVar[bool] = False
    """Whether it is trained in steps, which takes many times as long as counting: in a race it comes after those that
    count."""
    leaves_out: ClassVar[str | None] = None
    """Of a use case: items that the user has events of this type for are not recommended."""

    features: Any = dataclasses.field(default=None, kw_only=True)
    """The `feature_parameters` to fit with; None, as a caller may give it, stands for their defaults."""

    def __post_init__(self) -> None:
        if self.features is None:
            object.__setattr__(self, "features", self.feature_parameters())

    @abstractmethod
    def fit(self, data: TrainingSet, progress: Progress) -> Model:
        """Learns a model. Raises InsufficientData, and whatever `progress` raises to stop it."""

    def briefly(self, data: TrainingSet, share: float) -> "tuple[Recipe, TrainingSet] | None":
        """A recipe to fit on some data for about a `share` of the work of fitting this one on `data`, whose model tells
        good hyperparameters from bad ones. None where the data is too small for that.

        Without a better way, that is a share of the users; item codes and user codes stay as they are.
        """
        return brief(self, data, share)

    def settled(self, model: Any, grown: Grown) -> Any:
        """`model`, which knows the new items of `grown`, and those redescribed, by their metadata and is trained no
        further, with whatever the recipe has to say of them."""
        return model

    @classmethod
    def algorithm_arn(cls) -> str:
        return f"arn:aws:personalize:::algorithm/{cls.algorithm or cls.name}"

    @classmethod
    def from_wire(cls, given: Mapping[str, str], features: Mapping[str, str] | None = None) -> Self:
        """The recipe with hyperparameters and feature transformation parameters as the API gives them, all strings.

        ValueError says what is wrong.
        """
        recipe: Self = parse(cls, given, "hyperparameter", lambda _: cls.unknown_hyperparameter())
        return dataclasses.replace(recipe, features=cls.features_from_wire(features or {}))

    @classmethod
    def features_from_wire(cls, given: Mapping[str, str]) -> Any:
        """The `feature_parameters` as the API gives them, all strings. ValueError says what is wrong."""
        known = ", ".join(defaults(cls.feature_parameters)) or "none"
        return parse(
            cls.feature_parameters,
            given,
            "feature transformation parameter",
            lambda name: f"The recipe {cls.name} has no feature transformation parameter {name}; it has {known}.",
        )

    @classmethod
    def unknown_hyperparameter(cls) -> str:
        """Amazon's own sentence."""
        return f"Provide a hyperparameter that is used in the algorithm: {cls.algorithm_arn()}"

    @classmethod
    def default_hyperparameters(cls) -> dict[str, str]:
        """DescribeAlgorithm's `defaultHyperParameters`: every default, written as the API writes it."""
        return defaults(cls)

    @classmethod
    def hyperparameter_ranges(cls) -> dict[str, list[dict[str, Any]]]:
        """DescribeAlgorithm's `defaultHyperParameterRanges`, in its three lists by kind."""
        return ranges(cls)

    @classmethod
    def supports_hpo(cls) -> bool:
        """Whether callers may have hyperparameters searched for: wherever one is tunable."""
        return any(field.metadata["tunable"] for field in params(cls))


def brief(recipe: Recipe, data: TrainingSet, share: float) -> tuple[Recipe, TrainingSet] | None:
    """The recipe, and the events of a share of the users, or None where that would be too few to learn from."""
    returning = np.flatnonzero(np.diff(data.offsets) >= 2)
    count = round(share * len(returning))
    if count < BRIEF_USERS:
        return None
    drawn = np.zeros(len(data.users), bool)
    drawn[np.random.default_rng(BRIEF_SEED).permutation(returning)[:count]] = True
    events = np.repeat(drawn, np.diff(data.offsets))
    return (recipe, data.keep(events)) if events.sum() >= BRIEF_EVENTS else None


def _flatten(thing: Any, prefix: str) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if dataclasses.is_dataclass(value):
            arrays |= _flatten(value, f"{prefix}{field.name}.")
        else:
            arrays[prefix + field.name] = np.asarray(value)
    return arrays


def _unflatten(cls: Any, arrays: Mapping[str, np.ndarray], prefix: str) -> Any:
    values: dict[str, Any] = {}
    kinds = get_type_hints(cls)
    for name in (field.name for field in dataclasses.fields(cls)):
        kind = kinds[name]
        if dataclasses.is_dataclass(kind):
            values[name] = _unflatten(kind, arrays, f"{prefix}{name}.")
        elif kind is np.ndarray:
            values[name] = arrays[prefix + name]
        else:
            values[name] = kind(arrays[prefix + name].item())
    return cls(**values)
