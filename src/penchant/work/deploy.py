"""A campaign becomes ACTIVE, and an update of one is done, when its model can be opened and answers."""

from ..artifacts.sealed import OtherRelease
from ..house import House
from ..jobs.job import Failed, Job
from ..recipes.parts.actions.model import ActionModel
from ..recipes.parts.actions.past import Past
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import open_answering
from .registry import task

CAMPAIGN = KINDS["campaign"]
POINTER = ("solutionVersionArn", "solutionArn", "datasetGroupArn", "recipeArn", "minProvisionedTPS", "campaignConfig")
"""What an update of a campaign changes."""


@task("campaign.create")
def deploy(job: Job, house: House) -> None:
    with house.reading() as connection:
        campaign = book.find(connection, CAMPAIGN, job.subject)
    require_answer(house, campaign["solutionVersionArn"])


@task("campaign.update")
def redeploy(job: Job, house: House) -> Document:
    """The campaign points at its new version only when that one is known to answer."""
    with house.reading() as connection:
        update = book.find(connection, CAMPAIGN, job.subject)["latestCampaignUpdate"]
    require_answer(house, update["solutionVersionArn"])
    return {name: update[name] for name in POINTER}


def require_answer(house: House, version_arn: str) -> None:
    with house.reading() as connection:
        folder = house.model_folder(connection, {"solutionVersionArn": version_arn})
    try:
        opened = open_answering(folder)
        if isinstance(opened.model, ActionModel):
            opened.model.propensities(Past.of_one(opened.model.known.layout, [], [], {}))
        else:
            opened.recommend("", 1)
    except FileNotFoundError:
        raise Failed(f"The model of {version_arn} is no longer there; its solution may have been deleted.") from None
    except OtherRelease as error:
        raise Failed(f"The model of {version_arn} cannot be deployed: {error}") from None
