"""Every file of this room, imported so that its functions register."""

from . import delete, deploy, import_data, nothing, train  # noqa: F401
from .follow import follower  # noqa: F401
from .registry import is_heavy, perform  # noqa: F401
