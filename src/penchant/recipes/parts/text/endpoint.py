"""An embeddings endpoint as OpenAI's: POST {URL}/embeddings. Many servers of models of one's own have one too."""

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import numpy as np

from penchant.recipes.parts.text.encoder import EncoderUnavailable

READ = 8_000
"""Letters of a text: about 2,000 tokens."""
SECONDS = 60.0
"""That one answer may take."""
PAUSES = (1.0, 4.0, 16.0)
"""Seconds before asking again, where the endpoint is busy."""
BUSY = (408, 429, 500, 502, 503, 504)


class Endpoint:
    def __init__(self, url: str, model: str, key: str) -> None:
        self.url, self.model, self.key = url.rstrip("/") + "/embeddings", model, key

    @property
    def name(self) -> str:
        return f"{self.url} {self.model}"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        body = {"input": [text[:READ] for text in texts], "encoding_format": "float"}
        answer = self._ask(body | ({"model": self.model} if self.model else {}))
        try:
            rows = sorted(json.loads(answer)["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (ValueError, KeyError, TypeError):
            raise self._unavailable("its answer holds no embeddings") from None
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise self._unavailable(f"it answered with {len(vectors)} embeddings for {len(texts)} texts")
        return vectors

    def _ask(self, body: Mapping[str, object]) -> bytes:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = Request(self.url, json.dumps(body).encode(), headers)
        for pause in (*PAUSES, None):
            try:
                with urlopen(request, timeout=SECONDS) as answer:
                    return answer.read()
            except HTTPError as refusal:
                if refusal.code not in BUSY or pause is None:
                    raise self._unavailable(f"it answers {refusal.code} {refusal.reason}") from None
            except (URLError, HTTPException, OSError) as fault:
                if pause is None:
                    raise self._unavailable(str(getattr(fault, "reason", fault))) from None
            time.sleep(pause)
        raise AssertionError("The last try returns or raises.")

    def _unavailable(self, why: str) -> EncoderUnavailable:
        return EncoderUnavailable(f"Create failed. The text encoder {self.url} cannot be used: {why}.")
