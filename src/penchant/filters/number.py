"""A number as an expression or a request writes it."""

import math
import re

WRITTEN = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
LONG = range(-(2**63), 2**63)
"""What a column of type long can hold; an integer beyond it is read as a float."""
LONGEST = len(str(LONG.start))


def read_number(text: str) -> int | float | None:
    """None where the text is no number, or one that is too large even for a float. Space around it does not count."""
    text = text.strip()
    if not WRITTEN.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit() and len(text) <= LONGEST and int(text) in LONG:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None
