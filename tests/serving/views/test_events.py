"""Events follow imports, streams, folds, merges and deletions, in whatever order, and none is counted twice."""

import itertools

import numpy as np
import polars as pl
import pytest

from penchant.events.entry import NewEntry
from penchant.lake.schema import Schema
from penchant.lake.selection import EVERYTHING, EventSelection
from penchant.serving.views import events as events_view
from penchant.serving.views.event_index import EventIndex
from penchant.serving.views.events import EventView
from tests import samples
from tests.serving.views.conftest import World, random_step


def event(item: str, second: int, type_: str | None = "View", user: str = "u") -> dict:
    return {"USER_ID": user, "ITEM_ID": item, "TIMESTAMP": second, "EVENT_TYPE": type_, "EVENT_VALUE": None}


@pytest.fixture
def view(views, events) -> EventView:
    return views.events(events.source)


@pytest.mark.parametrize(("seed", "few"), [(0, 3), (1, events_view.FEWEST), (2, events_view.FEWEST)])
def test_a_view_has_what_the_dataset_has(monkeypatch, views, events, view, seed, few):
    monkeypatch.setattr(events_view, "FEWEST", few)
    view.most = 3
    rng, users = np.random.default_rng(seed), ["u", "v", "w"]
    seconds = iter(rng.permutation(10_000).tolist())

    def record():
        type_ = rng.choice([None, "View", "VIEW", "Purchase"])
        return event(str(rng.choice(list("abc"))), next(seconds), type_, str(rng.choice(users)))

    for _ in range(60):
        random_step(events, rng, record, users)
        if rng.random() < 0.5:
            view.build()
            views.refresh()
            assert {user: view.of(user) for user in users} == {user: events.events(user, 3) for user in users}


def test_only_what_a_selection_takes(views, events):
    """Wherever an event is, in an import, in the journal or folded."""

    def valued(item: str, second: int, value: float | None, type_: str = "View") -> dict:
        return {**event(item, second, type_), "EVENT_VALUE": value}

    views_of = [
        views.events(events.source, selection)
        for selection in (EventSelection("View", 2.0), EventSelection(value_threshold=2.0), EVERYTHING)
    ]
    events.load([valued("a", 1, 1.9), valued("b", 2, 2.0), valued("c", 3, None), valued("d", 4, 9.0, "Buy")])
    for view in views_of:
        view.build()
    events.put(valued("e", 5, 1.0), valued("f", 6, 3.0), valued("g", 7, None), valued("h", 8, 3.0, "Buy"))

    def seen() -> list[str]:
        return ["".join(item for item, _ in view.of("u")) for view in views_of]

    assert seen() == ["bf", "bdfh", "abcdefgh"]
    events.fold()
    events.prune()
    views.refresh()
    assert seen() == ["bf", "bdfh", "abcdefgh"]


def test_without_a_table_there_are_no_events(events, view):
    view.build()
    assert view.of("u") == []
    assert not events.source.folder.exists()


def test_an_event_is_seen_at_once(events, view):
    events.load([event("a", 5), event("b", 7, None)])
    view.build()
    events.put(event("c", 6, "Purchase"), event("d", 8))
    assert view.of("u") == [("a", "View"), ("c", "Purchase"), ("b", None), ("d", "View")]
    assert view.of("nobody") == []


def test_what_is_folded_and_pruned_is_there_and_once(views, events, view, journal):
    events.load([event("a", 1)])
    view.build()
    index = view.state.index
    for second in range(2, 6):
        events.put(event("x", second), event("y", second))
        events.fold()
        journal.append([NewEntry(99, "x", None, False, [{}])])
        views.refresh()
        events.prune()
        assert view.of("u") == [("a", "View"), *[("x", "View"), ("y", "View")] * (second - 1)]
    events.merge()
    views.refresh()
    assert view.of("u") == events.events("u", 100)
    assert view.state.index is index


def test_the_last_call_before_the_index_is_not_counted_again(views, events, view):
    events.put(event("a", 1), event("b", 2))
    events.fold()
    view.build()
    events.put(event("c", 3))
    events.fold()
    views.refresh()
    assert [item for item, _ in view.of("u")] == ["a", "b", "c"]


def test_deleted_users_are_gone_at_the_next_look(views, events, view):
    events.load([event("a", 1), event("a", 2, user="v")])
    events.put(event("b", 3))
    view.build()
    assert len(view.of("u")) == 2
    events.erase("u")
    views.refresh()
    assert (view.of("u"), view.of("v")) == ([], [("a", "View")])


def test_a_hundred_of_each_type_count(views, events, view):
    events.load([event(f"i{second}", second, ["View", "VIEW", "Buy"][second % 3]) for second in range(300)])
    view.build()
    found = view.of("u")
    assert found == events.events("u", 100)
    assert len(found) == 200 and found[0] == ("i2", "Buy")
    events.put(event("late", 2), event("new", 301))
    assert view.of("u") == events.events("u", 100)
    assert ("late", "View") not in view.of("u")


