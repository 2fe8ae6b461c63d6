"""Answers the operations that run on the event loop as soon as their last byte is read: without a task, and without a
message of ASGI for each of their parts, which takes longer than most of them.

Everything else goes uvicorn's way. So does what is promised for later, and what one connection asks before it has its
answer.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .promises import kept
from .wire import Headers, Reply

DIRECT_BYTES = 65_536
"""A longer body is read uvicorn's way, which holds the sender up where it comes too fast."""
STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}

Begin = Callable[[str, Headers, bytes], Reply | Future[Reply]]
"""(operation, headers, body). Raises nothing."""


def directly(names: Mapping[str, str], begin: Begin) -> type[HttpToolsProtocol]:
    """A protocol for uvicorn. `names`: operations that never hold the event loop up, by the path they are posted to."""

    class Direct(HttpToolsProtocol):
        _names = {path.encode(): name for path, name in names.items()}
        _name: str | None = None
        """Of the operation that is read, if it is answered here."""
        _body = b""

        def on_headers_complete(self) -> None:
            self._name = self._names.get(self.url)
            if self._name is None or not self._alone():
                self._name = None
                super().on_headers_complete()
            self._body = b""

        def on_body(self, body: bytes) -> None:
            if self._name is None:
                super().on_body(body)
                return
            self._body = self._body + body if self._body else body
            if len(self._body) > DIRECT_BYTES:
                self._leave()

        def on_message_complete(self) -> None:
            if self._name is None:
                super().on_message_complete()
                return
            if self.transport.is_closing():
                return
            answer = begin(self._name, Headers(self.headers), self._body)
            if isinstance(answer, Future):
                self._leave(promised(answer))
                super().on_message_complete()
                return
            self._name = None
            lasting = self.parser.should_keep_alive()
            self.transport.write(written(answer, self.server_state.default_headers, lasting))
            if not lasting:
                self.transport.close()
            self.on_response_complete()

        def _alone(self) -> bool:
            """Whether it is a plain POST with nothing unanswered before it."""
            return (
                self.parser.get_method() == b"POST"
                and self.parser.get_http_version() == "1.1"
                and not self.expect_100_continue
                and not self.parser.should_upgrade()
                and (self.cycle is None or self.cycle.response_complete)
            )

        def _leave(self, application: Any = None) -> None:
            """Let uvicorn go on with what has been read so far; by another application, if one is given."""
            self._name = None
            own = self.app
            self.app = application or own
            super().on_headers_complete()
            self.app = own
            super().on_body(self._body)

    return Direct


def promised(reply: Future[Reply]) -> Any:
    """An ASGI application that sends it when it is there, which it is told on this event loop."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await (await kept(reply)).send(send)

    return application


def written(reply: Reply, default_headers: list[tuple[bytes, bytes]], lasting: bool) -> bytes:
    """In HTTP 1.1, on a connection that is lasting or ends with it."""
    head = [STATUS_LINES[reply.status]]
    head += [b"%b: %b\r\n" % each for each in default_headers]
    head += [f"{name}: {value}\r\n".encode() for name, value in reply.headers.items()]
    if not lasting:
        head.append(b"connection: close\r\n")
    head.append(b"content-length: %d\r\n\r\n" % len(reply.body))
    head.append(reply.body)
    return b"".join(head)
