"""Language models for texts: vectors are kept, an endpoint is asked over HTTP, and what cannot be reached says so."""

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from penchant.recipes.parts.text import encoder, endpoint
from penchant.recipes.parts.text.encoder import BATCH, Encoder, EncoderUnavailable
from penchant.recipes.parts.text.endpoint import Endpoint
from penchant.recipes.parts.text.kept import Kept
from penchant.recipes.parts.text.sentences import Sentences


class Letters:
    """Counts letters, and how often it is asked."""

    name = "letters"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[text.count("a"), text.count("b")] for text in texts], np.float32)


def silent(done: float) -> None:
    pass


def test_a_text_is_encoded_once_whoever_asks(tmp_path: Path) -> None:
    model = Letters()
    first = Encoder(model, Kept(tmp_path / "texts.db")).vectors(["ab", "", "b", "ab"], silent)
    assert first.tolist() == [[1, 1], [0, 0], [0, 1], [1, 1]]
    assert model.asked == ["ab", "b"]
    again = Encoder(model, Kept(tmp_path / "texts.db")).vectors(["b", "aa"], silent)
    assert again.tolist() == [[0, 1], [2, 0]]
    assert model.asked == ["ab", "b", "aa"]
    model.name = "another"
    Encoder(model, Kept(tmp_path / "texts.db")).vectors(["b"], silent)
    assert model.asked[-1] == "b" and len(model.asked) == 4


def test_what_was_encoded_before_a_stop_is_kept(tmp_path: Path) -> None:
    model, texts = Letters(), [f"a{number}" for number in range(3 * BATCH)]

    def stop(done: float) -> None:
        if done > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Encoder(model, Kept(tmp_path / "texts.db")).vectors(texts, stop)
    before = len(model.asked)
    assert 0 < before < len(texts)
    Encoder(model, Kept(tmp_path / "texts.db")).vectors(texts, silent)
    assert len(model.asked) == len(texts)


@pytest.fixture
def served() -> Iterator[tuple[str, list]]:
    """An endpoint, and what it was asked: (path, key, body). Its first answer is 503."""
    asked: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], body))
            if len(asked) == 1:
                self.send_error(503)
                return
            rows = [{"index": place, "embedding": [len(text), 1.0]} for place, text in enumerate(body["input"])]
            answer = json.dumps({"data": rows[::-1]}).encode()
            self.send_response(200 if body["model"] == "m" else 401)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_is_asked_again_when_it_is_busy(served, monkeypatch: pytest.MonkeyPatch) -> None:
    url, asked = served
    monkeypatch.setattr(endpoint, "PAUSES", (0.01, 0.01))
    found = Endpoint(url, "m", "secret").encode(["a", "bbb"])
    assert found.tolist() == [[1, 1], [3, 1]]
    assert [row[:2] for row in asked] == [("/v1/embeddings", "Bearer secret")] * 2
    assert asked[1][2] == {"input": ["a", "bbb"], "encoding_format": "float", "model": "m"}
    with pytest.raises(EncoderUnavailable, match="it answers 401"):
        Endpoint(url, "other", "").encode(["a"])


def test_an_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "PAUSES", (0.01,))
    with pytest.raises(
        EncoderUnavailable, match=r"^Create failed. The text encoder http://127.0.0.1:1/embeddings cannot"
    ):
        Endpoint("http://127.0.0.1:1", "", "").encode(["a"])


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match=r"does not exist|is not installed"):
        Sentences(tmp_path / "nowhere").encode(["a"])


def test_what_a_worker_chose_is_what_recipes_get(tmp_path: Path) -> None:
    try:
        for choice, kind in (("http://x/v1", Endpoint), ("minilm", Sentences), (str(tmp_path), Sentences)):
            encoder.use(choice, tmp_path)
            found = encoder.chosen()
            assert found is not None and isinstance(found.model, kind)
    finally:
        encoder.use("tfidf", tmp_path)
    assert encoder.chosen() is None
