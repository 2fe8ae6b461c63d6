"""What the parts of a training take: time, processor and memory."""

import resource
import time
from contextlib import suppress
from pathlib import Path

STATUS = Path("/proc/self/status")


class Watch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        """Of the clock on the wall, by part."""
        self._since = time.monotonic()
        self._core_began = time.process_time()

    def mark(self, part: str) -> None:
        """What was done since the last mark was this part."""
        now = time.monotonic()
        self.seconds[part], self._since = round(now - self._since, 3), now

    @property
    def core_seconds(self) -> float:
        """Of all cores together, in this process, since the watch was made."""
        return time.process_time() - self._core_began


def peak_bytes() -> int:
    """The most memory that this process has had at a time.

    Not `ru_maxrss` where the system tells better: that of a process counts what its parent had when it was started.
    """
    with suppress(OSError):
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
