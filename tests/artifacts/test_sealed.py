import json

import numpy as np
import pytest

from penchant.artifacts.sealed import ARRAYS, MANIFEST, open_sealed, seal

SAMPLES = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "codes": np.array([1, -2], np.int64),
    "small": np.array([3], np.int32),
    "bytes": np.frombuffer(b"abc", np.uint8),
    "number": np.array(2.5),
    "none": np.empty((0, 4), np.float32),
    "flags": np.array([True, False]),
}


def test_what_was_sealed_is_opened_equal(tmp_path):
    seal(tmp_path / "a", SAMPLES, {"recipe": "r"})
    artifact = open_sealed(tmp_path / "a")
    assert artifact.manifest["recipe"] == "r"
    assert artifact.arrays.keys() == SAMPLES.keys()
    for name, array in SAMPLES.items():
        opened = artifact.arrays[name]
        assert (opened.dtype, opened.shape) == (array.dtype, array.shape)
        assert (opened == array).all()


def test_opened_arrays_cannot_be_written(tmp_path):
    seal(tmp_path / "a", SAMPLES, {})
    with pytest.raises(ValueError, match="read-only"):
        open_sealed(tmp_path / "a").arrays["matrix"][0, 0] = 5


def test_arrays_that_are_not_contiguous_are_sealed_as_they_look(tmp_path):
    seal(tmp_path / "a", {"turned": SAMPLES["matrix"].T}, {})
    assert (open_sealed(tmp_path / "a").arrays["turned"] == SAMPLES["matrix"].T).all()


def test_what_an_attempt_that_died_left_is_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ARRAYS).write_bytes(b"half")
    with pytest.raises(FileNotFoundError):
        open_sealed(tmp_path / "a")
    seal(tmp_path / "a", SAMPLES, {})
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted([ARRAYS, MANIFEST])


def test_a_sealed_artifact_never_changes(tmp_path):
    seal(tmp_path / "a", SAMPLES, {"attempt": 1})
    seal(tmp_path / "a", {"other": SAMPLES["codes"]}, {"attempt": 2})
    assert open_sealed(tmp_path / "a").manifest["attempt"] == 1


def test_a_format_of_another_release_is_refused(tmp_path):
    seal(tmp_path / "a", SAMPLES, {})
    path = tmp_path / "a" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(ValueError, match="artifact format 99"):
        open_sealed(tmp_path / "a")
