"""A campaign becomes ACTIVE when its model can be opened and answers."""

from ..house import House
from ..jobs.job import Failed, Job
from ..resources import book
from ..resources.kinds import KINDS
from ..serving.answering import open_answering
from .registry import task


@task("campaign.create")
def deploy(job: Job, house: House) -> None:
    with house.reading() as connection:
        campaign = book.find(connection, KINDS["campaign"], job.subject)
    arn = campaign["solutionVersionArn"]
    try:
        open_answering(house.artifact_folder(arn)).recommend("", 1)
    except FileNotFoundError:
        raise Failed(f"The model of {arn} is no longer there; its solution may have been deleted.") from None
