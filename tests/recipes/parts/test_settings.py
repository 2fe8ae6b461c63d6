"""What the data makes of the settings: dense or sparse, small or large."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.settings import TOKENS_AT_MOST, settings_for
from tests.recipes.contract import training_set


def shaped(users: int, length: int, items: int) -> TrainingSet:
    return training_set([[0] * length] * users, items)


def test_dense_and_sparse_data_get_their_own() -> None:
    dense, sparse = settings_for(shaped(500, 100, 3_000), 8_000), settings_for(shaped(5_000, 6, 30_000), 8_000)
    assert dense.history_limit > sparse.history_limit
    assert dense.dropout < sparse.dropout
    assert dense.slit and not sparse.slit
    assert sparse.negatives > dense.negatives


@pytest.mark.parametrize(("users", "length"), [(30, 40), (300, 5), (20_000, 300)])
def test_training_is_neither_a_moment_nor_a_day(users: int, length: int) -> None:
    settings = settings_for(shaped(users, length, 500), 8_000)
    tokens = users * min(length - 1, settings.history_limit)
    assert settings.epochs * tokens <= max(TOKENS_AT_MOST, tokens)
    assert settings.epochs >= (1 if tokens > TOKENS_AT_MOST // 5 else 5)
    assert settings.embedding_size % settings.heads == 0
    assert np.isfinite(settings.learning_rate)


def test_only_what_is_read_again_and_again_may_end_early() -> None:
    small, large = settings_for(shaped(300, 5, 500), 8_000), settings_for(shaped(20_000, 8, 500), 8_000)
    assert 3 <= small.patience < small.epochs
    assert large.patience == 0
