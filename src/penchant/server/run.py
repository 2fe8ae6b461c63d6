"""Runs an ASGI application on Granian inside this process, and keeps a companion (the worker) alive beside it."""

import asyncio
import gc
import logging
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
SHORT_LIFE_SECONDS, SHORT_LIVES = 10.0, 3
"""A companion that ends by itself this many times in a row, each time within so many seconds, will not do better."""


async def serve(app: Any, host: str, port: int, companion: Sequence[str], listening: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `companion` is a command that is started again whenever it ends; it must end by
    itself when its standard input does. `listening` is called once, when the port answers."""
    stop = asyncio.Event()
    heed_signals(stop)
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    keeping = asyncio.create_task(keep_alive(companion))
    try:
        await answered(f"http://{host}:{port}/health", serving)
        heed_signals(stop)  # Granian has set handlers of its own meanwhile
        # What is loaded now stays. Looking through it again at each full collection took a tenth of a second.
        gc.collect()
        gc.freeze()
        listening()
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping, keeping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if keeping.done():
            keeping.result()
        if serving.done():
            serving.result()
            raise RuntimeError("The server ended by itself.")
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        server.stop()
        await asyncio.wait_for(serving, 10)


def heed_signals(stop: asyncio.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def answered(url: str, serving: "asyncio.Task[None]") -> None:
    """Wait for the first 200. Raises RuntimeError when the server ends before that, as it does on a port in use."""
    while not await asyncio.to_thread(answers, url):
        if serving.done():
            raise RuntimeError(f"The server could not start; is the port of {url} in use?")
        await asyncio.sleep(0.02)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


async def keep_alive(command: Sequence[str]) -> None:
    """Start a process, and again whenever it ends; end it when this task is cancelled.

    Raises RuntimeError when it keeps ending as soon as it is started. A kill does not count: it is not its own doing.
    """
    short_lives = 0
    while short_lives < SHORT_LIVES:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        log.error("the worker ended with %s; starting it again", code)
        short_lives = short_lives + 1 if code >= 0 and time.monotonic() - began < SHORT_LIFE_SECONDS else 0
        await asyncio.sleep(RESTART_SECONDS)
    raise RuntimeError(f"The worker ended {SHORT_LIVES} times as soon as it was started; what it said is above.")
