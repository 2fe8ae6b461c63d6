"""Which workers live, and taking up what a dead one had begun.

Each worker writes a new word into its row every few seconds. Whoever looks measures by its own clock how long a word
has stayed the same: clocks of two machines are never compared. One that is not dead but slow loses nothing but its
work: its attempts are no longer the newest (`ledger.py`), and are told so.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from ..store.database import Database
from ..store.tables import workers

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0


class Presence:
    """Of one worker among those of an installation."""

    def __init__(
        self,
        database: Database,
        worker: str,
        at_work: Callable[[], set[str]],
        take_up: Callable[[str], int],
        after_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ):
        """`at_work` names the workers that have begun jobs, living or dead; `take_up` gives those of one back to their
        queues and says how many they were. A worker is dead when its word was the same for `after_seconds`; with 0,
        nobody is."""
        self.database, self.worker, self.at_work, self.take_up = database, worker, at_work, take_up
        self.after_seconds, self.clock = after_seconds, clock
        self.seen: dict[str, tuple[str | None, float]] = {}
        """Of each other worker the last word, None for one that has no row, and when it was new."""

    def start(self, every_seconds: float = BEAT_SECONDS) -> None:
        """In a thread of this process, until it ends. `beat` comes before it, and before this worker has any job."""
        threading.Thread(target=self.keep, args=(every_seconds,), name="presence", daemon=True).start()

    def keep(self, every_seconds: float) -> None:
        while True:
            time.sleep(every_seconds)
            self.round()

    def round(self) -> None:
        try:
            self.beat()
            self.look()
        except Exception as error:  # the database is away, and then nobody can write a word
            self.seen.clear()
            log.warning("this worker could not show that it lives, or look for others: %s", error)

    def beat(self) -> None:
        word = uuid.uuid4().hex
        with self.database.write() as connection:
            known = sa.update(workers).where(workers.c.name == self.worker).values(word=word)
            if not connection.execute(known).rowcount:
                connection.execute(sa.insert(workers).values(name=self.worker, word=word))

    def look(self) -> None:
        """Take up what those have begun who are silent for too long."""
        if not self.after_seconds:
            return
        with self.database.read() as connection:
            words: dict[str, str | None] = {row.name: row.word for row in connection.execute(sa.select(workers))}
        names = (words.keys() | self.at_work()) - {self.worker}
        now = self.clock()
        self.seen = {name: self.seen.get(name, (None, now)) for name in names}
        for name in sorted(names):
            word, since = self.seen[name]
            if words.get(name) != word:
                self.seen[name] = (words.get(name), now)
            elif now - since >= self.after_seconds:
                self.bury(name, word)

    def bury(self, name: str, word: str | None) -> None:
        """The row goes last: where taking up fails half way, the next look finds the dead one again."""
        if count := self.take_up(name):
            log.warning(
                "worker %s gave no sign of life for %g s; its jobs are taken up: %d", name, self.after_seconds, count
            )
        with self.database.write() as connection:
            connection.execute(sa.delete(workers).where(workers.c.name == name, workers.c.word == word))
        del self.seen[name]
