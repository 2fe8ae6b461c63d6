"""Service quotas: how many resources of a kind there may be, Amazon's numbers unless the installation sets others."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ..contract.arns import Place
from ..contract.errors import LimitExceededException, ResourceAlreadyExistsException
from . import book
from .book import Document
from .kinds import Kind, unfinished

ACTIVE, PENDING = "active", "pending"
REGION, GROUP = "region", "datasetGroupArn"


@dataclass(frozen=True)
class Quota:
    kind: str
    limit: int
    counted: str = ACTIVE
    """All that have not failed, or those whose work has still to end."""
    scope: str = REGION
    """A region of an account, or the resource that this member names."""


DEFAULTS = (
    Quota("schema", 500),
    Quota("datasetGroup", 5),
    Quota("datasetImportJob", 5, PENDING),
    Quota("datasetExportJob", 5, PENDING),
    Quota("dataDeletionJob", 5, PENDING, GROUP),
    Quota("eventTracker", 1, ACTIVE, GROUP),
    Quota("filter", 30, ACTIVE, GROUP),
    Quota("solution", 10, ACTIVE, GROUP),
    Quota("solutionVersion", 20, PENDING),
    Quota("campaign", 5, ACTIVE, GROUP),
    Quota("recommender", 5, ACTIVE, GROUP),
    Quota("batchInferenceJob", 5, PENDING),
    Quota("batchSegmentJob", 5, PENDING),
    Quota("metricAttribution", 1, ACTIVE, GROUP),
)
"""Developer Guide, "Amazon Personalize endpoints and quotas". The guide gives none for exports; imports have 5."""
ONE_OF_A_KIND = ("eventTracker", "metricAttribution")
"""Of these a group has one, and a second is refused as one that is there already."""


@dataclass(frozen=True)
class Quotas:
    """`limits` replaces Amazon's number for the kinds it names."""

    limits: Mapping[str, int]

    def require_room(self, connection: Connection, kind: Kind, place: Place, document: Document) -> None:
        """Raises LimitExceededException when one more of a kind would be too many."""
        quota = next((each for each in DEFAULTS if each.kind == kind.name), None)
        if quota is None:
            return
        limit = self.limits.get(kind.name, quota.limit)
        statuses = unfinished(kind.life["create"]) if quota.counted == PENDING else None
        target = None if quota.scope == REGION else document[quota.scope]
        if book.count(connection, kind, place, statuses, target) < limit:
            return
        if kind.name in ONE_OF_A_KIND and limit == 1:
            article = "an" if kind.words[0] in "aeiou" else "a"
            raise ResourceAlreadyExistsException(f"The dataset group {target} already has {article} {kind.words}.")
        if quota.counted == PENDING:
            raise LimitExceededException(f"More than {limit} resources with PENDING or IN_PROGRESS status.")
        what = "Cannot create a campaign. " if kind.name == "campaign" else ""
        raise LimitExceededException(
            f"{what}More than {limit} resources in ACTIVE state. Please delete some and try again."
        )
