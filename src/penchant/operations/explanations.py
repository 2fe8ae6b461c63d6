"""Why an answer is what it is: what counted, what each stage did, and what would change without an event.

Nothing is guessed: items are scored again without an event of the user, and filters are asked for their clauses. Amazon
has no such operation.
"""

from typing import Any

import numpy as np

from ..asking.preparing import Prepared, prepare
from ..contract import model as model_of_aws
from ..contract import validate
from ..contract.errors import InvalidInputException
from ..filters.removals import removals_of
from ..house import House
from ..recipes.parts.factored import FactoredModel
from ..serving.answering import Answering, Asked
from ..serving.choosing import Chosen, choose
from ..serving.scored import Scored
from .recommendations import RESULTS, asked_for, require_ids, require_number

EVENTS = 20
"""Newest distinct items of the user that are taken away one at a time."""
HISTORY = 100
"""Newest events that are told."""
CAUSES = 3
"""Told of each item."""


def explain(house: House, request: dict[str, Any]) -> dict[str, Any]:
    """Of a request as GetRecommendations takes it. The list itself is not remembered under any recommendationId.

    Raises what GetRecommendations raises.
    """
    shape = model_of_aws.operations()["GetRecommendations"].input_shape
    if found := list(validate.faults(request, shape)):
        raise InvalidInputException(validate.message(found))
    request = model_of_aws.project(request, shape)
    deployed = asked_for(house, request)
    number = request.get("numResults", RESULTS)
    require_number("numResults", number, bool(request.get("metadataColumns")))
    require_ids(deployed, request)
    preparing = prepare(house, deployed, request, number)
    preparing.build()
    prepared = preparing.prepared()
    model = preparing.model
    scored = model.score([prepared.asked])[0]
    chosen = choose(scored, prepared.wanted)
    return {
        "recipe": deployed.recipe.name,
        "history": history(prepared),
        "items": items(prepared, chosen, scored),
        "removed": removed(prepared, scored),
    }


def history(prepared: Prepared) -> list[dict[str, Any]]:
    """The newest events that the model counted, oldest first."""
    model, asked = prepared.preparing.model, prepared.asked
    streamed = 0 if asked.user is not None else len(model.codes([item for _, item in prepared.preparing.recent()]))
    codes = asked.history[-HISTORY:].tolist()
    first_streamed = len(codes) - streamed
    return [
        {"itemId": model.items.id(code), "source": "streamed since training" if at >= first_streamed else "training"}
        for at, code in enumerate(codes)
    ]


def items(prepared: Prepared, found: Chosen, scored: Scored) -> list[dict[str, Any]]:
    model = prepared.preparing.model
    ids = prepared.ids(found.rows)
    known = np.flatnonzero(found.rows < model.size)
    codes = found.rows[known]
    told: list[dict[str, Any]] = [
        {"itemId": item_id, "explored": explored, "promoted": promoted}
        for item_id, explored, promoted in zip(ids, found.explored.tolist(), found.promoted.tolist(), strict=True)
    ]
    if found.propensities is not None:
        for item, propensity in zip(told, found.propensities.tolist(), strict=True):
            item["propensity"] = round(propensity, 4)
    scores, terms, causes = scored.of(codes), terms_of(model, prepared.asked, codes), causes_of(model, prepared, codes)
    for at, place in enumerate(known.tolist()):
        told[place] |= {
            "logScore": round(float(scores[at]), 4),
            "terms": {name: round(float(values[at]), 4) for name, values in terms.items()},
            "movedUpBy": causes[at],
        }
    return told


def terms_of(model: Answering, asked: Asked, codes: np.ndarray) -> dict[str, np.ndarray]:
    """The parts that a log-score is the sum of, of a model that has any."""
    factored = model.model
    if not isinstance(factored, FactoredModel) or not len(asked.history):
        return {}
    vector = factored.person_vectors([asked.history], [asked.user])[0]
    moment = np.zeros_like(vector) if asked.moment is None else asked.moment
    added = {}
    for name, additions in factored.terms(asked.history).items():
        added[name] = np.zeros(model.size, np.float32)
        for where, values in additions:
            added[name][where] += values
    return {
        "transformer": factored.item_vectors[codes] @ vector,
        "moment": factored.item_vectors[codes] @ moment,
        "itemBias": factored.item_bias[codes],
        **{name: values[codes] for name, values in added.items()},
    }


def causes_of(model: Answering, prepared: Prepared, codes: np.ndarray) -> list[list[dict[str, Any]]]:
    """For each of the items, those of the user's items without which it would have a smaller share of the list.

    `gain` is the logarithm of how many times its share is larger, over the answered items, with the events of that item
    than without them.
    """
    asked = prepared.asked
    if not model.model.personal or not len(asked.history) or not len(codes):
        return [[] for _ in codes]
    distinct = list(dict.fromkeys(reversed(asked.history.tolist())))[:EVENTS]
    without = [Asked(asked.history[asked.history != code], None, asked.moment) for code in distinct]
    whole = log_shares(model.score([Asked(asked.history, None, asked.moment)])[0].of(codes))
    gains = np.stack([whole - log_shares(each.of(codes)) for each in model.score(without)])
    causes = []
    for column in gains.T:
        best = np.argsort(-column, kind="stable")[:CAUSES]
        causes.append(
            [
                {"itemId": model.items.id(distinct[at]), "gain": round(float(column[at]), 4)}
                for at in best.tolist()
                if column[at] > 0
            ]
        )
    return causes


def log_shares(scores: np.ndarray) -> np.ndarray:
    return scores - np.logaddexp.reduce(scores.astype(np.float64))


def removed(prepared: Prepared, scored: Scored) -> list[dict[str, Any]]:
    """Items that would have been among the answers, and what took each away."""
    best = scored.best(prepared.wanted.n)
    told: dict[int, dict[str, Any]] = {}
    filter_ = prepared.preparing.filter
    for stage, allowed in prepared.stages:
        gone = best[~allowed.among(best)]
        reasons: list[list[str]] = [[] for _ in gone]
        if filter_ is not None and stage == filter_.arn and prepared.catalogue is not None:
            question = filter_.question(prepared.catalogue, prepared.asker)
            reasons = [[each.sentence for each in found] for found in removals_of(filter_.compiled, question, gone)]
        for row, item_id, clauses in zip(gone.tolist(), prepared.ids(gone), reasons, strict=True):
            item = told.setdefault(row, {"itemId": item_id, "stages": []})
            item["stages"].append({"stage": stage, "clauses": clauses} if clauses else {"stage": stage})
    return [told[row] for row in best.tolist() if row in told]
