"""Bringing a trained model up to the newest data: it learns which items there are and what its users did, and nothing
else. Where a training takes hours, this takes minutes.

It always begins with the model as it was trained, so that no update builds upon the guesses of another.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..artifacts.sealed import read_manifest
from ..artifacts.vocabulary import GrownVocabulary, Vocabulary
from ..filters import Words
from ..house import House
from ..jobs.job import Failed
from ..lake.encode import Versions
from ..lake.exposure import Exposure, exposure
from ..lake.grown import codes, grown
from ..lake.selection import SelectionError
from ..lake.table import Table
from ..lake.training_set import TrainingSet
from ..recipes.base import Model, Recipe
from ..recipes.parts.metadata.encoding import joined
from ..recipes.parts.newcomers import grown_model, ordinary, valued
from ..recipes.parts.objective import normalised
from ..recipes.parts.semantic.increment import incremented
from ..recipes.parts.semantic.model import SemanticModel
from ..recipes.parts.sequence_model import SequenceModel
from ..recipes.parts.text.encoder import EncoderUnavailable, chosen
from ..resources.book import Document
from ..serving.answering import HISTORY, Answering, open_answering, seal_model
from ..store import clock
from .fold import fold
from .item_values import item_values
from .kept import POSITION
from .objective import Objective
from .training_data import datasets_of, learnt_columns, read, tables_of

MOST_ITEMS = 750_000
"""Amazon's: past so many, new items wait for the next training."""
UPDATE = "update"
"""Member of the manifest of an updated model: what came in."""
SHOWN = 100
"""New items that are told by name."""
READ, MADE = 0.3, 0.9
"""How far an update is when the data is read, and when the model is made."""
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
    opened, manifest = open_answering(trained), read_manifest(trained)
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

        if isinstance(opened.model, SemanticModel):
            made = with_texts(opened, data, making)
        else:
            made = with_histories(opened, recipe, data, making)
            if (objective := Objective.of(config)) and (weight := manifest.get("objective", {}).get("weight", 0.0)):
                values = item_values(
                    house, group_arn, objective.attribute, tables.get("ITEMS"), versions.items, made.data
                )
                made = worth(made, len(opened.items), np.float32(weight) * normalised(values))
    except (SelectionError, EncoderUnavailable) as reason:
        raise Failed(str(reason)) from None
    progress(MADE, "Sealing the model.")
    interactions = tables.get("INTERACTIONS")
    counts: Mapping[str, np.ndarray] = {}
    if recipe.explores and interactions is not None:
        counts = exposed(interactions, versions, made, open_answering(current)).state()
    position = 0 if interactions is None else interactions.position(versions.interactions)
    told = {
        "read": moment,
        "newItems": len(made.new_items),
        "newUsers": made.new_users,
        "changedUsers": made.changed_users,
        "newInteractions": max(0, kept_events(made.data) - len(opened.history)),
        "items": made.new_items[:SHOWN],
        "tableVersions": asdict(versions),
        "seconds": round(time.monotonic() - watch, 3),
    }
    manifest = {**manifest, "position": position, POSITION: position, UPDATE: told, **facts()}
    seal_model(folder, made.model, made.data, made.users, made.items, manifest, counts)


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


def with_histories(opened: Answering, recipe: Recipe, data: TrainingSet, breathe: Callable[[float], None]) -> BroughtUp:
    """A model of sequences, with new items by their metadata and everybody's history."""
    assert isinstance(opened.model, SequenceModel)
    known_users, known_items = (Words.of_vocabulary(each).texts for each in (opened.users, opened.items))
    found = grown(data, known_users, known_items, MOST_ITEMS)
    changed = found.changed(opened.offsets, opened.history, HISTORY)
    model: Any = grown_model(opened.model, found, changed, breathe)
    if recipe.explores:
        model = ordinary(model, found)
    return BroughtUp(
        recipe.settled(model, found) if found.new_items else model,
        found.data,
        following(opened.users, found.data.users),
        following(opened.items, found.data.items),
        found.new_items,
        len(found.data.users) - found.users,
        len(changed),
    )


def following(known: Vocabulary, ids: Any) -> Vocabulary:
    """The vocabulary with what comes behind it in `ids`."""
    return GrownVocabulary.following(ids[: len(known)], ids[len(known) :]) if len(ids) > len(known) else known


def worth(made: BroughtUp, known: int, added: np.ndarray) -> BroughtUp:
    """With what an objective adds to the scores of items (I,), of which the first `known` have it."""
    assert isinstance(made.model, SequenceModel)
    return replace(made, model=valued(made.model, known, added))


def with_texts(opened: Answering, data: TrainingSet, breathe: Callable[[float], None]) -> BroughtUp:
    """A model of semantic similarity, with the texts of items as they are now."""
    assert isinstance(opened.model, SemanticModel)
    places = codes(Words.of_vocabulary(opened.items).texts, pl.Series(data.items, dtype=pl.String))
    texts = joined(data.item_columns, len(data.items))
    if not any(texts):
        raise Failed("No item has a name or a textual description to compare.")
    new = [data.items[place] for place in np.flatnonzero(places < 0).tolist()]
    model = incremented(opened.model, places, texts, chosen(), breathe)
    users, items = Vocabulary.of(data.users), Vocabulary.of(data.items)
    return BroughtUp(model, data, users, items, new, max(0, len(data.users) - len(opened.users)), 0)


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
