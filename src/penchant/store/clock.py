"""What time it is, for all that is written down: one place, so that a test may move it by months.

How long something takes, and whether somebody is still alive, are told by the process's own clocks, which no one moves.
"""

import time
from collections.abc import Callable

source: Callable[[], float] = time.time
"""Seconds since the epoch."""


def now() -> float:
    return source()
