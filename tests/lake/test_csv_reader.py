import csv
import io
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.csv_reader import CsvReader
from penchant.lake.faults import ImportFault
from penchant.lake.schema import Schema
from penchant.store.objects import Source

MakeSource = Callable[..., Source]
HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"
ITEMS_HEADER = "ITEM_ID,GENRES,TEXT,YEAR,SOLD\n"


def read(schema: Schema, *sources: Source, block_bytes: int = 2**20) -> list[tuple]:
    reader = CsvReader(schema, list(sources), block_bytes=block_bytes)
    rows = [row for frame in reader.frames() for row in frame.rows()]
    reader.faults.raise_if_any()
    return rows


def fault_of(schema: Schema, *sources: Source) -> str:
    with pytest.raises(ImportFault) as caught:
        read(schema, *sources)
    return str(caught.value)


def test_header_in_any_order_case_and_spacing_with_columns_to_spare(interactions: Schema, source: MakeSource) -> None:
    file = source("extra, timestamp ,User_Id,EVENT_VALUE,item_id,EVENT_TYPE\nx,5,u,1.5,i,view\n")
    reader = CsvReader(interactions, [file])
    assert [frame.rows() for frame in reader.frames()] == [[("u", "i", "view", 1.5, 5)]]
    assert reader.ignored_columns == ["extra"]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "u,i,view,1.5,5\n",
        HEADER + "u,i,view,1.5,5",
        "\ufeff" + HEADER + "u,i,view,1.5,5\n",
        (HEADER + "u,i,view,1.5,5\n").replace("\n", "\r\n"),
        HEADER + "\nu,i,view,1.5,5\n\n",
        HEADER + '"u","i","view","1.5","5"\n',
        '"USER_ID","ITEM_ID","EVENT_TYPE","EVENT_VALUE","TIMESTAMP"\nu,i,view,1.5,5\n',
        HEADER + "u,i,view,1.50,5.0\n",
        HEADER + "u,i,view, 1.5 , 5 \n",
    ],
    ids=["plain", "no last newline", "bom", "crlf", "blank lines", "quoted", "quoted header", "5.0", "spaces"],
)
def test_one_record_in_many_spellings(interactions: Schema, source: MakeSource, content: str) -> None:
    assert read(interactions, source(content)) == [("u", "i", "view", 1.5, 5)]


def test_quotes_escapes_and_nulls(items: Schema, source: MakeSource) -> None:
    lines = [
        'a,x|y,"one, ""two"" and \\"three\\" \\\\ c:\\dir",1999,true',
        'b,,"",,false',
        "c,back\\slash\\\\,été ✓,2000.0,",
        'd,"ends \\\\",plain,-3,true',
    ]
    assert read(items, source(ITEMS_HEADER + "\n".join(lines))) == [
        ("a", "x|y", 'one, "two" and "three" \\ c:\\dir', 1999, True),
        ("b", None, None, None, False),
        ("c", "back\\slash\\\\", "été ✓", 2000, None),
        ("d", "ends \\", "plain", -3, True),
    ]


