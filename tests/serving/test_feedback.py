"""Counts from the journal since a training."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from penchant.lake.exposure import Exposure
from penchant.serving import feedback as feedback_module
from penchant.serving.feedback import Feedback, impressions


@dataclass
class Entry:
    seq: int
    records: list[dict[str, Any]]


class Journal:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.asked: list[int] = []

    def put(self, *records: dict) -> None:
        self.entries.append(Entry(16 * len(self.entries) + 16, list(records)))

    def since(self, after: int, limit: int) -> list[Entry]:
        self.asked.append(after)
        return [entry for entry in self.entries if entry.seq > after][:limit]


@pytest.fixture
def journal() -> Journal:
    return Journal()


SEALED = Exposure(np.array([10, 20, 50]), np.array([5, 0, 0]), np.array([2, 1, 0]), 50)
"""Of the items a, b, c; c has no events."""
ROWS = {"a": 0, "b": 1, "c": 2, "new": 3, "quiet": 4}


def row_of(ids: Sequence[str]) -> list[int | None]:
    return [ROWS.get(id_) for id_ in ids]


def click(item: str | None, at: int, shown: Sequence[str] = (), list_: str | None = None, **more: Any) -> dict:
    record = {"TIMESTAMP": at, "IMPRESSION": "|".join(shown), "RECOMMENDATION_ID": list_, "ITEM_ID": item, **more}
    return {name: value for name, value in record.items() if value}


def test_nothing_has_happened(journal: Journal) -> None:
    feedback = Feedback(journal.since, 0)
    assert not feedback.refresh()
    now = feedback.added_to(SEALED, 5, row_of)
    assert now.created.tolist() == [10, 20, 50, 50, 50] and now.latest == 50
    assert now.impressions.tolist() == [5, 0, 0, 0, 0] and now.clicks.tolist() == [2, 1, 0, 0, 0]


def test_events_are_added_and_items_appear(journal: Journal) -> None:
    journal.put(click("a", 60), click("new", 70, ["new", "a", "gone"]))
    journal.put(click("new", 65), click("b", 15), click("c", 30), click("gone", 99))
    feedback = Feedback(journal.since, 0)
    assert feedback.refresh()
    now = feedback.added_to(SEALED, 5, row_of)
    assert now.latest == 99
    # b got an event from before all others; c was dated to the training only until it had an event.
    assert now.created.tolist() == [10, 15, 30, 65, 99]
    assert now.impressions.tolist() == [6, 0, 0, 1, 0] and now.clicks.tolist() == [3, 2, 1, 2, 0]
    assert SEALED.clicks.tolist() == [2, 1, 0]


def test_it_goes_on_where_it_was(journal: Journal, monkeypatch) -> None:
    monkeypatch.setattr(feedback_module, "STEP", 3)
    monkeypatch.setattr(feedback_module, "STEPS", 2)
    for at in range(8):
        journal.put(click("a", at))
    feedback = Feedback(journal.since, 16)
    assert feedback.refresh() and journal.asked == [16, 64]
    assert feedback.refresh() and feedback.position == 128
    assert feedback.added_to(SEALED, 3, row_of).clicks.tolist() == [9, 1, 0]
    assert not feedback.refresh()


def test_a_list_that_several_events_tell_of_was_shown_once(journal: Journal) -> None:
    for shown in (["a", "b"], ["a", "b"], ["b"]):
        journal.put(click("a", 60, shown, "R1"))
    journal.put(click("a", 60, ["a", "b"], "R2"), click(None, 60, ["a"]), click(None, 60, ["a", "a"]))
    feedback = Feedback(journal.since, 0)
    feedback.refresh()
    assert feedback.added_to(SEALED, 3, row_of).impressions.tolist() == [5 + 4, 3, 0]


def test_only_so_many_lists_are_remembered(journal: Journal, monkeypatch) -> None:
    monkeypatch.setattr(feedback_module, "LISTS", 2)
    for list_ in ("R1", "R2", "R1", "R3", "R1"):
        journal.put(click("a", 60, ["b"], list_))
    feedback = Feedback(journal.since, 0)
    feedback.refresh()
    assert feedback.added_to(SEALED, 3, row_of).impressions.tolist() == [5, 4, 0]


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({}, ((), None)),
        ({"IMPRESSION": "a|b", "RECOMMENDATION_ID": "R"}, (("a", "b"), "R")),
        ({"_extra": json.dumps({"IMPRESSION": ["a|1", "b"]}), "IMPRESSION": "b"}, (("a|1", "b"), None)),
        ({"_extra": json.dumps({"RECOMMENDATION_ID": "R"}), "IMPRESSION": "b"}, (("b",), "R")),
        ({"_extra": json.dumps({"note": "no IMPRESSION"})}, ((), None)),
    ],
)
def test_what_an_event_says_was_shown(record: dict, found: tuple) -> None:
    assert impressions(record) == found
