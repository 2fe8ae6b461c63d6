import numpy as np
import pytest

from penchant.recipes.parts.course import Kept
from penchant.work import checkpoints
from penchant.work.checkpoints import Checkpoints

STATE = Kept(
    {
        "table": np.arange(6, dtype=np.float32).reshape(2, 3),
        "turned": np.arange(6, dtype=np.int64).reshape(2, 3).T,
        "step": np.array(7.0, np.float32),
        "bytes": np.frombuffer(b"abc", np.uint8),
        "none": np.empty((0, 4), np.float64),
        "flags": np.array([True, False]),
    },
    {"rng": {"state": 2**127 + 1}, "loss": 0.1 + 0.2},
)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(tmp_path, clock):
    return Checkpoints(tmp_path / "kept", "training", 60.0, clock)


def test_what_is_kept_comes_back_bit_for_bit(kept, tmp_path):
    kept.keep("loop", "data", STATE)
    found = Checkpoints(tmp_path / "kept", "training", 60.0).kept("loop", "data")
    assert found.facts == STATE.facts
    assert found.arrays.keys() == STATE.arrays.keys()
    for name, array in STATE.arrays.items():
        assert found.arrays[name].dtype == array.dtype and found.arrays[name].shape == array.shape
        assert found.arrays[name].tobytes() == array.tobytes()


def test_only_what_is_the_same_comes_back(kept, tmp_path):
    kept.keep("loop", "data", STATE)
    assert kept.kept("loop", "other data") is None
    assert kept.kept("other loop", "data") is None
    assert Checkpoints(tmp_path / "kept", "other training", 60.0).kept("loop", "data") is None


def test_one_is_due_when_its_time_has_passed(kept, clock):
    assert not kept.due()
    clock.now += 12.0
    assert kept.due(0.2) and not kept.due()
    clock.now += 48.0
    assert kept.due()
    kept.keep("loop", "data", STATE)
    assert not kept.due()


def test_what_takes_long_to_write_is_written_less_often(kept, clock, monkeypatch):
    moments = iter([0.0, 10.0])
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: next(moments))
    kept.keep("loop", "data", STATE)
    clock.now += 199.0
    assert not kept.due()
    clock.now += 1.0
    assert kept.due()


def test_none_is_kept_where_none_is_wanted(tmp_path):
    none = Checkpoints(tmp_path / "kept", "training", 0.0)
    assert not none.keeps and not none.due()
    none.keep("loop", "data", STATE)
    assert not (tmp_path / "kept").exists()


def test_a_newer_one_takes_the_place_of_the_last(kept, tmp_path):
    kept.keep("loop", "data", STATE)
    kept.keep("loop", "data", Kept({"table": np.ones(3)}, {"later": True}))
    assert kept.kept("loop", "data").facts == {"later": True}
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_what_died_half_way_leaves_the_last_as_it_was(kept, monkeypatch):
    kept.keep("loop", "data", STATE)

    class Killed(BaseException):
        pass

    def torn(path, *given) -> None:
        path.write_bytes(b"half")
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checkpoints, "write_safetensors", torn)
        kept.keep("loop", "data", Kept({"table": np.ones(3)}))
    assert kept.kept("loop", "data").facts == STATE.facts


def test_a_full_disk_is_told_and_no_more(kept, monkeypatch, caplog):
    def full(*given) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_safetensors", full)
    kept.keep("loop", "data", STATE)
    assert "No space left" in caplog.text and kept.kept("loop", "data") is None
    assert not kept.due()


def test_what_is_forgotten_is_what_it_wrote_or_read(kept, tmp_path):
    kept.keep("loop", "data", STATE)
    other = Checkpoints(tmp_path / "kept", "training", 60.0)
    other.keep("loop", "other data", STATE)
    kept.forget()
    assert kept.kept("loop", "data") is None and other.kept("loop", "other data") is not None
