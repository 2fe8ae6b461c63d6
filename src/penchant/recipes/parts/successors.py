"""The tables of successors that a v2 fit counts, of which its held-out events choose one.

Which is best differs between data, and neither the size of a catalogue nor the length of histories says so: films are
foretold by all that was seen lately, articles of an invoice by the few before them.
"""

from penchant.recipes.parts.markov import fit_markov
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.settings import Settings
from penchant.recipes.parts.sharing import once
from penchant.recipes.parts.slit import fit_slit
from penchant.recipes.parts.transitions import Transitions

NEAR, WIDE = (3, 0.7), (10, 0.8)
"""Windows in events, and decays."""


def fit_successors(transitions: Transitions, settings: Settings) -> list[Neighbours]:
    """SLIT, or where the catalogue is too large for it a wide count; the usual count; and a near one."""

    def fit() -> list[Neighbours]:
        wide = fit_slit(transitions, **settings.slit) if settings.slit else fit_markov(transitions, *WIDE)
        return [wide, fit_markov(transitions), fit_markov(transitions, *NEAR)]

    return once(transitions, (fit_successors, *settings.slit.items()), fit)
