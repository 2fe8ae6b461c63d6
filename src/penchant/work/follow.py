"""What news of one resource means for others: a campaign in step is pointed at a new version of its solution, and a
solution's schedule follows its update. And what a training kept for another attempt goes when it is at its end."""

import shutil

from sqlalchemy import Connection

from ..contract.arns import place_of
from ..contract.errors import ResourceNotFoundException
from ..house import House
from ..jobs.job import Gone
from ..jobs.runner import Changes, Follower
from ..resources import book
from ..resources.kinds import KINDS, unfinished

TRAINED = ("solutionVersion", "recommender")
ENDS = ("done", "failed", "stopped")
SILENT = ".refresh"
"""What no status tells."""
CAMPAIGN, VERSION = KINDS["campaign"], KINDS["solutionVersion"]


def follower(house: House) -> Follower:
    """Writes a job's event into the book, and in the same transaction begins what follows from it."""

    def follow(connection: Connection, task: str, subject: str, event: str, changes: Changes) -> None:
        if task.endswith(SILENT):
            if book.kind_of(connection, subject) is None:
                raise Gone(f"{subject} is gone.")
            return
        try:
            book.follow(connection, task, subject, event, changes)
        except ResourceNotFoundException as error:
            raise Gone(str(error)) from None
        if event in ENDS and task.split(".")[0] in TRAINED:
            # Whatever comes of this transaction, no other attempt needs them: the job's end is written in the end.
            shutil.rmtree(house.at(place_of(subject)).training_folder(subject), ignore_errors=True)
        if (task, event) == ("solutionVersion.create", "stopped"):  # perhaps when its model was sealed
            shutil.rmtree(house.at(place_of(subject)).artifact_folder(subject), ignore_errors=True)
        if (task, event) == ("solutionVersion.create", "done"):
            keep_in_step(house.at(place_of(subject)), connection, subject)
        if (task, event) == ("solution.update", "done"):
            house.schedules.keep(connection, book.find(connection, KINDS["solution"], subject))

    return follow


def keep_in_step(house: House, connection: Connection, version_arn: str) -> None:
    """Begin the update of every campaign with syncWithLatestSolutionVersion. One that is being updated, or is not
    ACTIVE, is left alone: the next version will find it."""
    version = book.find(connection, VERSION, version_arn)
    versions = (book.find(connection, VERSION, arn) for arn in book.naming(connection, version["solutionArn"], VERSION))
    # AWS: of the versions that were trained, so not those that are updates of one.
    full = [each for each in versions if each.get("trainingMode") == "FULL"]
    active = [each["solutionVersionArn"] for each in full if each["status"] == "ACTIVE"]
    # A version that was begun earlier and ends later must not turn campaigns back.
    if version.get("trainingMode") != "FULL" or active[-1] != version_arn:
        return
    for arn in book.naming(connection, version["solutionArn"], CAMPAIGN):
        campaign = book.find(connection, CAMPAIGN, arn)
        phase = CAMPAIGN.life["update"]
        assert phase.inside is not None
        busy = campaign.get(phase.inside, {}).get("status") in unfinished(phase)
        if (
            campaign["campaignConfig"].get("syncWithLatestSolutionVersion")
            and campaign["status"] == "ACTIVE"
            and not busy
        ):
            house.begin(
                connection,
                CAMPAIGN,
                "update",
                arn,
                solutionVersionArn=version_arn,
                minProvisionedTPS=campaign["minProvisionedTPS"],
                campaignConfig=campaign["campaignConfig"],
                solutionArn=version["solutionArn"],
                datasetGroupArn=version["datasetGroupArn"],
                recipeArn=version["recipeArn"],
            )
