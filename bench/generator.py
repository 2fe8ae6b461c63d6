"""Asks a server over connections that stay open, each for the next answer as soon as it has one, and tells when.

What is asked is made before the clock starts, and answers are not read beyond their length, so that it is the server
that is measured.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from typing import cast

import uvloop

LENGTH = b"\r\ncontent-length: "
END = b"\r\n\r\n"


def ask(port: int, requests: Sequence[Sequence[bytes]], warm: float, seconds: float) -> list[tuple[float, float]]:
    """When each request was sent and answered, in seconds of time.perf_counter: those that are sent in `seconds` after
    the first `warm` ones. One connection for each list of `requests`, which are begun again when all were sent.

    Raises RuntimeError for an answer other than 200, and for a connection that the server ends.
    """
    return uvloop.run(_ask(port, requests, warm, seconds))


async def _ask(
    port: int, requests: Sequence[Sequence[bytes]], warm: float, seconds: float
) -> list[tuple[float, float]]:
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + warm
    times: list[tuple[float, float]] = []
    dones = [loop.create_future() for _ in requests]
    for own, done in zip(requests, dones, strict=True):
        asker = Asker(itertools.cycle(own), begin, begin + seconds, times, done)
        await loop.create_connection(lambda asker=asker: asker, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*dones)
    return times


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(
        self,
        requests: Iterator[bytes],
        begin: float,
        end: float,
        times: list[tuple[float, float]],
        done: asyncio.Future[None],
    ):
        self._requests, self._begin, self._end, self._times, self._done = requests, begin, end, times, done
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        request = next(self._requests)
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got = self._got + data if self._got else data
        head = self._got.find(END)
        if head < 0:
            return
        at = self._got.lower().find(LENGTH, 0, head) + len(LENGTH)
        if len(self._got) < head + len(END) + int(self._got[at : self._got.find(b"\r", at)]):
            return
        now = time.perf_counter()
        if not self._got.startswith(b"HTTP/1.1 200"):
            self._fail(self._got.decode(errors="replace"))
            return
        self._got = b""
        if self._begin <= self._sent < self._end:
            self._times.append((self._sent, now))
        if now < self._end:
            self._send()
        else:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"The server ended a connection: {error}")

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(why))
            self._transport.close()
