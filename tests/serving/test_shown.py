"""What was shown is found again by its id: at once, by another process, until it is too old, and by no other id."""

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.serving import shown as shown_module
from penchant.serving.shown import PREFIX, SEGMENT_SECONDS, Shown, ShownList, packed, place_of, text_of

SOURCE = "arn:aws:personalize:us-east-1:000000000000:campaign/c"
PLENTY = 10**9

Open = Callable[..., Shown]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Each is what another process of the same data folder would have."""
    all_: list[Shown] = []

    def opened(hours: float = 48, bytes_: int = PLENTY, folder: Path = tmp_path / "recommendations") -> Shown:
        all_.append(Shown(folder, hours, bytes_))
        return all_[-1]

    yield opened
    for each in all_:
        each.close()


def shown_list(*items: str, moment: float | None = None, propensities: bytes | None = None) -> ShownList:
    return ShownList(time.time() if moment is None else moment, SOURCE, "ü", list(items), propensities)


def segments(shown: Shown) -> list[Path]:
    return sorted(shown.folder.iterdir(), key=lambda path: path.stat().st_mtime)


def test_the_process_that_showed_it_finds_it_at_once_and_after_it_is_written(opened: Open, monkeypatch) -> None:
    written = threading.Event()
    wait = threading.Event()
    original = Shown._write

    def write(self: Shown) -> None:
        wait.wait()
        original(self)
        written.set()

    monkeypatch.setattr(Shown, "_write", write)
    shown, told = opened(), shown_list("i1", "é")
    id_ = shown.note(told)
    assert shown.find(id_) == told and opened().find(id_) is None
    wait.set()
    written.wait()
    assert shown.find(id_) == told and opened().find(id_) == told


def test_many_lists_of_several_processes(opened: Open) -> None:
    processes = [opened() for _ in range(3)]
    lists = {}
    for number in range(600):
        told = shown_list(*(f"item{number}-{place}" for place in range(number % 40)))
        lists[processes[number % 3].note(told)] = told
    for each in processes:
        each.close()
    assert len(segments(processes[0])) == 3
    reader = opened()
    assert {id_: reader.find(id_) for id_ in lists} == lists


def test_a_list_longer_than_one_read(opened: Open) -> None:
    shown = opened()
    told = shown_list(*(f"{'x' * 250}{number}" for number in range(500)))
    ids = [shown.note(told), shown.note(shown_list("after"))]
    shown.close()
    assert opened().find(ids[0]) == told
    assert opened().find(ids[1]).items == ["after"]


def test_ids_look_like_amazon_s(opened: Open) -> None:
    id_ = opened().note(shown_list("a"))
    assert len(id_) == 40 and id_.startswith("RID-")
    assert (uuid.UUID(id_[4:]).version, uuid.UUID(id_[4:]).variant) == (8, uuid.RFC_4122)


def test_propensities(opened: Open) -> None:
    shown = opened()
    some = np.array([1, 0.999, 0.01, 0.00004], np.float32)
    certain, chance = shown.note(shown_list("a", "b")), shown.note(shown_list(*"abcd", propensities=packed(some)))
    assert packed(None) is None
    assert shown.find(certain).probabilities.tolist() == [1, 1]
    np.testing.assert_allclose(shown.find(chance).probabilities, some, rtol=1e-3)


def test_a_list_is_forgotten_when_it_is_too_old(opened: Open) -> None:
    shown = opened(hours=2)
    now = time.time()
    old, young = shown.note(shown_list("a", moment=now - 7201)), shown.note(shown_list("b", moment=now - 7000))
    assert shown.find(old) is None and shown.find(young).items == ["b"]


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "RID-",
        "RID-279bc670-9f3a-4633-b670-1183fd50c323",  # Amazon's
        "RID-00000000-0000-8000-8000-000000000000",
        "RID-ffffffff-ffff-8fff-bfff-ffffffffffff",
        "RID-ffffffff-ffff-ffff-ffff-ffffffffffffff",
        "RID--fffffff-ffff-8fff-bfff-ffffffffffff",
        "../../etc/passwd",
        "RID-٣",
    ],
)
def test_ids_of_others(opened: Open, id_: str) -> None:
    shown = opened()
    shown.note(shown_list("a"))
    assert shown.find(id_) is None


@given(st.text(max_size=40) | st.from_regex(r"RID-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"))
def test_no_text_is_an_error(tmp_path_factory, id_: str) -> None:
    assert Shown(tmp_path_factory.getbasetemp() / "nothing", 48, PLENTY).find(id_) is None


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**58 - 1))
def test_a_place_is_read_back_from_its_text(number: int, offset: int, check: int) -> None:
    text = text_of(number, offset, check)
    assert place_of(text) == (number, offset, check)
    assert place_of(text.upper()) is None or text == text.upper()


def test_forged_ids(opened: Open) -> None:
    """Right but for a bit: another segment, another offset, other check bits."""
    writer = opened()
    ids = [writer.note(shown_list(*"abc")) for _ in range(20)]
    writer.close()
    reader = opened()
    number, offset, check = place_of(ids[3])
    forged = [text_of(number, offset, check ^ 1 << bit) for bit in range(58)]
    forged += [text_of(number, offset ^ 1 << bit, check) for bit in range(32)]
    forged += [text_of(number ^ 1 << bit, offset, check) for bit in range(32)]
    assert [reader.find(id_) for id_ in forged] == [None] * 122
    assert reader.find(ids[3]) is not None


@given(place=st.integers(0, 10_000), value=st.integers(1, 255))
def test_a_broken_file_is_no_error(tmp_path_factory, place: int, value: int) -> None:
    folder = tmp_path_factory.mktemp("broken")
    writer = Shown(folder, 48, PLENTY)
    told = [shown_list("a" * number, "b") for number in range(1, 6)]
    ids = [writer.note(each) for each in told]
    writer.close()
    (path,) = folder.iterdir()
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= value
    path.write_bytes(content[: len(content) - value % 7])  # what a power cut may leave
    found = [Shown(folder, 48, PLENTY).find(id_) for id_ in ids]
    assert all(each in (None, whole) for each, whole in zip(found, told, strict=True))
    assert None in found


def test_segments_end_when_they_are_full_or_old(opened: Open, monkeypatch) -> None:
    monkeypatch.setattr(shown_module, "SEGMENT_BYTES", 1000)
    shown = opened()
    ids = [shown.note(shown_list("x" * 200)) for _ in range(10)]
    assert len({place_of(id_)[0] for id_ in ids}) == 3
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + SEGMENT_SECONDS + 1)
    assert place_of(shown.note(shown_list("y")))[0] != place_of(ids[-1])[0]
    shown.close()
    assert all(opened().find(id_) for id_ in ids)


def test_tidy_deletes_what_is_too_old_and_what_is_too_much(opened: Open, monkeypatch) -> None:
    monkeypatch.setattr(shown_module, "SEGMENT_BYTES", 1000)
    writer = opened()
    ids = [writer.note(shown_list("x" * 1000)) for _ in range(6)]
    writer.close()
    now = time.time()
    for age, id_ in zip((50, 5, 4, 3, 2, 1), ids, strict=True):
        path = writer.folder / f"{place_of(id_)[0]:08x}"
        os.utime(path, (now - age * 3600 + 100, now - age * 3600 + 100))
    opened(hours=48).tidy()
    assert len(segments(writer)) == 5  # that of 50 hours is gone
    each = segments(writer)[0].stat().st_size
    opened(hours=48, bytes_=3 * each).tidy()
    assert [opened().find(id_) is not None for id_ in ids] == [False, False, False, True, True, True]
    opened(hours=1, bytes_=PLENTY).tidy()
    assert [opened().find(id_) is not None for id_ in ids] == [False] * 5 + [True]


def test_tidy_spares_a_segment_that_somebody_may_be_writing(opened: Open) -> None:
    writer = opened()
    first = writer.note(shown_list("a"))
    opened(bytes_=0).tidy()
    second = writer.note(shown_list("b"))
    writer.close()
    assert opened().find(first).items == ["a"] and opened().find(second).items == ["b"]
    opened(folder=writer.folder / "never made").tidy()


def test_a_disk_that_takes_nothing_stops_no_answer(opened: Open, tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("")
    shown = opened(folder=tmp_path / "file")
    id_ = shown.note(shown_list("a"))
    assert len(id_) == 40 and id_.startswith(PREFIX)
    assert shown.find(id_) is None
    assert "not remembered" in caplog.text


def test_a_segment_that_was_taken_away_is_followed_by_another(opened: Open, caplog) -> None:
    shown = opened()
    lost = shown.note(shown_list("a"))
    for path in segments(shown):
        path.unlink()
    while place_of(kept := shown.note(shown_list("b")))[0] == place_of(lost)[0]:
        time.sleep(0.01)
    shown.close()
    assert opened().find(kept).items == ["b"]
    assert "are forgotten" in caplog.text


def test_a_segment_that_was_taken_away_takes_no_other_with_it(opened: Open, monkeypatch, caplog) -> None:
    monkeypatch.setattr("penchant.serving.shown.SEGMENT_BYTES", 1)  # each list has its own
    monkeypatch.setattr("penchant.serving.shown.WRITE_SECONDS", 3600)  # nothing is written between the first and close
    shown = opened()
    first = shown.note(shown_list("a"))
    while opened().find(first) is None:
        time.sleep(0.01)
    lost, kept = shown.note(shown_list("b")), shown.note(shown_list("c"))
    (shown.folder / f"{place_of(lost)[0]:08x}").unlink()
    shown.close()
    assert opened().find(lost) is None
    assert opened().find(kept).items == ["c"]
    assert "are forgotten" in caplog.text
