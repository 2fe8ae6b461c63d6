"""How the heavy attempts of one worker share its cores: each gets threads for its part of them, and no more.

Libraries take as many threads as there are cores, each for itself. Two trainings would then have twice as many threads
as cores; matrix products, which wait for the slowest of their threads, lose more by that than they gain.
"""

import math
import os
from contextlib import suppress
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Of a container: microseconds of processor time in a period of microseconds, or "max"."""
COUNTED = (
    "OMP_NUM_THREADS",  # torch, LightGBM, SciPy's own
    "OPENBLAS_NUM_THREADS",  # NumPy
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",  # deltalake, obstore
)
"""What the libraries read when they are imported."""
NICENESS = 5
"""Of attempts, on top of their worker's: whoever answers requests goes first, and the worker's quick jobs next."""


def of_machine() -> int:
    """Cores that this process may use: of those it is bound to, what the quota of its container pays for."""
    bound = len(os.sched_getaffinity(0))
    with suppress(OSError, ValueError):
        quota, period = QUOTA.read_text().split()
        if quota != "max":
            return max(1, min(bound, math.ceil(int(quota) / int(period))))
    return bound


def share(at_once: int) -> int:
    """Cores of each of so many attempts that may run at once; at least one."""
    return max(1, of_machine() // at_once)


def environment(threads: int) -> dict[str, str]:
    """Variables that hold the libraries of a new process to so many threads, but for those that somebody has set."""
    return {name: os.environ.get(name) or str(threads) for name in COUNTED}
