"""The `properties` of a record, which travel as a JSON text inside the JSON of the request."""

from typing import Any

import msgspec

from .notes import Refused

UNREADABLE = "Error parsing properties json"
"""Amazon's words, to the letter: clients look for them."""
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def properties(record: dict) -> dict[str, Any]:
    """Those of a record of a request; {} where it has none. Raises `Refused` where they are no JSON object."""
    text = record.get("properties")
    if text is None:
        return {}
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        raise Refused(UNREADABLE, UNREADABLE, record) from None
