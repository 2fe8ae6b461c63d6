"""How much memory a heavy attempt has and may have: one that takes more is ended, alone, and says why.

What counts is what a process and those it has started hold by themselves (anonymous memory, swapped out or not). Files
that are mapped, such as libraries and sealed models, are not theirs: the system takes them back as it needs. A limit on
address space would count these and all that is reserved and never touched, and end what harms nobody.

The worker looks ten times a second, so that for a moment an attempt may have what it can fill in that time. Where there
is no /proc, nothing is limited.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LOOK_SECONDS = 0.1
SHARE = 0.8
"""Of the machine's memory, for all heavy attempts together: the rest is the server's and the system's."""
MIB = 2**20
COUNTED = ("RssAnon:", "VmSwap:")
PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Limit:
    """Of each heavy attempt."""

    bytes: int
    setting: str
    """What it is set by."""
    advice: Callable[[str], str]
    """By task, what a customer can do so that it takes less: a sentence or two."""

    def exceeded(self, task: str, held: int, doing: str) -> str:
        """What a customer reads of an attempt that was ended, at what its progress tells it was `doing`."""
        return (
            f"The work needs more memory than it may have: it had {told(held)} when it was ended, at '{doing}', and "
            f"{self.setting} allows {told(self.bytes)}. {self.remedy(task)}"
        )

    def refused(self, task: str, held: int, error: str) -> str:
        """And of one whose own call for memory failed, which had `held` at the most."""
        return (
            f"There was no memory for the work ({error.rstrip('.')}): it had {told(held)} before, and {self.setting} "
            f"allows {told(self.bytes)}. {self.remedy(task)}"
        )

    def killed(self, held: int) -> str:
        """What is known of an attempt that somebody killed."""
        return (
            f"as the system does where memory runs out; it had {told(held)}, and {self.setting} allows "
            f"{told(self.bytes)}, which may be more than there is"
        )

    def remedy(self, task: str) -> str:
        return f"Set {self.setting} higher where the machine has more, or make the work smaller: {self.advice(task)}"


def limit_of_each(at_once: int) -> int:
    """Bytes for each of so many attempts that may run at once, where nobody has said."""
    return int(SHARE * of_machine() / at_once)


def of_machine() -> int:
    """Bytes of memory that this machine, or this container, has."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([whole, *limits_of_container()])


def limits_of_container(proc: Path = PROC, cgroup: Path = CGROUP) -> Iterator[int]:
    """Bytes: those of the control group of this process and of all above it, of either version."""
    with suppress(OSError):
        for line in (proc / "self" / "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            root = cgroup if not controllers else cgroup / "memory"
            if controllers and "memory" not in controllers.split(","):
                continue
            own = PurePosixPath(path.lstrip("/"))
            for folder in (own, *own.parents):
                for name in ("memory.max", "memory.limit_in_bytes"):
                    with suppress(OSError, ValueError):  # ValueError: "max"
                        yield int((root / folder / name).read_text())


def held(pid: int, proc: Path = PROC) -> int:
    """Bytes of a process and of those that it has started; 0 of one that is gone."""
    total, waiting = 0, [pid]
    while waiting:
        folder = proc / str(waiting.pop())
        with suppress(OSError):
            for line in (folder / "status").read_text().splitlines():
                if line.startswith(COUNTED):
                    total += 1024 * int(line.split()[1])
            for thread in (folder / "task").iterdir():
                with suppress(OSError):
                    waiting += [int(child) for child in (thread / "children").read_text().split()]
    return total


class Held:
    """What was seen of a process while it was watched."""

    def __init__(self) -> None:
        self.most = 0
        """Bytes."""
        self.exceeded = False
        """Whether it was ended for them."""


@contextmanager
def watched(pid: int, most: int | None, end: Callable[[], None]) -> Iterator[Held]:
    """Looks how much memory a process has, and calls `end`, once, when it is more than `most` bytes (None: never)."""
    seen, over = Held(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            seen.most = max(seen.most, now := held(pid))
            if most is not None and now > most:
                seen.exceeded = True
                end()
                return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def told(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"
