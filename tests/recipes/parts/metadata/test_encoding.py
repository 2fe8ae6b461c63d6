"""Metadata as features: what shares a value is alike, and whatever comes later can be read."""

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sparse

from penchant.lake.attributes import Column, Numbers, Texts, categories
from penchant.recipes.parts.metadata.encoding import Encoding, joined
from penchant.recipes.parts.metadata.scales import MARKS


def texts(*values: str, is_name: bool = False) -> Texts:
    return Texts(pl.Series(values, dtype=pl.String), is_name)


FILMS: dict[str, Column] = {
    "GENRES": categories(pl.Series(["Drama|War", "Drama", "War|Comedy", None])),
    "PRICE": Numbers(np.array([1.0, np.nan, 3.0, 2.0])),
    "TITLE": texts("the red shoes", "red river", "", "the river", is_name=True),
}


@pytest.fixture(scope="module")
def encoding() -> Encoding:
    return Encoding.fit(FILMS, 4)


def dense(matrix: sparse.csr_matrix) -> np.ndarray:
    return matrix.toarray()


def test_shapes_and_kinds(encoding: Encoding) -> None:
    features = encoding.features(FILMS, 4)
    assert features.sparse.dtype == features.dense.dtype == np.float32
    assert features.sparse.shape == (4, 2 + MARKS)  # Comedy is of one film alone
    assert features.width == features.sparse.shape[1] + features.dense.shape[1]
    assert features.some.tolist() == [True, True, True, True]


def test_many_values_weigh_as_much_as_one(encoding: Encoding) -> None:
    genres = dense(encoding.values.features(FILMS, 4))
    assert (genres[0] == np.float32(1 / np.sqrt(2))).all()
    assert sorted(genres[1]) == [0, 1]
    assert genres[2].max() == np.float32(1 / np.sqrt(2))  # the value nobody shares counts as a value
    assert not genres[3].any()


def test_the_same_word_in_two_columns_is_two_values() -> None:
    columns = {name: categories(pl.Series(["a", "a"])) for name in ("X", "Y")}
    encoding = Encoding.fit(columns, 2)
    assert encoding.features(columns, 2).sparse.shape == (2, 2)
    assert encoding.features({"X": columns["X"]}, 2).sparse.sum() == 2


def test_a_number_lies_between_two_marks() -> None:
    values = np.arange(1600.0)
    encoding = Encoding.fit({"N": Numbers(values)}, len(values))
    scale = dense(encoding.features({"N": Numbers(values)}, len(values)).sparse)
    np.testing.assert_allclose(scale.sum(axis=1), 1, atol=1e-6)
    assert ((scale > 0).sum(axis=1) <= 2).all()
    assert scale[0, 0] == scale[-1, MARKS - 1] == 1
    np.testing.assert_allclose(scale @ np.arange(MARKS) / (MARKS - 1), values / 1599, atol=0.01)


def test_numbers_beyond_the_scale_are_at_its_ends(encoding: Encoding) -> None:
    far = {"PRICE": Numbers(np.array([-9e300, 9e300, np.inf, np.nan, 2.5]))}
    scale = dense(encoding.features(far, 5).sparse)[:, 2:5]
    np.testing.assert_allclose(scale, [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0], [0, 0.5, 0.5]])


def test_texts_that_share_words_are_alike(encoding: Encoding) -> None:
    alike = encoding.features(FILMS, 4).dense
    cosine = alike @ alike.T
    assert cosine[0, 1] > 0.1 and cosine[1, 3] > 0.1
    np.testing.assert_allclose(np.diag(cosine), [1, 1, 0, 1], atol=1e-5)


def test_what_comes_later_is_read_as_it_would_have_been(encoding: Encoding) -> None:
    whole = encoding.features(FILMS, 4)
    for row in range(4):
        alone = encoding.features({name: column.take(np.array([row])) for name, column in FILMS.items()}, 1)
        np.testing.assert_array_equal(dense(alone.sparse), dense(whole.sparse[row]))
        np.testing.assert_allclose(alone.dense, whole.dense[row : row + 1], atol=1e-6)


def test_what_it_was_not_fitted_on_adds_nothing(encoding: Encoding) -> None:
    strange: dict[str, Column] = {
        "GENRES": categories(pl.Series(["Western"])),
        "AGE": Numbers(np.array([3.0])),
        "TITLE": texts("Ωμέγα"),
    }
    features = encoding.features(strange, 1)
    assert not features.some.any()
    assert encoding.features({}, 3).sparse.shape == (3, 2 + MARKS)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_without_metadata_there_are_no_features(rows: int) -> None:
    empty: dict[str, Column] = {
        "C": categories(pl.Series([None] * rows, dtype=pl.String)),
        "N": Numbers(np.full(rows, np.nan)),
        "T": texts(*[""] * rows),
    }
    for columns in ({}, empty):
        features = Encoding.fit(columns, rows).features(columns, rows)
        assert (features.sparse.shape, features.dense.shape) == ((rows, 0), (rows, 0))
        assert (features @ np.zeros((0, 7), np.float32)).shape == (rows, 7)


def test_one_row_and_one_value_say_nothing_of_others() -> None:
    one = {name: column.take(np.array([0])) for name, column in FILMS.items()}
    assert Encoding.fit(one, 1).features(one, 1).width == 0


def test_same_columns_same_encoding_whatever_their_order(encoding: Encoding) -> None:
    again = Encoding.fit(dict(reversed(FILMS.items())), 4)
    np.testing.assert_array_equal(again.values.known, encoding.values.known)
    np.testing.assert_array_equal(again.texts.factors, encoding.texts.factors)


def test_a_name_is_read_before_what_describes(encoding: Encoding) -> None:
    columns = {"A": texts("long", ""), "B": texts("name", "only", is_name=True)}
    assert joined(columns, 2) == ["name\nlong", "only"]
