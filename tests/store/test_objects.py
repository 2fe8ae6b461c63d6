from pathlib import Path

import pytest

from penchant.store.objects import LocationError, Objects


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "buckets")


def read(objects: Objects, location: str) -> dict[str, bytes]:
    found = {}
    for source in objects.sources(location):
        with source.open() as stream:
            found[source.name] = stream.read()
        assert source.size == len(found[source.name])
    return found


def test_a_file_of_the_local_buckets(objects: Objects, tmp_path: Path) -> None:
    objects.put("s3://shop/data/a b%20é.csv", b"one")
    assert (tmp_path / "buckets/shop/data/a b%20é.csv").read_bytes() == b"one"
    assert read(objects, "s3://shop/data/a b%20é.csv") == {"s3://shop/data/a b%20é.csv": b"one"}
    objects.put("s3://shop/data/a b%20é.csv", b"two")
    assert read(objects, "s3://shop/data/a b%20é.csv") == {"s3://shop/data/a b%20é.csv": b"two"}


def test_a_folder_is_its_first_level_without_markers(objects: Objects, tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "_SUCCESS", ".hidden", "deeper/c.csv"):
        objects.put(f"s3://shop/data/{name}", name.encode())
    objects.put("s3://shop/database.csv", b"another folder's neighbour")
    (tmp_path / "buckets/shop/data/empty.csv").touch()
    assert read(objects, "s3://shop/data/") == {"s3://shop/data/a.csv": b"a.csv", "s3://shop/data/b.csv": b"b.csv"}
    assert list(read(objects, "s3://shop/")) == ["s3://shop/database.csv"]


def test_file_locations(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"x")
    location = (tmp_path / "x.csv").as_uri()
    assert read(objects, location) == {location: b"x"}
    with pytest.raises(LocationError, match="does not read file://"):
        Objects(tmp_path, allow_files=False).sources(location)


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("s3://shop/missing.csv", "There is no file s3://shop/missing.csv. A folder must end with a slash."),
        ("s3://shop/data", "A folder must end with a slash"),
        ("s3://shop/empty/", "There is no file in s3://shop/empty/."),
        ("s3://nowhere/x.csv", "There is no bucket nowhere"),
        ("s3://shop/../../secret", "must not hold '.' or '..' as a name"),
        ("s3://../secret", "must not hold '.' or '..' as a name"),
        ("s3://shop/./data/x.csv", "must not hold '.' or '..' as a name"),
        ("s3://shop/link/", "leads out of its bucket"),
        ("s3://shop/folder/", "leads out of its bucket"),
        ("http://shop/x.csv", "must look like s3://bucket/file.csv"),
        ("s3://", "must look like s3://bucket/file.csv"),
        ("shop/x.csv", "must look like s3://bucket/file.csv"),
        ("", "must look like s3://bucket/file.csv"),
    ],
)
def test_locations_with_nothing_to_read(objects: Objects, tmp_path: Path, location: str, sentence: str) -> None:
    objects.put("s3://shop/data/x.csv", b"x")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/x.csv").write_bytes(b"secret")
    (tmp_path / "buckets/shop/link").symlink_to(tmp_path / "secret")
    (tmp_path / "buckets/shop/folder").mkdir()
    (tmp_path / "buckets/shop/folder/x.csv").symlink_to(tmp_path / "secret/x.csv")
    with pytest.raises(LocationError) as caught:
        objects.sources(location)
    assert str(caught.value).startswith("Invalid Data location. ") and sentence in str(caught.value)


@pytest.mark.parametrize("location", ["s3://shop/../out.csv", "s3://shop/link/out.csv", "s3://shop/", "s3://shop"])
def test_nothing_is_written_outside_a_bucket(objects: Objects, tmp_path: Path, location: str) -> None:
    objects.put("s3://shop/x.csv", b"x")
    (tmp_path / "buckets/shop/link").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(LocationError):
        objects.put(location, b"out")
    assert sorted(tmp_path.rglob("*")) == before


def test_delete_prefix(objects: Objects) -> None:
    for name in ("data/a.csv", "data/deep/b.csv", "data.csv"):
        objects.put(f"s3://shop/{name}", b"x")
    assert objects.delete_prefix("s3://shop/data/") == 2
    assert objects.delete_prefix("s3://shop/data/") == 0
    assert list(read(objects, "s3://shop/")) == ["s3://shop/data.csv"]
    with pytest.raises(LocationError, match="whole bucket"):
        objects.delete_prefix("s3://shop/")


def test_an_endpoint_that_does_not_answer(tmp_path: Path) -> None:
    options = {"access_key_id": "a", "secret_access_key": "b", "region": "us-east-1"}
    unreachable = Objects(tmp_path, s3_endpoint="http://127.0.0.1:9", options=options, retry_seconds=0.1)
    with pytest.raises(LocationError, match=r"s3://shop/x\.csv cannot be reached"):
        unreachable.sources("s3://shop/x.csv")


def test_a_folder_at_every_depth(objects: Objects, tmp_path: Path) -> None:
    for name in ("b.csv", "deeper/a.csv", "deeper/still/c.txt", "deeper/_SUCCESS"):
        objects.put(f"s3://shop/data/{name}", b"x")
    objects.put("s3://shop/database.csv", b"another folder's neighbour")
    names = [source.name for source in objects.sources("s3://shop/data/", recursive=True)]
    assert names == [f"s3://shop/data/{name}" for name in ("b.csv", "deeper/a.csv", "deeper/still/c.txt")]
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/x.csv").write_bytes(b"secret")
    (tmp_path / "buckets/shop/data/link").symlink_to(tmp_path / "secret")
    with pytest.raises(LocationError, match="leads out of its bucket"):
        objects.sources("s3://shop/data/", recursive=True)


def test_removing_one_object(objects: Objects) -> None:
    objects.put("s3://shop/a.csv", b"x")
    objects.remove("s3://shop/a.csv")
    objects.remove("s3://shop/a.csv")
    with pytest.raises(LocationError):
        objects.sources("s3://shop/a.csv")
