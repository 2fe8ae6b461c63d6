"""What an export writes: which rows, in which order, and as text that an import reads back without a difference."""

import pytest

from penchant.lake import export
from penchant.lake.compact import compact
from penchant.lake.export import export_csv
from penchant.lake.imports import import_files
from penchant.lake.parts import SEQUENCE
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from tests.lake.conftest import MakeSource, schema_text, stream

HEADER = "ITEM_ID,GENRES,TEXT,YEAR,SOLD\n"
AWKWARD = [
    "plain",
    "a,b",
    'say "so"',
    '"',
    "\\",
    "back\\slash",
    "ends, with\\",
    'a,\\"b\\\\',
    "\\\\two",
    ", ",
    " spaces ",
    "ünï 漢字 🙂",
    "'single'",
    "tab\there",
    "#",
    "null",
    "True",
    "5.0",
    "|a|b",
    None,
]


def exported(table: Table, schema: Schema, mode: str = "ALL") -> list[str]:
    contents = export_csv(table, table.version(), schema, mode)  # type: ignore[arg-type]
    return b"".join(contents).decode().splitlines()


def test_awkward_values_come_back_as_they_were(table: Table, items: Schema, source: MakeSource, tmp_path) -> None:
    rows = [
        (f"i{n}{value or ''}", value, AWKWARD[-n - 1], None if n % 3 else -n, [True, False, None][n % 3])
        for n, value in enumerate(AWKWARD)
    ]
    stream(table, items, rows)
    (content,) = export_csv(table, table.version(), items, "ALL")
    again = Table(tmp_path / "again")
    import_files(again, items, [source(content)], "FULL", "import")
    assert sorted(again.read().collect().rows()) == sorted(table.read().collect().rows())
    assert list(export_csv(again, 0, items, "BULK")) == [content]


def test_numbers_come_back_to_the_last_bit(table: Table, source: MakeSource, tmp_path) -> None:
    schema = Schema.parse(
        schema_text(
            "Items",
            {"name": "ITEM_ID", "type": "string"},
            {"name": "D", "type": ["double", "null"]},
            {"name": "L", "type": ["long", "null"]},
        )
    )
    numbers = [0.1, 1e-300, 1.7976931348623157e308, -0.0, 1 / 3, 5.0, 123456789.125, None]
    rows = [(f"i{n}", number, 2**63 - 1 - n if n else None) for n, number in enumerate(numbers)]
    stream(table, schema, rows)
    again = Table(tmp_path / "again")
    import_files(again, schema, [source(next(export_csv(table, 0, schema, "PUT")))], "FULL", "import")
    assert sorted(again.read().collect().rows()) == sorted(table.read().collect().rows())


def test_a_line_break_inside_a_value_becomes_a_space(table: Table, items: Schema) -> None:
    stream(table, items, [("a", None, "one\ntwo\r\nthree\rfour", None, None)])
    assert exported(table, items) == [HEADER.strip(), "a,,one two three four,,"]


def test_the_rows_of_each_mode(table: Table, items: Schema, source: MakeSource) -> None:
    import_files(table, items, [source(HEADER + "a,x,,1,\nb,x,,1,\n")], "FULL", "one")
    import_files(table, items, [source(HEADER + "a,y,,2,\nb,x,,1,\n")], "INCREMENTAL", "two")
    stream(table, items, [("a", "z", None, 3, None), ("c", None, None, None, None)])
    stream(table, items, [("c", None, None, None, None), ("c", "w", None, None, None)])
    assert exported(table, items, "BULK")[1:] == ["a,x,,1,", "b,x,,1,", "a,y,,2,"]  # all versions, equal ones once
    assert exported(table, items, "PUT")[1:] == ["a,z,,3,", "c,,,,", "c,w,,,"]
    assert exported(table, items, "ALL")[1:] == ["b,x,,1,", "a,z,,3,", "c,w,,,"]  # the newest of each


def test_every_event_once(table: Table, interactions: Schema, source: MakeSource) -> None:
    header = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"
    import_files(table, interactions, [source(header + "u,i,view,1,5\nu,i,view,2,5\n")], "FULL", "one")
    stream(table, interactions, [("u", "i", "view", 1.0, 5), ("u", "i", "view", None, 6)])
    assert exported(table, interactions)[1:] == ["u,i,view,1.0,5", "u,i,view,2.0,5", "u,i,view,,6"]
    assert exported(table, interactions, "PUT")[1:] == ["u,i,view,1.0,5", "u,i,view,,6"]


