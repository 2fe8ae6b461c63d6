"""How metadata of items or users is read, learnt once and kept with a model.

A trainer uses it so::

    encoding = Encoding.fit(data.item_columns, len(data.items))
    features = encoding.features(data.item_columns, len(data.items))   # once
    tower = Tower(features, size, generator)   # `tower.py`: of torch, for `fit` alone
    vectors = tower(touched)                   # (B, size): part of the loss, beside the vectors of ids
    loss.backward(); tower.step(learning_rate)
    weights = tower.weights()                  # (F + D, size) float32: of the model's state, as `encoding` is
    features @ weights                         # (I, size): the same vectors by NumPy

An item that comes later is `encoding.features(columns, 1) @ weights`, of whatever columns it has. What `encoding` was
not fitted on adds nothing. Rows that say nothing are all 0 (`features.some`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from penchant.lake.attributes import Columns, Texts
from penchant.recipes.parts.metadata.features import Features
from penchant.recipes.parts.metadata.scales import Scales
from penchant.recipes.parts.metadata.values import Values
from penchant.recipes.parts.text.tfidf import Tfidf, silent


@dataclass(frozen=True)
class Encoding:
    values: Values
    scales: Scales
    texts: Tfidf

    @staticmethod
    def fit(columns: Columns, rows: int, breathe: Callable[[], None] = silent) -> "Encoding":
        """Of `rows` items or users; there may be no columns. Deterministic. `breathe` is called every second or so."""
        return Encoding(Values.fit(columns), Scales.fit(columns), Tfidf.fit(joined(columns, rows), breathe))

    def features(self, columns: Columns, rows: int, breathe: Callable[[], None] = silent) -> Features:
        import scipy.sparse as sparse

        return Features(
            sparse.hstack([self.values.features(columns, rows), self.scales.features(columns, rows)], format="csr"),
            self.texts.vectors(joined(columns, rows), breathe),
        )


def joined(columns: Columns, rows: int) -> list[str]:
    """All texts of each row, its name first; "" where there is none."""
    texts = sorted(
        ((not column.is_name, name, column) for name, column in columns.items() if isinstance(column, Texts)),
        key=lambda found: found[:2],
    )
    if not texts:
        return [""] * rows
    lists = [column.values.to_list() for _, _, column in texts]
    return ["\n".join(filter(None, row)) for row in zip(*lists, strict=True)]