def test_texts_are_cut_and_lengths_are_characters(items: Schema, source: MakeSource) -> None:
    long = "é" * 20_001
    rows = read(items, source(f"{ITEMS_HEADER}{'é' * 256},{'é' * 1000},{long},,\n"))
    assert rows == [("é" * 256, "é" * 1000, "é" * 20_000, None, None)]


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        ("u,i,v,1,", "TIMESTAMP", "does not allow null values"),
        (",i,v,1,5", "USER_ID", "does not allow null values"),
        ('"",i,v,1,5', "USER_ID", "does not allow null values"),
        ("u,i,v,1,5.5", "TIMESTAMP", "'5.5' for column TIMESTAMP cannot be parsed as long"),
        ("u,i,v,1,2024-01-01", "TIMESTAMP", "cannot be parsed as long"),
        ("u,i,v,1,99999999999999999999", "TIMESTAMP", "cannot be parsed as long"),
        # A float of this size stands for several integers.
        ("u,i,v,1,9007199254740993.0", "TIMESTAMP", "cannot be parsed as long"),
        ("u,i,v,high,5", "EVENT_VALUE", "'high' for column EVENT_VALUE cannot be parsed as float"),
        ("u,i,v,nan,5", "EVENT_VALUE", "cannot be parsed as float"),
        ("u,i,v,-inf,5", "EVENT_VALUE", "cannot be parsed as float"),
        ("u,i,v,1e999,5", "EVENT_VALUE", "cannot be parsed as float"),
        ("u" * 257 + ",i,v,1,5", "USER_ID", "Length cannot be more than 256 characters for USER_ID."),
        (f"u,i,{'v' * 1001},1,5", "EVENT_TYPE", "Length cannot be more than 1000 characters for EVENT_TYPE."),
        ('u,i"j,v,1,5', "ITEM_ID", "a double quote stands inside a value"),
        ('u,i"j",v,1,5', "ITEM_ID", "a double quote stands inside a value"),
        ('u,"i"j,v,1,5', "ITEM_ID", "text follows the closing double quote"),
        ('u,"i,v,1,5', "ITEM_ID", "opened and not closed on the line"),
        ('u,"i\\",v,1,5', "ITEM_ID", "opened and not closed on the line"),
        ('u,i\\"j,v,1,5', "ITEM_ID", "a double quote stands outside a quoted value"),
        ("u,i,v,1", "", "the line has 4 values, the header has 5"),
        ("u,i,v,1,5,6", "", "the line has 6 values, the header has 5"),
        ('u,"i,j,v",1,5', "", "the line has 4 values, the header has 5"),
        ("u,i\rj,v,1,5", "ITEM_ID", "a carriage return stands inside the line"),
        (b"u,\xe9,v,1,5", "ITEM_ID", "the text is not valid UTF-8"),
    ],
)
@pytest.mark.parametrize(
    "around",
    ["a,b,c,1,2\n", '"a","b,b","c",1,2\n', '"a","b\\"","c",1,2.0\n', "a,b,c,1,2\r\n"],
    ids=["plain", "quoted", "escaped", "crlf"],
)
@pytest.mark.parametrize("blank", [0, 1])
def test_a_bad_line_is_named_and_spoils_no_other(
    interactions: Schema, source: MakeSource, around: str, blank: int, line: str | bytes, place: str, reason: str
) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    content = (HEADER + "\n" * blank + around).encode() + bad + b"\n" + around.encode()
    message = fault_of(interactions, source(content, "f.csv"))
    assert message.startswith("1 fault was found")
    assert f"f.csv line {3 + blank}{', column ' + place if place else ''}: " in message
    assert reason in message


@pytest.mark.parametrize("value", ["True", "TRUE", "1", "yes"])
def test_only_lower_case_booleans(items: Schema, source: MakeSource, value: str) -> None:
    assert f"line 2, column SOLD: Value '{value}'" in fault_of(items, source(f"{ITEMS_HEADER}a,,,,{value}\n"))


def test_int_has_32_bits(items: Schema, source: MakeSource) -> None:
    assert read(items, source(f"{ITEMS_HEADER}a,,,2147483647,\n"))[0][3] == 2**31 - 1
    assert "as int" in fault_of(items, source(f"{ITEMS_HEADER}a,,,2147483648,\n"))


def test_an_embedded_newline_is_a_fault_of_both_lines(items: Schema, source: MakeSource) -> None:
    message = fault_of(items, source(f'{ITEMS_HEADER}a,x,"one\ntwo",1999,true\nb,x,y,1,true\n'))
    assert "line 2, column TEXT: a double quote is opened" in message
    assert message.startswith("2 faults") and "line 3" in message and "line 4" not in message


def test_the_first_ten_faults_are_told_and_all_are_counted(interactions: Schema, source: MakeSource) -> None:
    message = fault_of(interactions, source(HEADER + "u,i,v,1,\n" * 12_345 + "u\n"))
    assert message.startswith("12,346 faults were found") and message.endswith("And 12,336 more.")
    assert [f"line {n}," in message for n in (2, 11, 12)] == [True, True, False]


def test_lines_are_counted_across_blocks(interactions: Schema, source: MakeSource) -> None:
    reader = CsvReader(interactions, [source(HEADER + "u,i,v,1,5\n" * 500 + "u,i,v,x,5\n")], block_bytes=64)
    assert sum(len(frame) for frame in reader.frames()) == 501
    assert reader.faults.first[0].line == 502


def test_columns_missing_in_the_service_s_words(interactions: Schema, source: MakeSource) -> None:
    message = fault_of(interactions, source("USER_ID,TIMESTAMP,EVENT_TYPE\n1,2,3\n", "f.csv"))
    assert message.startswith("Input CSV is missing the following columns:[ITEM_ID, EVENT_VALUE].")
    assert "The first line of f.csv is 'USER_ID,TIMESTAMP,EVENT_TYPE'" in message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The input file f.csv is empty."),
        (HEADER, "f.csv holds a header and no records."),
        (HEADER + "\n\n", "f.csv holds a header and no records."),
        ("USER_ID,user_id,ITEM_ID\n1,2,3\n", "names a column more than once: USER_ID, user_id."),
        ('"USER_ID,ITEM_ID\n1,2\n', "Input CSV header is not valid."),
        (b"\xff\xfeU\x00S\x00\n", "Input CSV header is not valid."),
    ],
)
def test_files_unreadable_as_a_whole(
    interactions: Schema, source: MakeSource, content: str | bytes, sentence: str
) -> None:
    assert sentence in fault_of(interactions, source(content, "f.csv"))


