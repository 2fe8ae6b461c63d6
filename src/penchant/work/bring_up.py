"""Bringing a trained model up to the newest data: it learns which items there are, what is said of them and what its
users did, and nothing else. Where a training takes hours, this takes minutes.

It always begins with the model as it was trained, so that no update builds upon the guesses of another.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..artifacts.sealed import OtherRelease, read_manifest
from ..artifacts.vocabulary import GrownVocabulary, Vocabulary
from ..filters import Words
from ..house import House
from ..jobs.job import Failed
from ..lake.changed import NOTHING, Changed, changed
from ..lake.encode import Versions
from ..lake.exposure import Exposure, exposure
from ..lake.grown import codes, grown
from ..lake.schema import Field
from ..lake.selection import SelectionError
from ..lake.table import Table
from ..lake.training_set import TrainingSet
from ..recipes.base import Model, Recipe
from ..recipes.parts.metadata.encoding import joined
from ..recipes.parts.newcomers import grown_model, ordinary, valued
from ..recipes.parts.objective import normalised
from ..recipes.parts.redescribed import redescribed, revalued
from ..recipes.parts.semantic.increment import incremented
from ..recipes.parts.semantic.model import SemanticModel
from ..recipes.parts.sequence_model import SequenceModel
from ..recipes.parts.text.encoder import EncoderUnavailable, chosen
from ..resources.book import Document
from ..resources.updating import trained_since
from ..serving.answering import HISTORY, Answering, open_answering, seal_model
from ..store import clock
from .fold import fold
from .item_values import item_values
from .kept import POSITION
from .objective import Objective
from .training_data import datasets_of, learnt_columns, made, read, tables_of

MOST_ITEMS = 750_000
"""Amazon's: past so many, new items wait for the next training."""
UPDATE = "update"
"""Member of the manifest of an updated model: what came in."""
SHOWN = 100
"""New items that are told by name."""
READ, MADE = 0.3, 0.9
"""How far an update is when the data is read, and when the model is brought."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class BroughtUp:
    """What is to be sealed."""

    model: Model
    data: TrainingSet
    """Of the histories."""
    users: Vocabulary
    items: Vocabulary
    new_items: list[str]
    changed_items: int
    """Known ones of which metadata says something else."""
    new_users: int
    changed_users: int


def bring_up(
    house: House,
    document: Document,
    trained: Path,
    current: Path,
    folder: Path,
    progress: Progress,
    facts: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Bring the model of a solution version or a recommender, which was sealed in `trained`, up to the newest data and
    seal it into `folder`.

    `current` has the model that answers now. `facts` are asked for in the end, and go into the manifest beside those
    of the training. Raises Failed, and what `progress` raises.
    """
    moment, watch = clock.now(), time.monotonic()
    group_arn, config = document["datasetGroupArn"], config_of(document)
    try:
        opened, manifest = open_answering(trained), read_manifest(trained)
    except OtherRelease as error:
        raise Failed(str(error)) from None
    progress(0.0, "Reading what is new.")
    for arn in datasets_of(house, group_arn):
        fold(house, arn, progress)
    recipe, tables = recipe_of(opened, document), tables_of(house, group_arn)
    for kind in recipe.required_datasets[:1]:
        if kind not in tables:
            raise Failed(f"The {kind.capitalize()} dataset is empty; import data into it first.")
    learnt = learnt_columns(house, group_arn, recipe, config.get("trainingDataConfig", {}))
    try:
        data, versions = read(tables, opened.selection, {"ITEMS": learnt["ITEMS"]} if "ITEMS" in learnt else {})
        progress(READ, "Bringing the model up to it.")

        def making(done: float) -> None:
            progress(READ + (MADE - READ) * done, "Bringing the model up to what is new.")

        items, before = tables.get("ITEMS"), items_before(house, document)
        other = other_items(opened, items, before, versions.items, learnt.get("ITEMS", ()))
        if isinstance(opened.model, SemanticModel):
            brought = with_texts(opened, data, len(other.ids), making)
        else:
            brought = with_histories(opened, recipe, data, other, making)
            if (objective := Objective.of(config)) and (weight := manifest.get("objective", {}).get("weight", 0.0)):

                def values(version: int | None, ids: Sequence[str]) -> np.ndarray:
                    return item_values(house, group_arn, objective.attribute, items, version, ids)

                now = values(versions.items, brought.data.items)
                then = None if before is None else values(before, brought.data.items[: len(opened.items)])
                brought = worth(brought, weight, now, then, len(opened.items))
    except (SelectionError, EncoderUnavailable) as reason:
        raise Failed(str(reason)) from None
    progress(MADE, "Sealing the model.")
    interactions = tables.get("INTERACTIONS")
    counts: Mapping[str, np.ndarray] = {}
    if recipe.explores and interactions is not None:
        counts = exposed(interactions, versions, brought, open_answering(current)).state()
    position = 0 if interactions is None else interactions.position(versions.interactions)
    told = {
        "read": moment,
        "newItems": len(brought.new_items),
        "changedItems": brought.changed_items,
        "newUsers": brought.new_users,
        "changedUsers": brought.changed_users,
        "newInteractions": max(0, kept_events(brought.data) - len(opened.history)),
        "items": brought.new_items[:SHOWN],
        "tableVersions": asdict(versions),
        "seconds": round(time.monotonic() - watch, 3),
    }
    manifest = {**manifest, "position": position, POSITION: position, UPDATE: told, **facts()}
    seal_model(folder, brought.model, brought.data, brought.users, brought.items, manifest, counts)


