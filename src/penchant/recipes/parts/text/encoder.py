"""What turns texts into vectors: by default TF-IDF, which needs nothing; a language model where the operator chose one.

A worker says once which it is, with `use`; a recipe asks `chosen()` when it is fitted. A vector of a language model is
computed once for each text (see `kept.py`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from penchant.recipes.parts.text.kept import Kept

TFIDF, MINILM = "tfidf", "minilm"
BATCH = 64
"""Texts that a language model is given at a time."""


class EncoderUnavailable(ValueError):
    """The chosen encoder cannot be reached or loaded; the message is the `failureReason` the customer reads."""


class LanguageModel(Protocol):
    @property
    def name(self) -> str:
        """Tells its vectors from those of another model."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(N, D) float32 of texts, none of them empty. Raises EncoderUnavailable."""


class Encoder:
    """A language model whose vectors are kept."""

    def __init__(self, model: LanguageModel, kept: Kept) -> None:
        self.model, self.kept = model, kept

    def vectors(self, texts: Sequence[str], breathe: Callable[[float], None]) -> np.ndarray:
        """(N, D) float32; 0 for "". `breathe` is told the fraction done. Raises EncoderUnavailable."""
        distinct = [text for text in dict.fromkeys(texts) if text]
        known = self.kept.find(self.model.name, distinct)
        new = [text for text in distinct if text not in known]
        for start in range(0, len(new), BATCH):
            breathe(start / len(new))
            part = new[start : start + BATCH]
            found = dict(zip(part, self.model.encode(part), strict=True))
            self.kept.put(self.model.name, found)
            known |= found
        size = len(next(iter(known.values()))) if known else 0
        nothing = np.zeros(size, np.float32)
        return np.stack([known.get(text, nothing) for text in texts]) if len(texts) else np.zeros((0, size), np.float32)


_chosen: Encoder | None = None


def chosen() -> Encoder | None:
    """None for TF-IDF."""
    return _chosen


def use(encoder: str, folder: Path, model: str = "", key: str = "") -> None:
    """From now on in this process: "tfidf", "minilm" (the model of the extra `text`), the folder of a sentence
    embedding model, or the URL of an embeddings endpoint as OpenAI's, with the `model` to ask for and a `key`. Vectors
    are kept in `folder`. Nothing is loaded yet."""
    global _chosen
    if encoder == TFIDF:
        _chosen = None
        return
    language_model: LanguageModel
    if encoder.startswith(("http://", "https://")):
        from penchant.recipes.parts.text.endpoint import Endpoint

        language_model = Endpoint(encoder, model, key)
    else:
        from penchant.recipes.parts.text.sentences import Sentences

        language_model = Sentences(None if encoder == MINILM else Path(encoder))
    _chosen = Encoder(language_model, Kept(folder / "texts.db"))
