"""A PostgreSQL server for the tests: Debian's own, installed if need be, started here and stopped at the end.

Where that cannot be, `start` raises Unavailable with the reason, and the tests on PostgreSQL are skipped with it.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Unavailable(Exception):
    pass


def binaries() -> Path:
    """The folder of initdb and postgres."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if versions:
        return versions[-1].parent
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "postgresql"]):
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        if ran.returncode:
            raise Unavailable(f"PostgreSQL could not be installed: {ran.stderr.strip()[-300:]}")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not versions:
        raise Unavailable("PostgreSQL was installed, but its initdb was not found.")
    return versions[-1].parent


@contextmanager
def start(durable: bool = False) -> Iterator[str]:
    """A server on a free port of loopback; yields postgresql://… without a database's name.

    Only a `durable` one waits for its disk. Tests kill processes, not the machine, and need not.
    """
    folder = binaries()
    with tempfile.TemporaryDirectory(prefix="penchant-postgres-") as home:
        # PostgreSQL refuses to run as root.
        user: dict = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(home, account.pw_uid, account.pw_gid)
            user = {"user": account.pw_uid, "group": account.pw_gid}
        data = Path(home) / "data"
        made = subprocess.run(
            [folder / "initdb", "-D", data, "-U", "penchant", "-A", "trust", "-E", "UTF8", "--no-sync"],
            capture_output=True, text=True, cwd=home, **user,
        )  # fmt: skip
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.strip()[-300:]}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
        options += "" if durable else " -c fsync=off"
        control = [folder / "pg_ctl", "-D", data, "-w"]
        log = Path(home) / "log"
        started = subprocess.run(
            [*control, "-o", options, "-l", log, "start"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, **user,
        )  # fmt: skip
        if started.returncode:
            raise Unavailable(f"PostgreSQL did not start: {log.read_text()[-300:]}")
        try:
            yield f"postgresql://penchant@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, cwd=home, **user)
