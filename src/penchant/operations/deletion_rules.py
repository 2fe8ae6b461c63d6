"""What must be gone or at rest before a dataset can be deleted, where the table of kinds cannot say it: resources of
the same group that do not name the dataset itself."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from ..contract.errors import ResourceInUseException
from ..resources import book
from ..resources.at_work import at_work
from ..resources.book import EVENT_INTERACTIONS, Document
from ..resources.kinds import KINDS, unfinished

GONE = {
    "INTERACTIONS": ("eventTracker", "filter", "metricAttribution"),
    EVENT_INTERACTIONS: ("eventTracker",),
}
"""Kinds that must be gone, by dataset type."""
GONE_FOR_OTHERS = ("filter", "metricAttribution")
AT_REST = ("solutionVersion", "recommender", "batchInferenceJob", "batchSegmentJob", "dataDeletionJob")
"""Kinds that must not be at work."""


def refuse_dataset(connection: Connection, dataset: Document) -> None:
    """Raises ResourceInUseException with what stands in the way of the deletion."""
    arn, kind = dataset["datasetArn"], dataset["datasetType"]
    for name in GONE.get(kind, GONE_FOR_OTHERS):
        for blocker in in_group(connection, dataset, name):
            raise ResourceInUseException(
                f"The dataset {arn} is used by {blocker[KINDS[name].arn_key]}; delete that {KINDS[name].words} first."
            )
    if kind == EVENT_INTERACTIONS:
        return
    for campaign in in_group(connection, dataset, "campaign"):
        if campaign["status"] == "ACTIVE" or campaign["status"] in unfinished(KINDS["campaign"].life["create"]):
            raise ResourceInUseException(
                f"The dataset {arn} is used by {campaign['campaignArn']}; delete that campaign first."
            )
    for name in AT_REST:
        for worker in in_group(connection, dataset, name):
            if at_work(KINDS[name], worker):
                raise ResourceInUseException(
                    f"The dataset {arn} is at work for {worker[KINDS[name].arn_key]}; let that end first."
                )


def in_group(connection: Connection, dataset: Document, name: str) -> Iterator[Document]:
    """Resources of a kind that name the dataset's group, or a solution version that does (batch jobs)."""
    group, kind = dataset["datasetGroupArn"], KINDS[name]
    arns = book.naming(connection, group, kind)
    if name.startswith("batch"):
        for version in book.naming(connection, group, KINDS["solutionVersion"]):
            arns += book.naming(connection, version, kind)
    for arn in dict.fromkeys(arns):
        yield book.find(connection, kind, arn)


REFUSALS: dict[str, Callable[[Connection, Document], None]] = {"dataset": refuse_dataset}
"""By kind: asked before a deletion begins, beside what the table of kinds says."""
