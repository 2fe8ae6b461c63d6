"""Which tables of successors a fit has to choose from."""

from dataclasses import replace

from penchant.recipes.parts.settings import settings_for
from penchant.recipes.parts.successors import fit_successors
from penchant.recipes.parts.transitions import Transitions
from tests.recipes.contract import circles


def test_a_small_catalogue_is_solved_as_well_and_a_large_one_counted_widely() -> None:
    data = circles()
    settings = settings_for(data, 8_000)
    assert settings.slit
    solved, usual, near = fit_successors(Transitions(data), settings)
    wide, *others = fit_successors(Transitions(data), replace(settings, slit={}))
    for one, other in zip((usual, near), others, strict=True):
        assert (one.weights == other.weights).all() and (one.items == other.items).all()
    assert solved.decay == settings.slit["past_decay"]
    # Of everybody's circle of 30 items, three behind are seen by the near count, five by the usual, ten by the wide.
    assert [int((table.weights[0] > 0).sum()) for table in (near, usual, wide)] == [3, 5, 10]
