"""Ranges of rows, and what was made of them one below the other."""

import numpy as np
import pytest
import scipy.sparse as sparse

from penchant.recipes.parts.stretches import stacked, stretches


@pytest.mark.parametrize(
    ("sizes", "most", "expected"),
    [
        ([], 5, []),
        ([0, 0], 5, [(0, 2)]),
        ([2, 3, 1, 4], 5, [(0, 2), (2, 4)]),
        ([2, 3, 1, 4], 1, [(0, 1), (1, 2), (2, 3), (3, 4)]),
        ([9, 1, 1], 5, [(0, 1), (1, 3)]),
        ([1, 0, 9, 0], 1, [(0, 2), (2, 3), (3, 4)]),
    ],
)
def test_stretches_have_no_more_than_they_may_or_one_row(
    sizes: list[int], most: int, expected: list[tuple[int, int]]
) -> None:
    assert list(stretches(np.append(0, np.cumsum(sizes, dtype=np.int32)), most)) == expected


def test_parts_are_put_one_below_the_other() -> None:
    matrix = sparse.random(9, 4, 0.4, format="csr", dtype=np.float32, random_state=0)
    parts = [matrix[0:3], matrix[3:3], matrix[3:9]]
    found = stacked(parts, 4)
    assert (found != matrix).nnz == 0 and found.shape == (9, 4)
    assert not parts
    assert stacked([], 4).shape == (0, 4)
