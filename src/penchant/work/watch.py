"""How long the parts of a training take."""

import time


class Watch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        """Of the clock on the wall, by part."""
        self._since = time.monotonic()

    def mark(self, part: str) -> None:
        """What was done since the last mark was this part."""
        now = time.monotonic()
        self.seconds[part], self._since = round(now - self._since, 3), now
