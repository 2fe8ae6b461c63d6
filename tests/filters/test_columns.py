"""Columns as plain arrays."""

import numpy as np
import polars as pl

from penchant.filters.columns import Numbers


def test_numbers_stand_in_their_rows_and_nulls_are_nan():
    numbers = Numbers.of(pl.Series([1_700_000_000, None, -5]), np.array([3, 0, 1]), 4)
    assert np.array_equal(numbers.numbers(), [np.nan, -5, np.nan, 1_700_000_000], equal_nan=True)
    floats = Numbers.of(pl.Series([0.5, float("nan")]), np.array([0, 1]), 2).numbers()
    assert np.array_equal(floats, [0.5, np.nan], equal_nan=True) and floats.dtype == np.float64
    assert (
        np.isnan(Numbers.of(pl.Series([], dtype=pl.Int64), np.array([], np.int64), 3).numbers()).tolist() == [True] * 3
    )