def test_headers_of_a_folder_must_match(interactions: Schema, source: MakeSource) -> None:
    one = source(HEADER + "u,i,v,1,5\n", "one.csv")
    reordered = source("TIMESTAMP,USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE\n5,u,i,v,1\n", "two.csv")
    other = source(HEADER.strip() + ",MORE\nu,i,v,1,5,6\n", "three.csv")
    assert read(interactions, one, reordered) == [("u", "i", "v", 1.0, 5)] * 2
    assert "That of three.csv differs from that of one.csv" in fault_of(interactions, one, other)


TEXTS = st.text(st.characters(exclude_characters="\r\n\0\\", codec="utf-8"), max_size=12)
AWKWARD = st.text(st.sampled_from("\",\\ |a'\té"), max_size=8)
RECORDS = st.lists(
    st.tuples(
        st.text(string.ascii_letters, min_size=1, max_size=5),
        TEXTS,
        AWKWARD,
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=20,
)


@given(records=RECORDS, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), crlf=st.booleans())
def test_reads_what_python_s_csv_module_writes(records: list[tuple], quoting: int, crlf: bool) -> None:
    # The service takes a backslash in quotes for an escape, which Python's writer does not double by itself.
    items = Schema.parse(ITEMS)
    file = io.StringIO()
    writer = csv.writer(file, quoting=quoting, lineterminator="\r\n" if crlf else "\n")  # type: ignore[arg-type]
    writer.writerow(ITEMS_HEADER.strip().split(","))
    for item, genres, text, year, sold in records:
        must_quote = quoting == csv.QUOTE_ALL or any(mark in text for mark in '",')
        text = text.replace("\\", "\\\\") if must_quote else text
        writer.writerow([item, genres, text, year, None if sold is None else str(sold).lower()])
    content = file.getvalue().encode()
    got = read(items, Source("f", len(content), lambda: io.BytesIO(content)), block_bytes=40)
    assert got == [(item, genres or None, text or None, year, sold) for item, genres, text, year, sold in records]


@given(st.text(st.sampled_from('a,"\\\n'), max_size=40))
def test_anything_is_read_as_records_or_refused_never_misread(content: str) -> None:
    """A slow reader of one line, written apart, agrees about every line."""
    schema = Schema.parse(PAIRS)
    data = f"ITEM_ID,X\n{content}".encode()
    reader = CsvReader(schema, [Source("f", len(data), lambda: io.BytesIO(data))], block_bytes=16)
    expected = [slow_read(line) for line in content.split("\n") if line]
    sound = [tuple(value or None for value in record) for record in expected if record and len(record) == 2]
    if not expected:
        with pytest.raises(ImportFault):
            list(reader.frames())
        return
    got = [row for frame in reader.frames() for row in frame.rows()]
    assert got == sound
    nulls = sum(item is None for item, _ in sound)
    assert reader.faults.total == len(expected) - len(sound) + nulls


def slow_read(line: str) -> list[str] | None:
    values, position = [], 0
    while True:
        value = ""
        if line[position : position + 1] == '"':
            position += 1
            while True:
                mark, pair = line[position : position + 1], line[position : position + 2]
                if mark == "":
                    return None
                if pair in ('""', '\\"', "\\\\"):
                    value, position = value + pair[1], position + 2
                elif mark == '"':
                    position += 1
                    break
                else:
                    value, position = value + mark, position + 1
        else:
            while line[position : position + 1] not in ("", ","):
                if line[position] == '"':
                    return None
                value, position = value + line[position], position + 1
        values.append(value)
        if position == len(line):
            return values
        if line[position] != ",":
            return None
        position += 1


NAMESPACE = "com.amazonaws.personalize.schema"
ITEMS = f"""{{"type": "record", "name": "Items", "namespace": "{NAMESPACE}", "fields": [
    {{"name": "ITEM_ID", "type": "string"}},
    {{"name": "GENRES", "type": ["null", "string"], "categorical": true}},
    {{"name": "TEXT", "type": ["null", "string"], "textual": true}},
    {{"name": "YEAR", "type": ["null", "int"]}},
    {{"name": "SOLD", "type": ["null", "boolean"]}}]}}"""
PAIRS = f"""{{"type": "record", "name": "Items", "namespace": "{NAMESPACE}", "fields": [
    {{"name": "ITEM_ID", "type": "string"}}, {{"name": "X", "type": ["null", "string"]}}]}}"""
