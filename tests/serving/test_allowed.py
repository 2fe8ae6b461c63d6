"""What a filter, a list of rows and several of these together allow, asked of all rows and of a few."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.filters import Catalogue, Question, Words, compile_text, prints
from penchant.serving.allowed import All, Allowed, Filtered, Without, WithoutIds, together
from tests.filters.conftest import SCHEMAS

ROWS = 12
some_rows = st.sets(st.integers(0, ROWS - 1)).map(lambda rows: np.array(sorted(rows), np.int64))
asked = st.lists(st.integers(0, ROWS - 1), max_size=8).map(lambda codes: np.array(codes, np.int64))


@dataclass
class Counted:
    """A compiled filter that lets even rows stay, and counts how often it is asked for all of them."""

    whole: int = 0

    def mask(self, question: int) -> np.ndarray:
        self.whole += 1
        return np.arange(question) % 2 == 0

    def among(self, question: int, codes: np.ndarray) -> np.ndarray:
        return codes % 2 == 0

    def share(self, question: int, sample: np.ndarray) -> float:
        return float((sample % 2 == 0).mean())


def plainly(left_out: np.ndarray) -> np.ndarray:
    return np.array([row not in left_out.tolist() for row in range(ROWS)])


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(st.lists(some_rows, min_size=1, max_size=3), asked)
def test_a_few_rows_are_answered_as_all_of_them_are(left_out: list[np.ndarray], codes: np.ndarray) -> None:
    parts = [Without(rows, ROWS) for rows in left_out]
    expected = np.logical_and.reduce([plainly(rows) for rows in left_out])
    for allowed in (All(parts), together(parts)):
        assert allowed is not None
        assert allowed.mask().tolist() == expected.tolist()
        assert allowed.among(codes).tolist() == expected[codes].tolist()


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(some_rows, st.lists(st.integers(ROWS, ROWS + 3), max_size=4), asked)
def test_ids_are_left_out_wherever_they_are(left_out: np.ndarray, unknown: list[int], codes: np.ndarray) -> None:
    ids = Words.of([f"i{row}" for row in range(ROWS - 2)]).extended([f"i{row}" for row in range(ROWS - 2, ROWS)])
    without = WithoutIds(prints([f"i{row}" for row in [*unknown, *left_out.tolist()]]), ids)
    assert without.mask().tolist() == plainly(left_out).tolist()
    assert without.among(codes).tolist() == plainly(left_out)[codes].tolist()
    assert 0 <= without.share(codes) <= 1


def test_a_mask_is_made_when_it_is_asked_for_and_once() -> None:
    compiled = Counted()
    filtered = Filtered(compiled, ROWS)
    both = All((filtered, Without(np.array([0, 4]), ROWS)))
    assert both.among(np.array([5, 4, 2])).tolist() == [False, False, True]
    assert compiled.whole == 0
    for _ in range(2):
        assert np.flatnonzero(both.mask()).tolist() == [2, 6, 8, 10]
        assert np.flatnonzero(filtered.mask()).tolist() == [0, 2, 4, 6, 8, 10]
    assert compiled.whole == 1


def test_parts_are_not_changed_by_being_asked_together() -> None:
    parts: list[Allowed] = [Without(np.array([row]), ROWS) for row in range(3)]
    together(parts).mask()
    assert [np.flatnonzero(~part.mask()).tolist() for part in parts] == [[0], [1], [2]]


def test_a_filter_is_asked_about_the_rows_of_a_catalogue() -> None:
    ids = [f"item-{row}" for row in range(5)]
    records = pl.DataFrame({"ITEM_ID": ids[:4], "GENRE": ["a", "b", "a|c", "b"]})
    catalogue = Catalogue.of(SCHEMAS["ITEMS"], records, Words.of(ids))
    compiled = compile_text('EXCLUDE ItemID WHERE Items.GENRE IN ("b")', SCHEMAS)
    filtered = Filtered(compiled, Question(catalogue))
    assert filtered.mask().tolist() == [True, False, True, False, True]
    assert filtered.among(np.array([3, 2, 2, 4])).tolist() == [False, True, True, True]


def test_the_share_of_a_catalogue_that_stays_is_told_without_asking_about_rows_that_are_left_out() -> None:
    sample = np.arange(0, ROWS, 2)
    few = Without(np.array([1, 4, 5]), ROWS)
    assert few.share(sample) == 0.75
    halved = Filtered(Counted(), ROWS)
    assert halved.share(np.arange(ROWS)) == 0.5
    assert All((few, halved)).share(np.arange(ROWS)) == 0.75 * 0.5