def test_events_of_visitors(table: Table, interactions: Schema) -> None:
    rows = [("s", "a", None, None, 1), ("u", None, None, None, 2), ("u", "b\0", None, None, 3)]
    hidden = {"_session": ["s"] * 3, "_anonymous": [True, False, False]}
    stream(table, interactions, rows, **hidden)
    for mode in ("ALL", "PUT"):
        assert exported(table, interactions, mode)[1:] == ["s,a,,,1", "u,b\0,,,3"]
    assert exported(table, interactions, "BULK")[1:] == []


def test_a_record_put_during_an_import_is_newer(
    monkeypatch: pytest.MonkeyPatch, table: Table, items: Schema, source: MakeSource
) -> None:
    """One fold brings records from before and after the beginning of an import."""
    rows = [("a", None, None, 1, None), ("b", None, None, 1, None), ("c", None, None, 1, None)]
    put = stream(table, items, rows)[SEQUENCE]
    # The import begins with the number of the record in the middle.
    monkeypatch.setattr("penchant.lake.parts.sequence_start", lambda: put[1])
    import_files(table, items, [source(HEADER + "a,,,2,\nd,,,2,\nc,,,2,\n")], "INCREMENTAL", "job")
    assert exported(table, items)[1:] == ["b,,,1,", "a,,,2,", "d,,,2,", "c,,,2,"]
    assert sorted(table.read().select("ITEM_ID", "YEAR").collect().rows()) == [("a", 2), ("b", 1), ("c", 2), ("d", 2)]
    monkeypatch.setattr("penchant.lake.parts.sequence_start", lambda: put[0] - 5)
    import_files(table, items, [source(HEADER + "a,,,3,\n")], "INCREMENTAL", "job 2")
    assert sorted(exported(table, items)[1:]) == ["a,,,2,", "b,,,1,", "c,,,2,", "d,,,2,"]


def test_merged_files_give_the_same_rows(table: Table, items: Schema, source: MakeSource) -> None:
    stream(table, items, [("a", None, None, 1, None), ("b", None, None, 1, None)])
    import_files(table, items, [source(HEADER + "a,,,2,\nc,,,2,\n")], "FULL", "job")
    stream(table, items, [("c", None, None, 3, None), ("b", None, None, 3, None)])
    before = {mode: sorted(exported(table, items, mode)) for mode in ("ALL", "PUT", "BULK")}
    assert before["ALL"] == sorted([HEADER.strip(), "a,,,2,", "b,,,3,", "c,,,3,"])
    assert compact(table, fewest=1) == 1
    assert {mode: sorted(exported(table, items, mode)) for mode in before} == before


def test_no_rows_give_a_header(table: Table, items: Schema, source: MakeSource) -> None:
    assert list(export_csv(table, None, items, "ALL")) == [HEADER.encode()]
    import_files(table, items, [source(HEADER + "a,,,,\n")], "FULL", "one")
    assert list(export_csv(table, 0, items, "PUT")) == [HEADER.encode()]


def test_many_rows_make_many_files(monkeypatch: pytest.MonkeyPatch, table: Table, items: Schema) -> None:
    monkeypatch.setattr(export, "PART_BYTES", 1000)
    monkeypatch.setattr(export, "_ROWS", 10)
    rows = [(f"item{n:04}", None, None, n, None) for n in range(300)]
    stream(table, items, rows[:150])
    stream(table, items, rows[150:])
    contents = [content.decode() for content in export_csv(table, table.version(), items, "ALL")]
    assert len(contents) > 3 and all(content.startswith(HEADER) for content in contents)
    assert max(map(len, contents)) < 1400
    lines = [line for content in contents for line in content.splitlines()[1:]]
    assert lines == [f"item{n:04},,,{n}," for n in range(300)]


def test_rows_that_are_older_than_a_column(table: Table, items: Schema, source: MakeSource) -> None:
    narrow = Schema(items.dataset_type, None, items.fields[:3])
    import_files(table, narrow, [source("ITEM_ID,GENRES,TEXT\na,x,\n")], "FULL", "one")
    table.add_columns(items)
    stream(table, items, [("b", None, None, 3, True)])
    assert exported(table, items)[1:] == ["a,x,,,", "b,,,3,true"]
    assert next(export_csv(table, 0, items, "ALL")).decode().splitlines()[1:] == ["a,x,,,"]


def test_it_can_be_stopped(table: Table, items: Schema) -> None:
    stream(table, items, [("a", None, None, None, None)])

    def stop(fraction: float, sentence: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(export_csv(table, 0, items, "ALL", stop))
