"""One port for all three APIs: find the operation by header or path, read the body, call it, write what came of it.

Operations are plain ASGI, because some are asked thousands of times a second and a framework costs more than they do.
The rest is Starlette's.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..contract import model
from ..contract.errors import ApiError, InternalFailure, ServiceUnavailable
from ..operations.api import Api
from ..operations.registry import OPERATIONS
from .caller import Identity
from .extensions import EXTENSIONS, POSTED
from .promises import kept
from .wire import JSON, Headers, Reply, body_of, done, new_id, read, refused

log = logging.getLogger(__name__)

TARGET = "AmazonPersonalize."

Ready = Callable[[], bool]


class Application:
    """The ASGI application."""

    def __init__(self, api: Api, identity: Identity, ready: Ready):
        """`ready` answers GET /health."""
        self.api, self.identity = api, identity
        self.rest = {op.http["requestUri"]: op.name for op in model.operations().values() if model.is_rest(op)}
        self.inline = {path: name for path, name in self.rest.items() if name in OPERATIONS and OPERATIONS[name].inline}
        """Operations that run on the event loop, by the path that they are posted to."""
        self.others = build_others(api, identity, ready, ["/", *self.rest])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.others(scope, receive, send)
        path, headers = scope["path"], Headers(scope["headers"])
        if path == "/":
            name = target_of(headers)
        elif path in self.rest:
            name = self.rest[path]
        else:
            return await self.others(scope, receive, send)
        reply = await self.answer(name, headers, receive)
        await reply.send(send)

    async def answer(self, name: str, headers: Headers, receive: Any) -> Reply:
        request_id = new_id()
        try:
            place = self.identity.identify(headers)
            op, operation = self.api.find(name)
            body = read(await body_of(receive))
            if operation.inline:
                result = self.api.begin(name, body, place)
                if isinstance(result, Future):
                    result = self.api.kept(name, await kept(result))
            else:
                result = await run_in_threadpool(self.api.call, name, body, place)
            return done(op, result, request_id)
        except Exception as error:
            return self.failed(name, error, request_id)

    def begin(self, name: str, headers: Headers, body: bytes) -> "Reply | Future[Reply]":
        """What `answer` gives for an operation of `inline`, without waiting for what is promised. Raises nothing, and
        nor does the promise."""
        request_id = new_id()
        try:
            place = self.identity.identify(headers)
            op, _ = self.api.find(name)
            result = self.api.begin(name, read(body), place)
            return (
                self.promised(name, result, request_id) if isinstance(result, Future) else done(op, result, request_id)
            )
        except Exception as error:
            return self.failed(name, error, request_id)

    def promised(self, name: str, result: "Future[Any]", request_id: str) -> "Future[Reply]":
        reply: Future[Reply] = Future()

        def settle(result: "Future[Any]") -> None:
            if not reply.set_running_or_notify_cancel():  # nobody waits any more
                return
            try:
                told = done(self.api.find(name)[0], self.api.kept(name, result.result()), request_id)
            except Exception as error:
                told = self.failed(name, error, request_id)
            reply.set_result(told)

        result.add_done_callback(settle)
        return reply

    def failed(self, name: str, error: Exception, request_id: str) -> Reply:
        op = model.operations().get(name)
        if isinstance(error, ApiError):
            return refused(op, error, request_id)
        if isinstance(error, self.api.house.database.failures):
            log.error("%s could not reach the database: %s", name, error)
            return refused(op, ServiceUnavailable("The database is away; try again."), request_id)
        log.error("%s broke (request %s)", name, request_id, exc_info=error)
        words = f"Internal failure. The server's log has the details under request {request_id}."
        return refused(op, InternalFailure(words), request_id)


def target_of(headers: Headers) -> str:
    """The operation that a request to the control plane names; empty for none of its own."""
    target = headers.get("x-amz-target") or ""
    name = target.removeprefix(TARGET) if target.startswith(TARGET) else ""
    op = model.operations().get(name)
    return "" if op is not None and model.is_rest(op) else name  # the other two services are reached by path


def build_others(api: Api, identity: Identity, ready: Ready, posted: list[str]) -> Starlette:
    """What is read with GET, and what to answer to a wrong path or method. `posted` are the paths of operations."""

    async def health(request: Request) -> Response:
        fine = await run_in_threadpool(ready)
        return Response(
            b'{"status":"ready"}' if fine else b'{"status":"starting"}', 200 if fine else 503, media_type=JSON
        )

    async def extension(answer_of: Any, request: Request) -> Response:
        request_id = new_id()
        try:
            house = api.house.at(identity.identify(request.headers))
            asked = read(await request.body()) if request.method == "POST" else request.query_params
            found = await run_in_threadpool(answer_of, house, asked)
        except ApiError as error:
            reply = refused(None, error, request_id)
            return Response(reply.body, reply.status, reply.headers)
        return Response(msgspec.json.encode(found), 200, {"x-amzn-requestid": request_id}, JSON)

    async def unreachable(request: Request) -> Response:
        raise AssertionError("Operations are answered before it comes to this.")

    return Starlette(
        routes=[
            *(Route(path, unreachable, methods=["POST"]) for path in posted),  # another method is 405
            Route("/health", health, methods=["GET"]),
            *(
                Route(f"/penchant/v1/{name}", partial(extension, answer_of), methods=["GET"])
                for name, answer_of in EXTENSIONS.items()
            ),
            *(
                Route(f"/penchant/v1/{name}", partial(extension, answer_of), methods=["POST"])
                for name, answer_of in POSTED.items()
            ),
        ]
    )
