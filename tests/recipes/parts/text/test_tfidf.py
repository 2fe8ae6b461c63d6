"""Texts as vectors, without a language model."""

import numpy as np

from penchant.recipes.parts.text.tfidf import AT_ONCE, Tfidf

CATALOGUE = [
    "Acoustic guitar strings, light gauge",
    "Electric guitar strings, medium gauge",
    "Guitar picks, twelve pieces",
    "Microphone stand with boom",
    "Microphone cable, three metres",
    "Dynamic microphone for vocals",
    "",
]


def nearest(found: np.ndarray, row: int) -> int:
    alike = found @ found[row]
    alike[row] = -1
    return int(alike.argmax())


def test_what_is_about_the_same_is_nearest() -> None:
    found = Tfidf.fit(CATALOGUE).vectors(CATALOGUE)
    assert nearest(found, 0) == 1 and nearest(found, 1) == 0
    assert nearest(found, 2) in (0, 1)
    assert {nearest(found, row) for row in (3, 4, 5)} <= {3, 4, 5}
    assert not found[6].any()


def test_pieces_of_words_find_what_is_spelt_differently() -> None:
    fitted = Tfidf.fit(CATALOGUE)
    found = fitted.vectors([*CATALOGUE, "GuitarString", "MICRÓPHONES"])
    assert nearest(found, 7) in (0, 1, 2)
    assert nearest(found, 8) in (3, 4, 5)


def test_many_texts_are_read_as_each_alone() -> None:
    fitted = Tfidf.fit(CATALOGUE)
    many = fitted.vectors(CATALOGUE * (AT_ONCE // len(CATALOGUE) + 1))
    assert len(many) > AT_ONCE
    np.testing.assert_allclose(many[-len(CATALOGUE) :], fitted.vectors(CATALOGUE), atol=1e-6)


def test_texts_of_the_same_words_only() -> None:
    fitted = Tfidf.fit(["same words"] * 5)
    assert np.allclose(np.linalg.norm(fitted.vectors(["same words", "words"]), axis=1), 1)


def test_nothing_to_learn_from() -> None:
    for given in ([], ["", ""], ["!", "?"], ["one of a kind"]):
        assert Tfidf.fit(given).vectors(["x", ""]).shape == (2, 0)
