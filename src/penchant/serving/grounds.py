"""What exploration may show for each deployed model, kept up to date from the side."""

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..events.journal import Journal
from ..filters import Catalogue
from ..filters.columns import Numbers
from ..lake.exposure import Exposure
from .answering import Answering
from .exploration import Ground
from .feedback import Feedback
from .views.items import ItemView

log = logging.getLogger(__name__)

CREATION = "CREATION_TIMESTAMP"
MOST = 64
SECONDS = 30.0
"""How old a ground may be before a request has it made anew. Amazon's counts are two hours old."""


@dataclass(eq=False)
class Known:
    """One model's counts, and what was made of them."""

    feedback: Feedback
    lock: threading.Lock = field(default_factory=threading.Lock)
    grounds: dict[float, tuple[Catalogue, Ground]] = field(default_factory=dict)
    """By the days that an item counts as new: the catalogue whose rows they are, and what may be explored of it."""
    made: float = -np.inf


class Grounds:
    def __init__(self, journal: Journal, seconds: float = SECONDS):
        self.journal, self.seconds = journal, seconds
        self._known: OrderedDict[str, Known] = OrderedDict()  # by folder: a path is hashed anew each time
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, "exploration")

    def ground(
        self,
        folder: Path,
        answering: Answering,
        view: ItemView,
        catalogue: Catalogue,
        events: int | None,
        age_days: float,
    ) -> Ground | None:
        """What may be explored with the model in a folder, by row of `catalogue`; None until `build` was called.

        One that has become old is used once more, and made anew meanwhile. `events` is the number of the dataset in the
        journal.
        """
        known = self._of(folder, answering, events)
        found = known.grounds.get(age_days)
        if found is None:
            return None
        before, ground = found
        if before is not catalogue:
            ground = ground.moved(before.ids, catalogue.ids)
            if known.grounds[age_days] is found:  # else a newer one was made meanwhile
                known.grounds[age_days] = catalogue, ground
        if known.made < time.monotonic() - self.seconds:
            known.made = time.monotonic()
            self._maker.submit(self._refresh, known, answering, view)
        return ground

    def build(self, folder: Path, answering: Answering, view: ItemView, events: int | None, age_days: float) -> None:
        """Waits for what `ground` needs. The view is built."""
        known = self._of(folder, answering, events)
        with known.lock:
            if age_days not in known.grounds:
                known.feedback.refresh()
                catalogue = view.catalogue
                known.grounds[age_days] = catalogue, made(known.feedback, answering, catalogue, age_days)
                known.made = time.monotonic()

    def close(self) -> None:
        self._maker.shutdown(cancel_futures=True)

    def _of(self, folder: Path, answering: Answering, events: int | None) -> Known:
        known = self._known.get(str(folder))
        if known is None:
            with self._lock:
                since = partial(self.journal.since, events) if events is not None else nothing
                known = self._known.setdefault(str(folder), Known(Feedback(since, answering.position)))
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
        return known

    def _refresh(self, known: Known, answering: Answering, view: ItemView) -> None:
        try:
            with known.lock:
                known.feedback.refresh()
                catalogue = view.catalogue
                for age_days in list(known.grounds):
                    known.grounds[age_days] = catalogue, made(known.feedback, answering, catalogue, age_days)
        except Exception:
            log.exception("What may be explored could not be refreshed; it stays as it was")


def nothing(after: int, limit: int) -> list:
    return []


def made(feedback: Feedback, answering: Answering, catalogue: Catalogue, age_days: float) -> Ground:
    sealed = Exposure.from_state(answering.more) if answering.more else unknown(answering.size)
    counts = feedback.added_to(sealed, len(catalogue), catalogue.ids.codes)
    created = counts.created.astype(np.float64)
    column = next((column for name, column in catalogue.columns.items() if name.upper() == CREATION), None)
    if isinstance(column, Numbers):
        told = column.numbers()
        created = np.where(np.isnan(told), created, told)
    return Ground.of(created, counts.impressions, counts.clicks, counts.latest, answering.size, age_days)


def unknown(size: int) -> Exposure:
    """Models of earlier releases were sealed without counts: none of their items is new."""
    return Exposure(np.full(size, np.iinfo(np.int64).min // 2), np.zeros(size, np.int64), np.zeros(size, np.int64), 0)
