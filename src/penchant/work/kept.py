"""What must not be cleared away: versions of tables that models name, and entries of the journal that they have not
learnt from."""

from sqlalchemy import Connection

from ..events.entry import position_at
from ..house import House
from ..resources import book, updates
from ..resources.at_work import at_work
from ..resources.book import Document
from ..resources.kinds import KINDS

READERS = ("solutionVersion", "recommender", "batchInferenceJob", "batchSegmentJob", "datasetExportJob")
"""Kinds whose jobs read a fixed version of a table, perhaps one that is no longer the newest."""
POSITION = "journalPosition"
"""Member of a solution version and a recommender: the journal as far as the model has learnt from it."""


def kept_versions(house: House, group_arn: str, dataset_type: str) -> list[int] | None:
    """Versions of a table that the group's models were trained on; None while one may be being read."""
    kept = []
    with house.reading() as connection:
        for kind in (KINDS[name] for name in READERS):
            for arn in named_in_group(connection, group_arn, kind.name):
                document = book.find(connection, kind, arn)
                if at_work(kind, document):
                    return None
                if updates.at_work(connection, updates.find(connection, arn, document.get("model", ""))):
                    return None
                version = document.get("tableVersions", {}).get(dataset_type.lower())
                if version is not None:
                    kept.append(version)
    return kept


def named_in_group(connection: Connection, group_arn: str, kind: str) -> list[str]:
    """A job names its group, or its dataset or solution version, which does."""
    found = book.naming(connection, group_arn, KINDS[kind])
    for parent in ("dataset", "solutionVersion"):
        for arn in book.naming(connection, group_arn, KINDS[parent]):
            found += book.naming(connection, arn, KINDS[kind])
    return list(dict.fromkeys(found))


def needed_after(house: House, group_arn: str) -> int | None:
    """The position past which recommendations of the group read the journal; None where nobody reads it.

    That is the oldest of what the deployed models know, the newest model of each solution (it may be deployed next)
    and the beginning of the trainings that are on their way.
    """
    positions = []
    with house.reading() as connection:
        newest: dict[str, Document] = {}
        deployed = {
            campaign[member].get("solutionVersionArn") if member else campaign.get("solutionVersionArn")
            for campaign in documents(connection, group_arn, "campaign")
            for member in ("", "latestCampaignUpdate")
            if not member or member in campaign
        }
        for version in documents(connection, group_arn, "solutionVersion"):
            if at_work(KINDS["solutionVersion"], version):
                positions.append(position_at(version["creationDateTime"]))
            elif version["status"] == "ACTIVE":
                newest[version["solutionArn"]] = version
                if version["solutionVersionArn"] in deployed:
                    positions.append(learnt_until(connection, version["solutionVersionArn"], version))
        positions += [learnt_until(connection, version["solutionVersionArn"], version) for version in newest.values()]
        for recommender in documents(connection, group_arn, "recommender"):
            begun = position_at(recommender["creationDateTime"])
            arn = recommender["recommenderArn"]
            positions.append(learnt_until(connection, arn, recommender) if "model" in recommender else begun)
    return min(positions, default=None)


def learnt_until(connection: Connection, arn: str, document: Document) -> int:
    """The journal as far as a model has read it, in its training or in its newest update."""
    line = updates.find(connection, arn, document.get("model", ""))
    position: int = document.get(POSITION, 0) if line is None or line.position is None else line.position
    return position


def documents(connection: Connection, group_arn: str, kind: str) -> list[Document]:
    return [book.find(connection, KINDS[kind], arn) for arn in book.naming(connection, group_arn, KINDS[kind])]
