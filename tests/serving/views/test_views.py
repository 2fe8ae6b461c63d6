"""Views are made once, looked after by one thread, and let go when nobody asks for them."""

import threading

import pytest

from penchant.artifacts.vocabulary import Vocabulary
from penchant.serving.views import Views
from penchant.serving.views import views as module
from penchant.serving.views.view import View


def test_the_same_data_has_one_view(views, items, users, events, tmp_path):
    vocabulary = Vocabulary.of(["a"])
    of_model = views.items(items.source, tmp_path / "m", vocabulary)
    assert views.items(items.source, tmp_path / "m", vocabulary) is of_model
    assert views.items(items.source, tmp_path / "n", vocabulary) is not of_model
    assert views.users(users.source) is views.users(users.source)
    assert views.events(events.source) is views.events(events.source)


def test_changes_are_found_from_the_side(monkeypatch, journal, users):
    users.load([{"USER_ID": "u", "AGE": 1}])
    views = Views(journal, seconds=0.001)
    view = views.users(users.source)
    view.build()
    seen, refresh = threading.Event(), View.refresh

    def then_tell(self):
        refresh(self)
        if self.record("u")["AGE"] == 2:
            seen.set()

    monkeypatch.setattr(View, "refresh", then_tell)
    users.put({"USER_ID": "u", "AGE": 2})
    assert seen.wait(60)
    views.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "views"]


def test_a_view_that_is_not_built_is_left_to_who_asks_for_it(views, users):
    view = views.users(users.source)
    views.refresh()
    assert not view.ready


@pytest.mark.parametrize(("name", "value"), [("UNUSED_SECONDS", -1), ("MOST", 1)])
def test_what_nobody_asks_for_is_let_go(monkeypatch, views, users, events, name, value):
    first = views.users(users.source)
    first.build()
    monkeypatch.setattr(module, name, value)
    views.events(events.source)
    views.refresh()
    assert views.users(users.source) is not first
    users.put({"USER_ID": "u", "AGE": 2})
    views.refresh()
    assert first.record("u") == {"USER_ID": "u"}  # whoever still reads it reads what it had


def test_a_look_that_fails_does_not_end_the_looking(monkeypatch, caplog, journal, users):
    views = Views(journal, seconds=0.001)
    looks, again = [], threading.Event()

    def broken(self):
        looks.append(self)
        if len(looks) > 1:
            again.set()
        raise OSError("no memory")

    monkeypatch.setattr(View, "refresh", broken)
    views.users(users.source)
    assert again.wait(60)
    views.close()
    assert "Looking after the views failed" in caplog.text
