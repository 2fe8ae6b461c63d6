"""Requests that are answered as soon as their last byte is read, and those that go uvicorn's way instead."""

import asyncio
from concurrent.futures import Future
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from penchant.server.direct import DIRECT_BYTES, directly
from penchant.server.wire import Headers, Reply

ORDINARY = b"the ordinary way"


class Wire(asyncio.Transport):
    """What was written, and whether it is at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed, self.reading = b"", False, True

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


async def ordinary(scope, receive, send) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = ORDINARY + b" " + str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})


def told(name: str, headers: Headers, body: bytes) -> Reply:
    return Reply(200, {"x-asked": headers.get("x-ask") or ""}, name.encode() + b" " + body)


async def exchange(chunks: list[bytes]) -> Wire:
    state, wire = ServerState(), Wire()
    protocol = directly({"/now": "Now"}, told)(config=Config(ordinary), server_state=state, app_state={})
    protocol.connection_made(wire)
    for chunk in chunks:
        protocol.data_received(chunk)
    while state.tasks:
        await asyncio.sleep(0)
    if protocol.timeout_keep_alive_task is not None:
        protocol.timeout_keep_alive_task.cancel()
    return wire


def sent(chunks: list[bytes]) -> Wire:
    return asyncio.run(exchange(chunks))


def request(body: bytes = b"", line: bytes = b"POST /now HTTP/1.1", *more: bytes) -> bytes:
    lines = [line, b"host: x", b"content-length: %d" % len(body), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answers(written: bytes) -> list[tuple[bytes, bytes]]:
    """Head and body of each."""
    found = []
    while written:
        head, _, rest = written.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        found.append((head, rest[:length]))
        written = rest[length:]
    return found


def test_an_answer_is_there_before_anything_else_may_run():
    async def now() -> bytes:
        wire = Wire()
        protocol = directly({"/now": "Now"}, told)(config=Config(ordinary), server_state=ServerState(), app_state={})
        protocol.connection_made(wire)
        protocol.data_received(request(b"{}", b"POST /now HTTP/1.1", b"X-Ask: this"))
        protocol.timeout_keep_alive_task.cancel()
        return wire.written

    [(head, body)] = answers(asyncio.run(now()))
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nx-asked: this\r\n" in head
    assert b"connection" not in head
    assert body == b"Now {}"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=3), st.lists(st.integers(0, 400), max_size=6))
def test_however_the_bytes_come(bodies: list[bytes], cuts: list[int]):
    """Several requests behind one another, cut anywhere."""
    data = b"".join(request(body) for body in bodies)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    wire = sent([data[begin:end] for begin, end in pairwise(places)])
    assert [body for _, body in answers(wire.written)] == [b"Now " + body for body in bodies]
    assert not wire.closed


def test_a_body_in_chunks_is_put_together():
    head = b"POST /now HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    wire = sent([head + b"2\r\n{}\r\n", b"3\r\nabc\r\n0\r\n\r\n"])
    assert answers(wire.written)[0][1] == b"Now {}abc"


@pytest.mark.parametrize(
    "line",
    [b"GET /now HTTP/1.1", b"POST /now?x=1 HTTP/1.1", b"POST /other HTTP/1.1", b"POST /now HTTP/1.0"],
)
def test_all_else_goes_the_ordinary_way(line):
    wire = sent([request(b"", line)])
    assert answers(wire.written)[0][1] == ORDINARY + b" 0"


def test_who_asks_whether_to_go_on_is_told_so():
    wire = sent([request(b"{}", b"POST /now HTTP/1.1", b"expect: 100-continue")])
    go_on, _, rest = wire.written.partition(b"\r\n\r\n")
    assert go_on == b"HTTP/1.1 100 Continue"
    assert answers(rest)[0][1] == ORDINARY + b" 2"


def test_a_long_body_goes_the_ordinary_way_and_is_whole():
    wire = sent([request(bytes(DIRECT_BYTES + 10))])
    assert answers(wire.written)[0][1] == ORDINARY + b" %d" % (DIRECT_BYTES + 10)


def test_a_connection_that_was_to_end_ends_with_the_answer():
    wire = sent([request(b"{}", b"POST /now HTTP/1.1", b"connection: close") + request(b"more")])
    [(head, body)] = answers(wire.written)
    assert b"\r\nconnection: close\r\n" in head
    assert body == b"Now {}"
    assert wire.closed


def test_what_is_promised_is_sent_when_it_is_kept_and_what_was_asked_after_it_waits():
    promise: Future[Reply] = Future()
    calls = []

    def begin(name: str, headers: Headers, body: bytes):
        calls.append(body)
        return promise if body == b"later" else told(name, headers, body)

    seen: list[bytes] = []

    async def run() -> bytes:
        wire = Wire()
        state = ServerState()
        protocol = directly({"/now": "Now"}, begin)(config=Config(ordinary), server_state=state, app_state={})
        protocol.connection_made(wire)
        protocol.data_received(request(b"later") + request(b"after"))
        await asyncio.sleep(0.01)
        seen.append(wire.written)
        promise.set_result(Reply(201, {}, b"kept"))
        while state.tasks:
            await asyncio.sleep(0)
        protocol.timeout_keep_alive_task.cancel()
        return wire.written

    found = answers(asyncio.run(run()))
    assert seen == [b""]
    assert found[0][0].startswith(b"HTTP/1.1 201 Created")
    assert [body for _, body in found] == [b"kept", ORDINARY + b" 5"]
    assert calls == [b"later"]


def test_what_was_asked_behind_the_ordinary_way_is_answered_after_it():
    wire = sent([request(b"abc", b"POST /other HTTP/1.1") + request(b"{}")])
    assert [body for _, body in answers(wire.written)] == [ORDINARY + b" 3", ORDINARY + b" 2"]


def test_no_http_is_refused_as_ever():
    wire = sent([b"what\r\n\r\n"])
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert wire.closed