def test_anonymous_visitors_are_found_by_their_session(views, events, view):
    events.put(event("a", 1, user="session"), session="session", anonymous=True)
    events.put(event("b", 2, user="session"), session="session", anonymous=True)
    events.fold(1)
    view.build()
    assert view.of("session") == [("a", "View"), ("b", "View")]


def test_links_without_an_item_are_no_events(views, events, view):
    link = {"USER_ID": "u", "TIMESTAMP": 3, "EVENT_TYPE": "View"}
    events.put(link, event("a", 1), session="s")
    view.build()
    assert view.of("u") == [("a", "View")]
    events.fold()
    views.refresh()
    assert view.of("u") == [("a", "View")]


def test_what_happened_at_once_is_in_the_order_of_arrival(views, events, view):
    events.load([event("b", 5), event("a", 5)])
    events.put(event("c", 5), event("b", 5))
    view.build()
    events.put(event("a", 5))
    for _ in range(2):
        assert [item for item, _ in view.of("u")] == ["b", "a", "c", "b", "a"]
        events.fold()
        views.refresh()


def test_a_type_that_the_schema_has_no_column_for_is_in_the_extra_json(views, journal, tmp_path):
    columns = map(samples.text, ("USER_ID", "ITEM_ID"))
    schema = Schema.parse(samples.schema("Interactions", *columns, {"name": "TIMESTAMP", "type": "long"}))
    world = World(journal, tmp_path / "plain", 4, schema)
    view = views.events(world.source)
    world.load([{"USER_ID": "u", "ITEM_ID": "a", "TIMESTAMP": 1}])
    view.build()
    extra = '{"EVENT_TYPE":"Käuf","note":"\\"EVENT_TYPE\\":1"}'
    world.put(
        {"USER_ID": "u", "ITEM_ID": "b", "TIMESTAMP": 2, "_extra": extra},
        {"USER_ID": "u", "ITEM_ID": "c", "TIMESTAMP": 3, "_extra": '{"note":"EVENT_TYPE"}'},
        {"USER_ID": "u", "ITEM_ID": "d", "TIMESTAMP": 4},
    )
    expected = [("a", None), ("b", "Käuf"), ("c", None), ("d", None)]
    assert view.of("u") == expected
    world.fold()
    views.refresh()
    assert view.of("u") == expected


def test_actions_have_a_larger_quota(views, journal, tmp_path):
    names = ("USER_ID", "ACTION_ID", "EVENT_TYPE")
    text = samples.schema("Action_Interactions", *map(samples.text, names), {"name": "TIMESTAMP", "type": "long"})
    world = World(journal, tmp_path / "actions", 5, Schema.parse(text))
    world.load([{"USER_ID": "u", "ACTION_ID": f"{n}", "EVENT_TYPE": "Viewed", "TIMESTAMP": n} for n in range(310)])
    view = views.events(world.source)
    view.build()
    assert [id_ for id_, _ in view.of("u")] == [f"{n}" for n in range(10, 310)]


@pytest.mark.parametrize("seconds", [(-(2**63), 0, 2**63 - 1), (5, 5, 6), (0, 2**32, 2**33)])
def test_times_are_kept_to_the_second(seconds):
    columns = {"user": "u", "object": [f"i{n}" for n in range(3)], "time": seconds, "type": None, "_sequence": range(3)}
    frame = pl.DataFrame(
        columns, {"user": pl.String, "object": pl.String, "time": pl.Int64, "type": pl.String, "_sequence": pl.Int64}
    )
    assert [time for time, _, _ in EventIndex.of(frame.lazy(), 100).of_user("u")] == list(seconds)


def test_many_users_and_types_keep_their_newest():
    rng = np.random.default_rng(0)
    rows = [(f"u{u}", f"i{i}", int(t), f"t{k}") for u, i, t, k in rng.integers([0] * 4, [9, 50, 99, 3], (2000, 4))]
    frame = pl.DataFrame(rows, ["user", "object", "time", "type"], orient="row").with_row_index("_sequence")
    index = EventIndex.of(frame.with_columns(pl.col("_sequence").cast(pl.Int64)).lazy(), 5)
    for user in range(9):
        ascending = sorted((row for row in rows if row[0] == f"u{user}"), key=lambda row: row[2])
        by_type = {f"t{k}": [row for row in ascending if row[3] == f"t{k}"][-5:] for k in range(3)}
        kept = list(itertools.chain(*by_type.values()))
        assert sorted(index.of_user(f"u{user}")) == sorted((t, i, k) for _, i, t, k in kept)
    assert len(index) == 9 * 3 * 5
