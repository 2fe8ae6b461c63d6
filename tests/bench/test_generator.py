"""What sends the requests of a bench, against a server that answers what it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import generator
import pytest


@contextmanager
def answering(*pieces: bytes) -> Iterator[int]:
    """The port of a server that answers each request (of four bytes) with these pieces, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(connection: socket.socket) -> None:
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while connection.recv(4):
                    for piece in pieces:
                        connection.sendall(piece)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n", b"x: y\r\n\r\nhel", b"lo"],
    ],
)
def test_each_connection_asks_for_the_next_when_it_has_its_answer(pieces: list[bytes]) -> None:
    with answering(*pieces) as port:
        times = generator.ask(port, [[b"ask1"], [b"ask2", b"ask3"]], 0.0, 1.0)
    assert len(times) >= 2
    assert all(sent < got for sent, got in times)
    assert max(sent for sent, _ in times) - min(sent for sent, _ in times) <= 1.0


def test_an_answer_that_is_none_ends_the_bench() -> None:
    with (
        answering(b"HTTP/1.1 503 Away\r\ncontent-length: 4\r\n\r\ngone") as port,
        pytest.raises(RuntimeError, match="503"),
    ):
        generator.ask(port, [[b"ask1"]], 0.05, 0.2)
