"""Page tokens: a place in a list, sealed to the question it answers, so that it fits no other question or caller."""

import base64
import binascii
import hashlib
import hmac
import json

from ..contract.arns import Place
from ..contract.errors import InvalidNextTokenException

SEAL_BYTES = 16


def write(secret: bytes, place: Place, question: dict, after: int) -> str:
    """`question`: the operation's name and its filters, without the page's size."""
    position = after.to_bytes(8, "big")
    return base64.urlsafe_b64encode(position + seal(secret, place, question, position)).decode()


def read(secret: bytes, place: Place, question: dict, token: str | None) -> int:
    """The place in the list after which the page begins; 0 without a token. Raises InvalidNextTokenException."""
    if token is None:
        return 0
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        text = b""
    position, mark = text[:8], text[8:]
    if not hmac.compare_digest(mark, seal(secret, place, question, position)):
        raise InvalidNextTokenException("The token is not valid.")
    return int.from_bytes(position, "big")


def seal(secret: bytes, place: Place, question: dict, position: bytes) -> bytes:
    text = json.dumps([place.account, place.region, question], sort_keys=True).encode()
    return hmac.new(secret, position + text, hashlib.sha256).digest()[:SEAL_BYTES]
