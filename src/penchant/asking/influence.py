"""The rankingInfluence of a campaign or of a batch job."""

from ..recipes.parts.semantic.model import SemanticModel
from ..serving.influence import Influence, Influenced
from ..serving.scored import Scored
from .preparing import Prepared


def influenced(prepared: Prepared, scored: Scored) -> Scored:
    """The scores with what the configuration says. The popular items, which an unknown item has, stay as they are."""
    weights = prepared.preparing.deployed.config.get("rankingInfluence")
    model = prepared.preparing.model.model
    if not weights or not isinstance(model, SemanticModel) or not len(prepared.asked.history):
        return scored
    known = {"POPULARITY": model.popularity, "FRESHNESS": model.freshness}
    influences: list[Influence] = [(float(weight), known[name]) for name, weight in weights.items() if weight]
    return Influenced(scored, influences) if influences else scored