def config_of(document: Document) -> Mapping[str, Any]:
    """What a training was told. With AutoML, nothing else of the configuration counted."""
    if document.get("performAutoML"):
        return {}
    config: Mapping[str, Any] = document.get("solutionConfig") or document.get("recommenderConfig") or {}
    return config


def recipe_of(opened: Answering, document: Document) -> Recipe:
    config = config_of(document) if "solutionVersionArn" in document else {}
    return opened.recipe.from_wire(
        config.get("algorithmHyperParameters", {}), config.get("featureTransformationParameters", {})
    )


def items_before(house: House, document: Document) -> int | None:
    """The version of the Items table that a model was trained on; None where there was none, or it was another one."""
    version: int | None = document.get("tableVersions", {}).get("items")
    created = made(house, document["datasetGroupArn"], "ITEMS")
    return None if created is None or created >= trained_since(document) else version


def other_items(
    opened: Answering, items: Table | None, before: int | None, now: int | None, fields: Sequence[Field]
) -> Changed:
    """Items that a model knows and of which metadata says something else than it did at its training."""
    unread = isinstance(opened.model, SequenceModel) and not len(opened.model.item_tower.weights)
    if items is None or before is None or now is None or unread:
        return NOTHING
    return changed(items, before, now, Words.of_vocabulary(opened.items).texts, fields)


def with_histories(
    opened: Answering, recipe: Recipe, data: TrainingSet, other: Changed, breathe: Callable[[float], None]
) -> BroughtUp:
    """A model of sequences, with new items by their metadata, `other` items by what theirs says now, and everybody's
    history."""
    assert isinstance(opened.model, SequenceModel)
    known_users, known_items = (Words.of_vocabulary(each).texts for each in (opened.users, opened.items))
    found = replace(
        grown(data, known_users, known_items, MOST_ITEMS), redescribed=np.sort(codes(known_items, other.ids))
    )
    model, users = opened.model, found.changed(opened.offsets, opened.history, HISTORY)
    if len(other.ids):
        seen = np.bincount(opened.history, minlength=len(opened.items))[found.redescribed] > 0
        model = redescribed(model, found.redescribed, other.before, other.now, seen)
        users = np.union1d(users, found.with_redescribed())
    brought: Any = grown_model(model, found, users, breathe)
    if recipe.explores:
        brought = ordinary(brought, found)
    return BroughtUp(
        recipe.settled(brought, found) if found.new_items or len(other.ids) else brought,
        found.data,
        following(opened.users, found.data.users),
        following(opened.items, found.data.items),
        found.new_items,
        len(other.ids),
        len(found.data.users) - found.users,
        len(users),
    )


def following(known: Vocabulary, ids: Any) -> Vocabulary:
    """The vocabulary with what comes behind it in `ids`."""
    return GrownVocabulary.following(ids[: len(known)], ids[len(known) :]) if len(ids) > len(known) else known


def worth(made: BroughtUp, weight: float, values: np.ndarray, before: np.ndarray | None, known: int) -> BroughtUp:
    """With what an objective of this weight adds to the scores of items, which are worth `values` (I,) now. The first
    `known` have what they were worth at the training: `before` (known,), or None where nobody knows any more."""
    assert isinstance(made.model, SequenceModel)
    added = np.float32(weight) * normalised(values)
    model = valued(made.model, known, added)
    if before is not None:
        other = np.flatnonzero(np.isfinite(values[:known]) & (values[:known] != before))
        model = revalued(model, other, added[other] - (np.float32(weight) * normalised(before))[other])
    return replace(made, model=model)


def with_texts(opened: Answering, data: TrainingSet, other: int, breathe: Callable[[float], None]) -> BroughtUp:
    """A model of semantic similarity, with the texts of items as they are now, so many of which were others."""
    assert isinstance(opened.model, SemanticModel)
    places = codes(Words.of_vocabulary(opened.items).texts, pl.Series(data.items, dtype=pl.String))
    texts = joined(data.item_columns, len(data.items))
    if not any(texts):
        raise Failed("No item has a name or a textual description to compare.")
    new = [data.items[place] for place in np.flatnonzero(places < 0).tolist()]
    model = incremented(opened.model, places, texts, chosen(), breathe)
    users, items = Vocabulary.of(data.users), Vocabulary.of(data.items)
    return BroughtUp(model, data, users, items, new, other, max(0, len(data.users) - len(opened.users)), 0)


def exposed(interactions: Table, versions: Versions, made: BroughtUp, before: Answering) -> Exposure:
    """Counts of the newest interactions. An item without any is as old as it was first taken to be, and not new again
    with every update."""
    counts = exposure(interactions, versions.interactions, made.data.items)
    if not before.more:
        return counts
    places = codes(Words.of_vocabulary(before.items).texts, pl.Series(made.data.items, dtype=pl.String))
    same = (places >= 0) & (counts.clicks == 0)
    created = counts.created.copy()
    created[same] = Exposure.from_state(before.more).created[places[same]]
    return replace(counts, created=created)


def kept_events(data: TrainingSet) -> int:
    return int(np.minimum(np.diff(data.offsets), HISTORY).sum())
