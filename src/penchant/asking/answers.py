"""A list, or a given list in a person's order, as answers have it: ids, scores, reasons, metadata."""

from typing import Any

import numpy as np

from ..serving.answering import DECIMALS, softmax
from ..serving.choosing import EXPLORED, PROMOTED, Chosen, choose
from ..serving.scored import Scored
from .influence import influenced
from .metadata_told import told_metadata
from .preparing import Prepared

Items = list[dict[str, Any]]


def listed(prepared: Prepared, scored: Scored) -> tuple[Items, np.ndarray | None]:
    """The best items, and the probability of each to be in the list (see `Chosen`)."""
    preparing = prepared.preparing
    found = choose(influenced(prepared, scored), prepared.wanted)
    items: Items = [{"itemId": item_id} for item_id in prepared.ids(found.rows)]
    if preparing.deployed.recipe.scores_shown:
        put_scores(items, found.rows, scored, preparing.model.size)
    put_reasons(items, found, prepared)
    told_metadata(items, preparing)
    return items, found.propensities


def put_scores(items: Items, rows: np.ndarray, scored: Scored, size: int) -> None:
    """Items that the model does not know have none."""
    known = rows < size
    if known.all():
        for item, share in zip(items, rounded(scored.shares(rows)), strict=True):
            item["score"] = share
        return
    for place, share in zip(np.flatnonzero(known).tolist(), rounded(scored.shares(rows[known])), strict=True):
        items[place]["score"] = share


def rounded(shares: np.ndarray) -> list[float]:
    """As Amazon writes them."""
    return shares.astype(np.float64).round(DECIMALS).tolist()


def put_reasons(items: Items, found: Chosen, prepared: Prepared) -> None:
    """Amazon tells them of v2 only."""
    promotion = prepared.wanted.promotion
    told = prepared.preparing.deployed.recipe.explores == "managed"
    if promotion is not None:
        for place in np.flatnonzero(found.promoted).tolist():
            items[place]["promotionName"] = promotion.name
            if told:
                items[place]["reason"] = [PROMOTED]
    if told:
        for place in np.flatnonzero(found.explored).tolist():
            items[place]["reason"] = [EXPLORED]


def ranked(prepared: Prepared, item_ids: list[str], scored: Scored) -> Items:
    """Items (distinct ids) in the person's order. Those that the model does not know come last, as they were given,
    without a score."""
    preparing = prepared.preparing
    model = preparing.model
    allowed = permitted(prepared, item_ids)
    codes = [(item_id, model.code(item_id)) for item_id in item_ids if item_id in allowed]
    known = np.array([code for _, code in codes if code is not None], np.int64)
    items: Items = []
    if len(known):
        scores = scored.of(known)
        order = np.argsort(-scores, kind="stable")
        items = [{"itemId": model.items.id(code)} for code in known[order].tolist()]
        if preparing.deployed.recipe.scores_shown:
            for item, share in zip(items, rounded(softmax(scores)[order]), strict=True):
                item["score"] = share
    items += [{"itemId": item_id} for item_id, code in codes if code is None]
    told_metadata(items, preparing)
    return items


def permitted(prepared: Prepared, item_ids: list[str]) -> set[str]:
    """Those that the filters let stay. One that is in no dataset has nulls in every column."""
    if prepared.wanted.allowed is None or prepared.catalogue is None:
        return set(item_ids)
    catalogue = prepared.catalogue
    new = [item_id for item_id, row in zip(item_ids, catalogue.ids.codes(item_ids), strict=True) if row is None]
    if new:
        key = str(catalogue.schema.key)
        wider = catalogue.replaced({key: item_id} for item_id in new)
        filter_ = prepared.preparing.filter
        stays = None if filter_ is None else filter_.allowed(wider, prepared.asker)
        rows = np.array(wider.ids.codes(new), np.int64)
        kept = {item_id for item_id, may in zip(new, stays.among(rows), strict=True) if may} if stays else set(new)
    else:
        kept = set()
    known = [item_id for item_id in item_ids if item_id not in set(new)]
    rows = np.array(catalogue.ids.codes(known), np.int64)
    return kept | {item_id for item_id, may in zip(known, prepared.wanted.allowed.among(rows), strict=True) if may}
