"""Runs an ASGI application on uvicorn inside this process, and keeps a companion (the worker) alive beside it."""

import asyncio
import gc
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
import uvloop

from .direct import directly
from .http import Application

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
SHORT_LIFE_SECONDS, SHORT_LIVES = 10.0, 3
"""A companion that ends by itself this many times in a row, each time within so many seconds, will not do better."""
LONGEST_WAIT_SECONDS = 30.0
"""Between two starts of a companion that finds what it needs away."""
CLOSE_SECONDS = 10
"""How long requests that are being answered are waited for at the end."""
HEED_SECONDS = 5.0
"""How long a companion that was told to end may take for it; then it is killed."""
END_SECONDS = 30.0
"""How long this process may take to end. Nothing is lost with it: what was answered was written before."""
IDLE_SECONDS = 75
"""How long a connection stays open without a request: longer than clients keep theirs."""
WAITING_CONNECTIONS = 2048


def run(app: Application, host: str, port: int, companion: Sequence[str], listening: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `companion` is a command that is started again whenever it ends; it must end by
    itself when its standard input does. `listening` is called once, when the port answers.

    Raises RuntimeError where the port cannot be had, or the server or its companion ends by itself.
    """
    uvloop.run(serve(app, bound(host, port), companion, listening))


def bound(host: str, port: int) -> socket.socket:
    """Raises RuntimeError for an address that is in use."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=0)
    except OSError as error:
        raise RuntimeError(f"The server could not start on {host}:{port}; is the port in use? ({error})") from None


async def serve(
    app: Application, listener: socket.socket, companion: Sequence[str], listening: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(
        uvicorn.Config(
            app,
            http=directly(app.inline, app.begin),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody here looks at where a request comes from
            backlog=WAITING_CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    keeping = asyncio.create_task(keep_alive(companion))
    try:
        while not (server.started or serving.done()):
            await asyncio.sleep(0.005)
        # What is loaded now stays. Looking through it again at each full collection took a tenth of a second.
        gc.collect()
        gc.freeze()
        listening()
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping, keeping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            end_within(END_SECONDS)
        if keeping.done():
            keeping.result()
        if serving.done():
            serving.result()
            raise RuntimeError("The server ended by itself.")
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        server.should_exit = True
        await asyncio.wait_for(serving, 2 * CLOSE_SECONDS)


def end_within(seconds: float) -> None:
    """End this process without further ado if it is still there so much later: a disk or a database that is gone may
    hold a thread of it for ever, and whoever ends a server must not have to kill it."""

    def end() -> None:
        log.error("the server did not end within %g s and is cut off", seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True  # it keeps nobody
    timer.start()


class Server(uvicorn.Server):
    """Leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def keep_alive(command: Sequence[str]) -> None:
    """Start a process, and again whenever it ends; end it when this task is cancelled.

    Raises RuntimeError when it keeps ending as soon as it is started. A kill does not count: it is not its own doing.
    Nor does EX_TEMPFAIL (sysexits.h), by which it says that its database or its disk is away for a while.
    """
    short_lives, seconds = 0, RESTART_SECONDS
    while short_lives < SHORT_LIVES:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), HEED_SECONDS)
            except TimeoutError:  # it is held by a disk or a database that is gone
                log.error("the worker did not end within %g s and is killed", HEED_SECONDS)
                process.kill()
                await process.wait()
            raise
        if code == os.EX_TEMPFAIL:
            seconds = min(2 * seconds, LONGEST_WAIT_SECONDS)
        else:
            short_lives = short_lives + 1 if code >= 0 and time.monotonic() - began < SHORT_LIFE_SECONDS else 0
            seconds = RESTART_SECONDS
        log.error("the worker ended with %s; starting it again in %g s", code, seconds)
        await asyncio.sleep(seconds)
    raise RuntimeError(f"The worker ended {SHORT_LIVES} times as soon as it was started; what it said is above.")
