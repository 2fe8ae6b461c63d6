"""Every file of this room, imported so that its functions register."""

from . import (  # noqa: F401
    batch_inference,
    delete,
    deploy,
    import_data,
    nothing,
    train,
)
from .follow import follower  # noqa: F401
from .registry import is_heavy, perform  # noqa: F401
