"""The demo's own `penchant serve`: a fresh data folder, a free port, a log file, and a clean end."""

import fcntl
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MARK = ".made-by-the-demo"
LOG = "server.log"
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class DemoFailed(Exception):
    """The demo cannot go on. The text says what was wrong, and what to do or where to look."""


@dataclass(frozen=True)
class Served:
    url: str
    log: Path
    seconds: float
    """What the start took."""
    process: "subprocess.Popen[bytes]"


def prepare(data_dir: Path) -> bool:
    """An empty data folder; whether it replaced that of an earlier demo. Raises DemoFailed rather than delete more."""
    existed = data_dir.exists()
    if existed and not data_dir.is_dir():
        raise DemoFailed(f"{data_dir} is a file; the demo needs a folder of its own. Name another with --data-dir.")
    if existed and any(data_dir.iterdir()):
        if not (data_dir / MARK).exists():
            raise DemoFailed(
                f"{data_dir} holds something that no demo made, so it is left alone. Name another with --data-dir."
            )
        if in_use(data_dir):
            raise DemoFailed(
                f"A server is running on {data_dir}. Stop it (ctrl-C where it was started), and try again."
            )
        shutil.rmtree(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / MARK).touch()
    return existed


def in_use(data_dir: Path) -> bool:
    """Whether a worker holds its lock in this folder."""
    for path in data_dir.glob("worker-*.lock"):
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


@contextmanager
def served(data_dir: Path) -> Iterator[Served]:
    """A server and its worker for as long as the block lasts. Raises DemoFailed where it does not start."""
    port, began = free_port(), time.monotonic()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "penchant", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    with (data_dir / LOG).open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        await_ready(process, url)
        yield Served(url, data_dir / LOG, time.monotonic() - began, process)
    except Exception as error:
        # Where the server has died, whatever the caller met is only what follows from it.
        with suppress(subprocess.TimeoutExpired):
            raise DemoFailed(f"The server ended by itself ({ending(process.wait(0.5))}).") from error
        raise
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(url):
        if process.poll() is not None:
            raise DemoFailed(f"The server ended before it was ready ({ending(process.returncode)}).")
        if time.monotonic() > deadline:
            raise DemoFailed(f"The server was not ready after {START_SECONDS:.0f} seconds.")
        time.sleep(0.05)


def ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False
