import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.duplicates import Duplicates

ROWS = st.lists(st.tuples(st.none() | st.sampled_from(["", "a", "b"]), st.none() | st.integers(0, 2)), max_size=12)


def frame(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Int64}, orient="row")


@pytest.mark.parametrize("in_memory", [5, 1000], ids=["spilled", "in memory"])
@given(parts=st.lists(ROWS, max_size=4), existing=ROWS)
def test_the_first_of_equal_rows_stays(in_memory: int, parts: list[list[tuple]], existing: list[tuple]) -> None:
    duplicates = Duplicates(["a", "b"], "first", in_memory)
    for part in parts:
        duplicates.add(frame(part))
    duplicates.add_existing(frame(existing))
    seen, expected = set(existing), []
    for number, row in enumerate(row for part in parts for row in part):
        if row in seen:
            expected.append(number)
        seen.add(row)
    assert duplicates.dropped().tolist() == expected


@pytest.mark.parametrize("in_memory", [5, 1000], ids=["spilled", "in memory"])
@given(rows=ROWS)
def test_the_last_of_a_key_stays(in_memory: int, rows: list[tuple]) -> None:
    duplicates = Duplicates(["a"], "last", in_memory)
    for row in rows:
        duplicates.add(frame([row]))
    keys = [key for key, _ in rows]
    assert duplicates.dropped().tolist() == [n for n, key in enumerate(keys) if key in keys[n + 1 :]]


def test_hashes_tell_a_million_alike_rows_apart() -> None:
    duplicates = Duplicates(["a", "b"], "first")
    numbers = pl.int_range(1000, eager=True)
    duplicates.add(pl.DataFrame({"a": numbers}).join(pl.DataFrame({"b": numbers}), how="cross"))
    assert len(duplicates.dropped()) == 0
