"""One port for all three APIs: find the operation by header or path, read the body, call it, write what came of it.

Operations are plain ASGI, because some are asked thousands of times a second and a framework costs more than they do.
The rest is Starlette's.
"""

import asyncio
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
from ..operations.registry import Promise
from .caller import Identity
from .extensions import EXTENSIONS, POSTED
from .wire import JSON, Headers, Reply, body_of, done, new_id, read, refused

log = logging.getLogger(__name__)

TARGET = "AmazonPersonalize."

Ready = Callable[[], bool]
Application = Callable[..., Any]
"""ASGI: (scope, receive, send)."""


def build(api: Api, identity: Identity, ready: Ready) -> Application:
    """The ASGI application. `ready` answers GET /health."""
    rest = {op.http["requestUri"]: op.name for op in model.operations().values() if model.is_rest(op)}
    others = build_others(api, identity, ready, ["/", *rest])

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await others(scope, receive, send)
        path, headers = scope["path"], Headers(scope["headers"])
        if path == "/":
            name = target_of(headers)
        elif path in rest:
            name = rest[path]
        else:
            return await others(scope, receive, send)
        reply = await answer(api, identity, name, headers, receive)
        await reply.send(send)

    return application


def target_of(headers: Headers) -> str:
    """The operation that a request to the control plane names; empty for none of its own."""
    target = headers.get("x-amz-target") or ""
    name = target.removeprefix(TARGET) if target.startswith(TARGET) else ""
    op = model.operations().get(name)
    return "" if op is not None and model.is_rest(op) else name  # the other two services are reached by path


async def answer(api: Api, identity: Identity, name: str, headers: Headers, receive: Any) -> Reply:
    request_id = new_id()
    try:
        place = identity.identify(headers)
        op, operation = api.find(name)
        body = read(await body_of(receive))
        if operation.inline:
            result = api.begin(name, body, place)
            if isinstance(result, Future):
                result = api.kept(name, await kept(result))
        else:
            result = await run_in_threadpool(api.call, name, body, place)
        return done(op, result, request_id)
    except ApiError as error:
        return refused(model.operations().get(name), error, request_id)
    except api.house.database.failures as error:
        log.error("%s could not reach the database: %s", name, error)
        return refused(model.operations().get(name), ServiceUnavailable("The database is away; try again."), request_id)
    except Exception:
        log.exception("%s broke (request %s)", name, request_id)
        words = f"Internal failure. The server's log has the details under request {request_id}."
        return refused(model.operations().get(name), InternalFailure(words), request_id)


async def kept(promise: Promise) -> Any:
    """Wait for a promise that is settled on this event loop. Raises what it was broken with."""
    if not promise.done():
        waiter = asyncio.get_running_loop().create_future()
        promise.add_done_callback(lambda _: None if waiter.done() else waiter.set_result(None))
        try:
            await waiter
        except asyncio.CancelledError:  # the caller hung up
            promise.cancel()
            raise
    return promise.result()


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
