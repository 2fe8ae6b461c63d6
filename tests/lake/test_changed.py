"""Which items are said to be something else than they were."""

import polars as pl

from penchant.lake.changed import changed
from tests.lake.conftest import stream

KNOWN = pl.Series(["a", "b", "c", "new", "nowhere"])


def rows(frame: dict[str, tuple]) -> list[tuple]:
    return [(id_, *values) for id_, values in frame.items()]


def test_what_was_said_and_what_is_said(table, items):
    fields = [field for field in items.fields if field.name in ("GENRES", "YEAR")]
    stream(table, items, rows({"a": ("x|y", "t", 1, True), "b": (None, "t", 2, True), "c": ("z", "t", None, True)}))
    before = table.version()
    stream(
        table,
        items,
        rows(
            {
                "a": ("x|y", "another text", 1, False),  # of what is read, nothing
                "b": ("z", "t", 2, True),
                "new": ("y", "t", 3, True),
                "unknown": ("y", "t", 3, True),
            }
        ),
    )
    found = changed(table, before, table.version(), KNOWN, fields)
    assert found.ids.to_list() == ["b", "new"]
    assert found.before["YEAR"].values[0] == 2 and found.before["GENRES"].first().tolist() == [-1, -1]
    assert [found.now["GENRES"].words[code] for code in found.now["GENRES"].first()] == ["z", "y"]
    assert found.now["YEAR"].values.tolist() == [2, 3]
    for same in (
        changed(table, before, before, KNOWN, fields),
        changed(table, before, table.version(), KNOWN[:1], fields),
        changed(table, before, table.version(), KNOWN, []),
    ):
        assert (len(same.ids), same.before, same.now) == (0, {}, {})
