"""The views of this process: made when first asked for, kept up to date from the side, let go when nobody asks."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from ...artifacts.vocabulary import Vocabulary
from ...events.journal import Journal
from ...lake.selection import EVERYTHING, EventSelection
from .events import EventView
from .items import ItemView
from .records import RecordView
from .source import Source
from .view import View

log = logging.getLogger(__name__)

V = TypeVar("V", bound=View[Any])

MOST = 128
UNUSED_SECONDS = 900
"""A view that nobody asked for so long is let go."""


class Views:
    """`seconds` is the pause between two looks at the datasets, by one thread for all views.

    A dataset with another schema has another view. Whoever keeps a view instead of asking for it each time keeps it
    from being looked after, but not from being right: it is not `ready` then, and catches up when it is built.
    """

    def __init__(self, journal: Journal, seconds: float = 1.0):
        self.journal, self.seconds = journal, seconds
        self._views: OrderedDict[Hashable, View[Any]] = OrderedDict()
        self._records: WeakValueDictionary[Source, RecordView] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def items(self, source: Source, folder: Path, vocabulary: Vocabulary) -> ItemView:
        """Of the model in a folder, which has this vocabulary of items."""

        def make() -> ItemView:
            records = self._records.get(source)
            if records is None:
                records = self._records[source] = RecordView(self.journal, source)
            return ItemView(records, folder, vocabulary)

        return self._view(("items", source, str(folder)), make)

    def users(self, source: Source) -> RecordView:
        return self._view(("users", source), lambda: RecordView(self.journal, source))

    def events(self, source: Source, selection: EventSelection = EVERYTHING) -> EventView:
        """Each selection has a view of its own: the events that it takes."""
        return self._view(("events", source, selection), lambda: EventView(self.journal, source, selection))

    def refresh(self) -> None:
        """One look at the datasets of all views that are built."""
        with self._lock:
            before = time.monotonic() - UNUSED_SECONDS
            for key in [key for key, view in self._views.items() if view.used < before]:
                del self._views[key]
            views = list(self._views.values())
        for view in views:
            view.refresh()

    def close(self) -> None:
        """Views that are held elsewhere stay as they are."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _view(self, key: Hashable, make: Callable[[], V]) -> V:
        with self._lock:
            view: Any = self._views.get(key)
            if view is None:
                view = self._views[key] = make()
                while len(self._views) > MOST:
                    self._views.popitem(last=False)
            self._views.move_to_end(key)
            view.used = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="views", daemon=True)
                self._thread.start()
            return view

    def _follow(self) -> None:
        while not self._closed.wait(self.seconds):
            try:
                self.refresh()
            except Exception:
                log.exception("Looking after the views failed; it is tried again")
