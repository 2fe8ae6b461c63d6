"""Every file of this room, imported so that its functions register."""

from . import (  # noqa: F401
    attribution_reports,
    batch_inference,
    batch_segment,
    delete,
    delete_data,
    deploy,
    export_data,
    import_data,
    nothing,
    recommenders,
    refresh,
    train,
    update_dataset,
    update_solution,
)
from .follow import follower  # noqa: F401
from .registry import is_heavy, perform  # noqa: F401
