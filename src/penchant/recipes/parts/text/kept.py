"""Vectors of texts, kept between trainings: a text is encoded once, whatever items have it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np

ASKED = 500
"""Texts looked up in one statement."""
PATIENCE = 60.0
"""Seconds that one training waits for the write of another."""


class Kept:
    """A SQLite file, because several trainings may run at a time. It may be deleted whenever nothing trains."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, model: str, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of the texts that are here."""
        by_key = {key(model, text): text for text in texts}
        keys = list(by_key)
        found: dict[str, np.ndarray] = {}
        with self._open() as connection:
            for start in range(0, len(keys), ASKED):
                part = keys[start : start + ASKED]
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)
                found |= {by_key[row]: np.frombuffer(vector, np.float32) for row, vector in rows}
        return found

    def put(self, model: str, vectors: Mapping[str, np.ndarray]) -> None:
        rows = [(key(model, text), vector.astype(np.float32).tobytes()) for text, vector in vectors.items()]
        with self._open() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            yield connection


def key(model: str, text: str) -> bytes:
    """16 bytes that no two texts, or models, have in common."""
    return blake2b(f"{model}\0{text}".encode(errors="surrogatepass"), digest_size=16).digest()
