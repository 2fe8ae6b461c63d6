"""One port for all three APIs: find the operation by header or path, read the body, call it, write what came of it."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import msgspec
from botocore.model import OperationModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..contract import model
from ..contract.errors import ApiError, InternalFailure, InvalidInputException
from ..house import House
from ..operations.activity import busiest
from ..operations.api import Api
from ..operations.rejections import listed as list_rejections
from .caller import Identity

log = logging.getLogger(__name__)

TARGET = "AmazonPersonalize."
MOST_BYTES = 8 * 1024 * 1024
"""The largest request the model allows is about a megabyte."""
JSON, AWS_JSON = "application/json", "application/x-amz-json-1.1"
CONTROL_HEADERS = {
    "strict-transport-security": "max-age=47304000; includeSubDomains",
    "x-frame-options": "DENY",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
}
"""Recorded on the control plane, not on the runtime."""

Ready = Callable[[], bool]


def build(api: Api, identity: Identity, ready: Ready) -> Starlette:
    """The ASGI application. `ready` answers GET /health."""

    async def health(request: Request) -> Response:
        fine = await run_in_threadpool(ready)
        return Response(
            b'{"status":"ready"}' if fine else b'{"status":"starting"}', 200 if fine else 503, media_type=JSON
        )

    async def by_target(request: Request) -> Response:
        target = request.headers.get("x-amz-target", "")
        name = target.removeprefix(TARGET) if target.startswith(TARGET) else ""
        op = model.operations().get(name)
        if op is not None and model.is_rest(op):  # the other two services are reached by path
            name = ""
        return await answer(api, identity, name, request)

    rest = [op for op in model.operations().values() if model.is_rest(op)]
    return Starlette(
        routes=[
            Route("/", by_target, methods=["POST"]),
            *(
                Route(op.http["requestUri"], partial(answer_path, api, identity, op.name), methods=[op.http["method"]])
                for op in rest
            ),
            Route("/health", health, methods=["GET"]),
            *(
                Route(f"/penchant/v1/{name}", partial(extension, api, identity, answer_of), methods=["GET"])
                for name, answer_of in EXTENSIONS.items()
            ),
        ]
    )


def progress(house: House, asked: QueryParams) -> dict[str, Any]:
    """How far the newest job of a resource is. GET /penchant/v1/progress?arn=ARN"""
    return house.progress(asked.get("arn", ""))


def rejections(house: House, asked: QueryParams) -> dict[str, Any]:
    """What was refused, dropped or changed on its way in. GET /penchant/v1/rejections, of all datasets of the caller or
    of one group: ?datasetGroupArn=ARN"""
    return {"rejections": list_rejections(house, asked.get("datasetGroupArn"))}


def activity(house: House, asked: QueryParams) -> dict[str, Any]:
    """The busiest items of the last hours. GET /penchant/v1/activity?datasetGroupArn=ARN&hours=24"""
    try:
        hours = float(asked.get("hours", "24"))
    except ValueError:
        raise InvalidInputException("hours must be a number.") from None
    return {"items": busiest(house, asked.get("datasetGroupArn", ""), hours)}


EXTENSIONS: dict[str, Callable[[House, QueryParams], dict[str, Any]]] = {
    "activity": activity,
    "progress": progress,
    "rejections": rejections,
}
"""What Amazon does not have."""


async def extension(api: Api, identity: Identity, answer_of: Any, request: Request) -> Response:
    request_id = str(uuid.uuid4())
    try:
        house = api.house.at(identity.identify(request.headers))
        found = await run_in_threadpool(answer_of, house, request.query_params)
    except ApiError as error:
        return refused(None, error, request_id)
    return Response(msgspec.json.encode(found), 200, {"x-amzn-RequestId": request_id}, JSON)


async def answer_path(api: Api, identity: Identity, name: str, request: Request) -> Response:
    return await answer(api, identity, name, request)


async def answer(api: Api, identity: Identity, name: str, request: Request) -> Response:
    request_id = str(uuid.uuid4())
    try:
        place = identity.identify(request.headers)
        op, operation = api.find(name)
        body = read(await bounded(request))
        if operation.inline:
            result = api.begin(name, body, place)
            if isinstance(result, Future):
                await asyncio.wrap_future(result)
                result = {}
        else:
            result = await run_in_threadpool(api.call, name, body, place)
        return done(op, result, request_id)
    except ApiError as error:
        return refused(model.operations().get(name), error, request_id)
    except Exception:
        log.exception("%s broke (request %s)", name, request_id)
        words = f"Internal failure. The server's log has the details under request {request_id}."
        return refused(model.operations().get(name), InternalFailure(words), request_id)


async def bounded(request: Request) -> bytes:
    """The body, unless it is larger than any request can be."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise InvalidInputException(f"The request is larger than {MOST_BYTES} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def read(body: bytes) -> Any:
    if not body:
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInputException(f"The request body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInputException("The request body must be a JSON object.")
    return value


def done(op: OperationModel, result: dict, request_id: str) -> Response:
    rest = model.is_rest(op)
    headers = {"x-amzn-RequestId": request_id} if rest else {"x-amzn-RequestId": request_id, **CONTROL_HEADERS}
    # Recorded: operations without an answer have an empty body. An answer has compact JSON.
    body = msgspec.json.encode(result) if op.output_shape is not None and op.output_shape.members else b""
    return Response(body, 200, headers, JSON if rest else AWS_JSON)


def refused(op: OperationModel | None, error: ApiError, request_id: str) -> Response:
    status = error.status or model.status_of(op, error.code)
    headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": error.code}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    media = JSON if op is not None and model.is_rest(op) else AWS_JSON
    return Response(msgspec.json.encode({"__type": error.code, "message": str(error)}), status, headers, media)
