"""Resources that need no work to become ACTIVE: their life is told, and that is all."""

from ..house import House
from ..jobs.job import Job
from .registry import task


@task("datasetGroup.create")
@task("dataset.create")
@task("eventTracker.create")
@task("filter.create")
def nothing(job: Job, house: House) -> None:
    """A dataset's table is made by its first import."""
