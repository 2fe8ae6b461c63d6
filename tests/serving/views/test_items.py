"""A model's items as filters see them: in rows of its codes, with the newest records."""

import numpy as np
import pytest

from penchant.artifacts.vocabulary import Vocabulary
from penchant.serving.views import Source, records
from penchant.serving.views.items import ItemView
from tests.serving.views.conftest import random_step

IDS = ["a", "b", "ä", "購"]
COLUMNS = ["ITEM_ID", "GENRE", "BRAND", "PRICE", "TEXT", "SOLD"]
FULL = {"ITEM_ID": "a", "GENRE": "x|y", "BRAND": "m|n", "PRICE": 0.5, "TEXT": "long", "SOLD": True}


@pytest.fixture
def view(views, items, tmp_path) -> ItemView:
    return views.items(items.source, tmp_path / "model", Vocabulary.of(IDS))


def rows(view: ItemView) -> dict[str, dict]:
    """What filters see."""
    catalogue = view.catalogue
    return {str(record["ITEM_ID"]): record for record in map(catalogue.record, range(len(catalogue)))}


@pytest.mark.parametrize(("seed", "few"), [(0, records.FEWEST), (1, records.FEWEST), (2, 3)])
def test_a_view_has_what_the_dataset_has(monkeypatch, views, items, view, seed, few):
    monkeypatch.setattr(records, "FEWEST", few)
    rng, ids = np.random.default_rng(seed), [*IDS, "new", "newer"]
    choices = {"GENRE": ["x", "y", "x|y"], "BRAND": ["m", "n"], "PRICE": [1.0, 2.5], "TEXT": ["t", ""]}

    def record():
        found = {name: rng.choice([None, *values]) for name, values in choices.items()}
        return {"ITEM_ID": str(rng.choice(ids)), "SOLD": rng.choice([None, True, False]), **found}

    usable = {"ITEM_ID", "GENRE", "BRAND", "PRICE"}
    for _ in range(50):
        random_step(items, rng, record)
        if rng.random() < 0.5:
            view.build()
            views.refresh()
            held = items.records()
            assert view.metadata(ids, COLUMNS) == [held.get(id_, {}) for id_ in ids]
            seen = {id_: {name: row[name] for name in row if name in usable} for id_, row in rows(view).items()}
            assert [view.catalogue.row(id_) for id_ in IDS] == [0, 1, 2, 3]
            known = {id_: held.get(id_, {}) for id_ in {*IDS, *held}}
            expected = {
                id_: {"ITEM_ID": id_} | {name: row[name] for name in row if name in usable}
                for id_, row in known.items()
            }
            assert seen == expected


def test_without_an_items_dataset_there_are_the_ids_alone(view, items):
    view.build()
    assert rows(view) == {id_: {"ITEM_ID": id_} for id_ in IDS}
    assert view.metadata(["a", "other"], COLUMNS) == [{}, {}]
    assert not items.source.folder.exists()


def test_a_change_makes_another_catalogue_and_no_change_makes_none(views, items, view):
    items.load([FULL, {"ITEM_ID": "b"}])
    view.build()
    first = view.catalogue
    views.refresh()
    assert view.catalogue is first
    items.put({"ITEM_ID": "new", "GENRE": "y", "PRICE": 2.0})
    views.refresh()
    second = view.catalogue
    assert (len(first), len(second), second.row("new")) == (4, 5, 4)
    items.fold()
    views.refresh()
    assert view.catalogue is second
    items.load([{"ITEM_ID": "b"}])
    views.refresh()
    assert view.catalogue.record(0) == {"ITEM_ID": "a"}
    assert first.record(0)["GENRE"] == "x|y"


def test_metadata_has_every_column_as_it_was_given(views, items, view):
    items.load([FULL, {"ITEM_ID": "b", "PRICE": float("nan"), "TEXT": ""}])
    items.put({"ITEM_ID": "ä", "SOLD": False, "GENRE": "z|z", "PRICE": 3})
    view.build()
    assert view.metadata(["ä", "b", "a", "a"], COLUMNS) == [
        {"ITEM_ID": "ä", "SOLD": False, "GENRE": "z|z", "PRICE": 3.0},
        {"ITEM_ID": "b", "TEXT": ""},
        FULL,
        FULL,
    ]
    assert view.metadata(["a", "ä"], ["TEXT", "SOLD", "NO_COLUMN"]) == [{"TEXT": "long", "SOLD": True}, {"SOLD": False}]
    assert view.metadata(["a"], []) == [{}]
    assert view.metadata([], COLUMNS) == []


def test_models_share_the_records_of_a_dataset(monkeypatch, views, items, view, tmp_path):
    items.load([FULL])
    real, reads = records.Records.at, []
    monkeypatch.setattr(records.Records, "at", lambda *given: reads.append(given) or real(*given))
    other = views.items(items.source, tmp_path / "other", Vocabulary.of(["z"]))
    view.build()
    other.build()
    items.put({"ITEM_ID": "z", "GENRE": "y"})
    views.refresh()
    assert len(reads) == 1
    assert (view.catalogue.row("z"), other.catalogue.row("z")) == (4, 0)
    assert other.catalogue.record(0) == view.catalogue.record(4) == {"ITEM_ID": "z", "GENRE": "y"}
    assert other.catalogue.record(1)["ITEM_ID"] == "a"


def test_a_wider_schema_is_another_view(views, items, view, tmp_path):
    fields = items.schema.fields
    wider = type(items.schema)("ITEMS", None, (*fields, type(fields[0])("YEAR", "int", nullable=True)))
    items.load([FULL])
    other = views.items(Source(items.source.number, items.source.folder, wider), view.folder, view.vocabulary)
    assert other is not view
    other.build()
    assert other.catalogue.record(0)["GENRE"] == "x|y" and "YEAR" in other.catalogue.columns
    assert other.metadata(["a"], ["YEAR", "TEXT"]) == [{"TEXT": "long"}]
