"""Runs an ASGI application on Granian inside this process, beside a companion process that is kept alive."""

import asyncio
import logging
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0


async def serve(app: Any, host: str, port: int, companion: Sequence[str], listening: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `companion` is a command that is started again whenever it ends; it must end by
    itself when its standard input does. `listening` is called once, when the port answers."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    keeping = asyncio.create_task(keep_alive(companion))
    try:
        await answered(f"http://{host}:{port}/health", serving)
        for number in (signal.SIGINT, signal.SIGTERM):  # after Granian, which has handlers of its own
            loop.add_signal_handler(number, stop.set)
        listening()
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        server.stop()
        await asyncio.wait_for(serving, 10)


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
    """Start a process, and again whenever it ends; end it when this task is cancelled."""
    while True:
        process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        log.error("the worker ended with %s; starting it again", code)
        await asyncio.sleep(RESTART_SECONDS)
