"""Promises (futures that any thread may keep) on the event loop that waits for them."""

import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def kept(promise: "Future[T]") -> T:
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
