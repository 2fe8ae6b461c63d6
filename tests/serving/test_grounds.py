"""What may be explored: made once, used while it is young, and made anew from the side."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from penchant.filters import Catalogue, Words
from penchant.lake.exposure import Exposure
from penchant.serving import grounds as module
from penchant.serving.grounds import Grounds, nothing
from tests.filters.conftest import SCHEMAS

DAY = 86_400
OLD, NOW = 1_000 * DAY, 1_100 * DAY
A, B = Path("a"), Path("b")
ALWAYS, NEVER = -1.0, 1e9
"""How old a ground may be."""


@dataclass
class Entry:
    seq: int
    records: list[dict[str, Any]]


@dataclass
class Journal:
    entries: list[Entry] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    broken: bool = False

    def since(self, dataset: int, after: int, limit: int) -> list[Entry]:
        self.asked.append((dataset, after))
        if self.broken:
            raise OSError("the journal cannot be read")
        return [entry for entry in self.entries if entry.seq > after][:limit]

    def put(self, item: str, moment: int) -> None:
        self.entries.append(Entry(len(self.entries) + 1, [{"ITEM_ID": item, "TIMESTAMP": moment}]))


def sealed() -> dict[str, np.ndarray]:
    """Of the items a, b and c, of which c is new and was shown but never taken."""
    return Exposure(np.array([OLD, OLD, NOW]), np.array([50, 50, 10]), np.array([9, 9, 0]), NOW).state()


@dataclass
class Answers:
    more: dict[str, np.ndarray] = field(default_factory=sealed)
    position: int = 0
    size: int = 3


@dataclass
class View:
    catalogue: Catalogue


def view(ids: Sequence[str] = "abc", **created: int | None) -> View:
    records = pl.DataFrame(
        {"ITEM_ID": list(created), "CREATION_TIMESTAMP": list(created.values())},
        schema={"ITEM_ID": pl.String, "CREATION_TIMESTAMP": pl.Int64},
    )
    return View(Catalogue.of(SCHEMAS["ITEMS"], records, Words.of(list(ids))))


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def grounds(journal: Journal):
    made: list[Grounds] = []

    def grounds(seconds: float) -> Grounds:
        made.append(Grounds(journal, seconds))
        return made[-1]

    yield grounds
    for each in made:
        each.close()


def rows(grounds: Grounds, folder: Path = A, answers: Any = None, seen: Any = None, age_days: float = 30.0) -> Any:
    """What may be explored at once, None where it has to be built."""
    seen = seen or view()
    found = grounds.ground(folder, answers or Answers(), seen, seen.catalogue, 7, age_days)
    return None if found is None else found.rows.tolist()


def build(grounds: Grounds, folder: Path = A, answers: Any = None, seen: Any = None, age_days: float = 30.0) -> Any:
    grounds.build(folder, answers or Answers(), seen or view(), 7, age_days)
    return rows(grounds, folder, answers, seen, age_days)


def refreshed(grounds: Grounds, **asked: Any) -> Any:
    """The old one is used once more, and the next is the new one."""
    before = rows(grounds, **asked)
    grounds._maker.submit(int).result()
    return before, rows(grounds, **asked)


def test_there_is_none_until_it_is_built(grounds) -> None:
    young = grounds(NEVER)
    assert rows(young) is None
    assert build(young) == [2]
    assert rows(young, B) is None


def test_it_depends_on_the_days_that_an_item_counts_as_new(grounds) -> None:
    young = grounds(NEVER)
    assert build(young, age_days=30.0) == [2]
    assert rows(young, age_days=100.0) is None
    assert build(young, age_days=100.0) == [0, 1, 2]
    assert rows(young, age_days=30.0) == [2]


def test_events_since_the_training_count(grounds, journal: Journal) -> None:
    journal.put("a", NOW + 90 * DAY)
    journal.put("d", NOW + 80 * DAY)
    assert build(grounds(NEVER), seen=view("abcd")) == [3]  # c is ninety days old by now
    assert journal.asked[0] == (7, 0)


def test_counting_begins_where_the_model_stopped(grounds, journal: Journal) -> None:
    for _ in range(2):
        journal.put("a", NOW + 90 * DAY)
    assert build(grounds(NEVER), answers=Answers(position=2)) == [2]
    assert journal.asked[0] == (7, 2)


def test_a_young_one_is_not_made_anew(grounds, journal: Journal) -> None:
    young = grounds(NEVER)
    build(young, seen=view("abcd"))
    journal.put("d", NOW + 80 * DAY)
    assert refreshed(young, seen=view("abcd")) == ([2, 3], [2, 3])
    build(young, seen=view("abcd"))
    assert len(journal.asked) == 1


def test_an_old_one_is_used_once_more_and_made_anew(grounds, journal: Journal) -> None:
    old = grounds(ALWAYS)
    old.build(A, Answers(), view("abcd"), 7, 30.0)
    journal.put("d", NOW + 80 * DAY)
    assert refreshed(old, seen=view("abcd")) == ([2, 3], [3])
    journal.put("a", NOW + 200 * DAY)
    assert refreshed(old, seen=view("abcd"))[1] == []


def test_all_ages_are_made_anew_together(grounds, journal: Journal) -> None:
    old = grounds(ALWAYS)
    for age_days in (30.0, 100.0):
        old.build(A, Answers(), view(), 7, age_days)
    journal.put("c", NOW + 1 * DAY)
    assert refreshed(old, age_days=30.0)[1] == [2]
    assert rows(old, age_days=100.0) == [2]


def test_what_cannot_be_made_anew_stays_as_it_was(grounds, journal: Journal, caplog) -> None:
    old = grounds(ALWAYS)
    old.build(A, Answers(), view("abcd"), 7, 30.0)
    journal.put("d", NOW + 80 * DAY)
    journal.broken = True
    with caplog.at_level(logging.ERROR):
        assert refreshed(old, seen=view("abcd")) == ([2, 3], [2, 3])
        old._maker.submit(int).result()
    assert "could not be refreshed" in caplog.text
    journal.broken = False
    assert refreshed(old, seen=view("abcd"))[1] == [3]


def test_without_a_dataset_of_events_nothing_is_read(grounds, journal: Journal) -> None:
    journal.put("a", NOW + 90 * DAY)
    young = grounds(NEVER)
    young.build(A, Answers(), view(), None, 30.0)
    seen = view()
    found = young.ground(A, Answers(), seen, seen.catalogue, None, 30.0)
    assert found.rows.tolist() == [2]
    assert journal.asked == []
    assert nothing(0, 5) == []


def test_what_the_items_say_of_their_creation_counts_before_their_events(grounds) -> None:
    told = view(a=NOW - DAY, b=None, c=OLD)
    assert build(grounds(NEVER), seen=told) == [0]


def test_items_that_came_later_are_new_and_behind_those_of_the_model(grounds) -> None:
    young = grounds(NEVER)
    build(young, seen=view("abcde", e=OLD))
    seen = view("abcde")
    found = young.ground(A, Answers(), seen, seen.catalogue, 7, 30.0)
    assert found.rows.tolist() == [2, 3]
    assert found.known == 1
    assert found.sample.tolist() == [0, 1, 2]
    assert found.sigma[1] > found.sigma[0]  # c was shown ten times


def test_nothing_of_a_model_of_an_earlier_release_is_new(grounds, journal: Journal) -> None:
    journal.put("b", NOW)
    assert build(grounds(NEVER), answers=Answers(more={}), seen=view("abcd")) == [1, 3]  # what events tell is known


def test_few_models_are_remembered(grounds, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    young = grounds(NEVER)
    for folder in (A, B, Path("c")):
        assert build(young, folder) == [2]
    assert rows(young, Path("c")) == [2]
    assert rows(young, A) is None
    assert build(young, A) == [2]


def test_new_items_are_followed_to_their_rows_in_another_catalogue(grounds) -> None:
    young = grounds(NEVER)
    assert build(young, seen=view("abcde")) == [2, 3, 4]  # d and e have no event, so they are new
    assert rows(young, seen=view("abced")) == [2, 3, 4]
    before = young.ground(A, Answers(), seen := view("abcfde"), seen.catalogue, 7, 30.0)
    assert before.rows.tolist() == [2, 4, 5]  # f came after the counting
    assert len(before.sigma) == 3
    assert rows(young, seen=view("abce")) == [2, 3]  # d is gone
