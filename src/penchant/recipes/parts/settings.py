"""Every setting of a v2 fit, chosen from the data in this one place; the recipe exposes none of them.

The figures behind the choices are in docs/LOG.md. Two kinds of data ask for different settings: dense (long histories,
as films rated) and sparse (short histories over many items, as things bought).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet

DENSE_HISTORY = 20
"""Median events of a history from which data counts as dense."""


@dataclass(frozen=True)
class Settings:
    embedding_size: int
    layers: int
    heads: int
    history_limit: int
    """Newest events the transformer reads."""
    dropout: float
    negatives: int
    """Items drawn for each step and shared by all its targets."""
    learning_rate: float
    batch_tokens: int
    epochs: int
    """At most, where there is patience."""
    patience: int
    """Epochs without a lower loss of the held-out events after which no other is trained; 0 where all are, and the
    newest weights are taken."""
    hidden: float
    """Share of events whose occasion, and of users whose metadata, is kept from view while training."""
    hidden_ids: float
    """Share of the items that have metadata of which a step knows that alone."""
    trusted_from: float
    """Events of an item at which the vector of its id counts by half, where the item has metadata."""
    slit: Mapping[str, float]
    """Arguments of `fit_slit`; empty where the catalogue is too large for it."""


BATCH_TOKENS = 1_000
"""Many small steps learn more from a token than few large ones, and a CPU is no slower at them."""
STEPS_AT_LEAST = 600
"""A small data set is read again until the transformer has made about so many steps."""
EPOCHS_AT_MOST = 40
PATIENCE = 5
"""Of the epochs that small data has, the fifth part."""
TOKENS_AT_MOST = 25_000_000
"""Tokens read in all epochs. Of one Zen 3 core that is 5 minutes at 64 dimensions and 20 at 128 with 512 negatives, 15
and 25 to 40 with 2,048. It is the same for both widths, for on large data the last epochs still gain (docs/LOG.md)."""
WIDE_TOKENS = 500_000
"""Tokens of an epoch that fill twice the width."""
DENSE_SLIT = {"past_decay": 0.9, "future": 10, "future_decay": 0.85, "ridge": 300.0}
SPARSE_SLIT = {"past_decay": 0.7, "future": 3, "future_decay": 0.5, "ridge": 10.0}


def settings_for(data: TrainingSet, largest_closed_form: int) -> Settings:
    """The settings for this data; `largest_closed_form` is SLIT's limit of items."""
    lengths = np.diff(data.offsets)
    if not lengths.any():
        lengths = np.ones(1, np.int64)  # the fit will say that there is nothing to learn from
    items = len(data.items)
    dense = bool(np.median(lengths[lengths > 0]) >= DENSE_HISTORY)
    limit = 200 if dense else 50
    tokens = int(np.minimum(np.maximum(lengths - 1, 0), limit).sum())
    # More data bears more epochs before the transformer learns it by heart; things bought are learned by heart soonest.
    wanted = min(6 + tokens // 100_000, 12) if dense else 5
    usual, wanted = wanted, max(wanted, STEPS_AT_LEAST * BATCH_TOKENS // max(1, tokens))
    epochs = max(1, min(wanted, EPOCHS_AT_MOST, TOKENS_AT_MOST // max(1, tokens)))
    return Settings(
        embedding_size=128 if tokens >= WIDE_TOKENS or (not dense and items >= 5_000) else 64,
        layers=2,
        heads=2,
        history_limit=limit,
        dropout=0.2 if dense else 0.5,
        # Many negatives pay on large sparse catalogues and only cost time on small ones.
        negatives=512 if dense else int(np.clip(items // 10, 512, 2048)),
        learning_rate=3e-3 if dense else 2e-3,
        batch_tokens=BATCH_TOKENS,
        epochs=epochs,
        # What is read again and again is learnt by heart in the end: how soon, the held-out events say.
        patience=max(3, epochs // PATIENCE) if epochs > usual else 0,
        hidden=0.2,
        hidden_ids=0.1,
        trusted_from=2.0,
        slit=(DENSE_SLIT if dense else SPARSE_SLIT) if items <= largest_closed_form else {},
    )
