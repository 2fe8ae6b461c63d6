"""When the machine itself was slow: a fixed piece of arithmetic, timed again and again beside a measurement.

A machine that is shared below its operating system runs at a tenth of its speed now and then, for some tens of
milliseconds, and nothing that the system counts tells of it. A request in such a moment says nothing of the program
that answers it. A piece is timed by the processor time of its own thread, so that whoever else wants the core is not
taken for a slow machine. It has the least priority there is, and takes what the core has left.

    with Steadiness(core=1) as machine:
        …
    machine.slow(began, ended)   # of each interval by time.perf_counter, whether the machine was slow in it
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from array import array
from types import TracebackType
from typing import Self

import numpy as np

ROUNDS = 100
"""Of a hash over itself, in a piece: some 30 to 100 microseconds without memory to speak of."""
SLOW = 1.5
"""Times the median of all pieces."""
START = b"started\n"


class Steadiness:
    """A process beside, on one core, from `with` to its end. Linux only, as the pinning of cores is."""

    def __init__(self, core: int):
        self._core = core
        self._bounds = np.empty((0, 2))

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, __file__, str(self._core)], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == START
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        told, _ = self._process.communicate()
        self._bounds = slow_moments(np.frombuffer(told, np.float64).reshape(-1, 3))

    def slow(self, began: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """(N,) bool: whether a slow piece overlaps the interval. Both are seconds of time.perf_counter, (N,)."""
        if not len(self._bounds):
            return np.zeros(len(began), bool)
        next_one = np.searchsorted(self._bounds[:, 1], began)
        found = next_one < len(self._bounds)
        found[found] = self._bounds[next_one[found], 0] < ended[found]
        return found


def slow_moments(pieces: np.ndarray) -> np.ndarray:
    """(M, 2) when slow pieces began and ended, in their order. `pieces`: (P, 3) began, processor seconds, ended."""
    spent = pieces[:, 1]
    return pieces[spent > SLOW * np.median(spent)][:, [0, 2]] if len(pieces) else np.empty((0, 2))


def watch(core: int) -> None:
    """Time pieces until SIGTERM, and write them out."""
    os.sched_setaffinity(0, {core})
    os.nice(19)
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this tells it when to end
    sys.stdout.buffer.write(START)
    sys.stdout.buffer.flush()
    told = array("d")
    while going:
        began, spent = time.perf_counter(), time.thread_time()
        hashlib.pbkdf2_hmac("sha256", b"piece", b"", ROUNDS)
        told.extend((began, time.thread_time() - spent, time.perf_counter()))
    sys.stdout.buffer.write(told.tobytes())


if __name__ == "__main__":
    watch(int(sys.argv[1]))
