"""Vectors of texts from a language model: what all have in common is taken out."""

import numpy as np

from penchant.recipes.parts.semantic.vectors import text_vectors, whitened


def test_what_all_have_in_common_does_not_count() -> None:
    rng = np.random.default_rng(1)
    vectors = (10 + rng.standard_normal((200, 16)) * np.linspace(0.1, 3, 16)).astype(np.float32)
    vectors[7] = 0
    found = whitened(vectors)
    assert not found[7].any()
    lengths = np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(np.delete(lengths, 7), 1, rtol=1e-4)
    others = np.delete(found, 7, axis=0)
    assert abs(others.mean(axis=0)).max() < 0.1


def test_few_or_equal_vectors() -> None:
    assert np.isfinite(whitened(np.ones((5, 3), np.float32))).all()
    assert whitened(np.ones((1, 3), np.float32)).shape == (1, 3)
    assert whitened(np.zeros((4, 0), np.float32)).shape == (4, 0)


class Topics:
    """A language model that knows two topics."""

    def vectors(self, texts, breathe) -> np.ndarray:
        return np.array(
            [[1, "dog" in text or "puppy" in text, "car" in text or "van" in text] for text in texts], np.float32
        )


def test_meaning_and_words_together() -> None:
    texts = ["a dog", "a puppy", "a car", "a van", "a dog"]
    found = text_vectors(texts, Topics(), lambda done: None)  # type: ignore[arg-type]
    cosine = found @ found.T
    assert cosine[0, 1] > cosine[0, 2]
    assert cosine[0, 4] > 0.999
