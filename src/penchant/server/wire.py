"""Requests and replies as bytes: what every way into the server shares."""

from collections.abc import Iterable
from random import getrandbits
from typing import Any

import msgspec
from botocore.model import OperationModel

from ..contract import model
from ..contract.errors import ApiError, InvalidInputException

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


class Reply(msgspec.Struct, frozen=True):
    """What goes out."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def send(self, send: Any) -> None:
        """As ASGI has it."""
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Headers:
    """The headers of an ASGI request; one is read when it is asked for."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]):
        self._raw = raw

    def get(self, name: str, default: str | None = None) -> str | None:
        """`name` is in lower case, as a server gives them."""
        wanted = name.encode()
        for each, value in self._raw:
            if each == wanted:
                return value.decode("latin-1")
        return default


def new_id() -> str:
    """Of a request: a UUID of version 4 by Python's own random numbers, for nobody gains from guessing one."""
    digits = f"{getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


async def body_of(receive: Any) -> bytes:
    """The whole body. Raises InvalidInputException for one that is larger than any request can be."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the caller hung up
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BYTES:
            raise InvalidInputException(f"The request is larger than {MOST_BYTES} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
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


def done(op: OperationModel, result: dict, request_id: str) -> Reply:
    rest = model.is_rest(op)
    # Recorded: operations without an answer have an empty body. An answer has compact JSON.
    body = msgspec.json.encode(result) if op.output_shape is not None and op.output_shape.members else b""
    more = {} if rest else CONTROL_HEADERS
    return Reply(200, {"content-type": JSON if rest else AWS_JSON, "x-amzn-requestid": request_id, **more}, body)


def refused(op: OperationModel | None, error: ApiError, request_id: str) -> Reply:
    headers = {
        "content-type": JSON if op is not None and model.is_rest(op) else AWS_JSON,
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    body = msgspec.json.encode({"__type": error.code, "message": str(error)})
    return Reply(error.status or model.status_of(op, error.code), headers, body)
