from dataclasses import dataclass
from pathlib import Path

import pytest

from penchant.contract.errors import InternalFailure
from penchant.serving.live import Live, Pointers


@dataclass
class Revision:
    """How often something changed, and how often that was asked."""

    number: int = 0
    asked: int = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.number


def test_a_pointer_is_good_until_something_changes():
    revision, looked = Revision(), []
    pointers = Pointers(revision, seconds=-1)
    assert [pointers("a", lambda: looked.append(1) or len(looked)) for _ in range(3)] == [1, 1, 1]
    revision.number += 1
    assert [pointers("a", lambda: looked.append(1) or len(looked)) for _ in range(2)] == [2, 2]


def test_whether_something_changed_is_asked_once_in_a_moment():
    revision = Revision()
    pointers = Pointers(revision, seconds=60)
    assert pointers("a", lambda: 1) == 1
    revision.number += 1
    assert [pointers("a", lambda: 2), pointers("b", lambda: 3)] == [1, 3]
    assert revision.asked == 1


def test_what_was_looked_up_while_it_changed_is_not_remembered():
    revision = Revision()
    pointers = Pointers(revision, seconds=-1)

    def overtaken() -> str:
        revision.number += 1
        pointers("b", lambda: "somebody else asks meanwhile")
        return "as it was"

    assert pointers("a", overtaken) == "as it was"
    assert pointers("a", lambda: "as it is") == "as it is"


def test_what_was_not_found_is_not_remembered():
    pointers = Pointers(Revision(), seconds=60)

    def missing():
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            pointers("a", missing)
    assert pointers("a", lambda: 5) == 5


def test_a_model_that_was_never_sealed_cannot_be_opened(tmp_path):
    with pytest.raises(FileNotFoundError):
        Live().model(tmp_path / "none")


def test_the_model_that_was_asked_for_longest_ago_is_let_go(monkeypatch):
    monkeypatch.setattr("penchant.serving.live.OPEN_MODELS", 2)
    opened = []
    monkeypatch.setattr("penchant.serving.live.open_answering", lambda folder: opened.append(folder) or folder)
    live = Live()
    for folder in map(Path, ("a", "b", "a", "c", "a", "b")):
        assert live.model(folder) == folder
    assert [str(folder) for folder in opened] == ["a", "b", "c", "b"]


def test_an_update_takes_the_place_of_the_model_before_it(monkeypatch):
    monkeypatch.setattr("penchant.serving.live.open_answering", lambda folder: folder)
    live, first, second = Live(), Path("a/updates/1"), Path("a/updates/2")
    for folder in (Path("a"), Path("b/updates/1"), first, second):
        live.model(folder)
    assert list(live.models) == ["b/updates/1", str(second)]


def test_a_model_of_another_release_is_told_to_be_trained_again(tmp_path):
    folder = tmp_path / "d684c02f"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(
        InternalFailure, match=r"d684c02f was sealed by another release .* create a new solution version"
    ):
        Live().model(folder)
