"""Every kind of resource and the life it leads, one table. Nothing else in the house spells a status.

A life is a row of verbs, a verb is a phase, and a phase is driven by one durable job:

    create:  CREATE PENDING -> CREATE IN_PROGRESS -> ACTIVE | CREATE FAILED
             training also   -> CREATE STOPPING -> CREATE STOPPED
    delete:  DELETE PENDING -> DELETE IN_PROGRESS -> gone | DELETE FAILED
"""

from dataclasses import dataclass, field

QUICK, HEAVY = "quick", "heavy"
"""The two queues: status moves and deployments must never wait behind a long import or training."""


@dataclass(frozen=True)
class Phase:
    """One verb in a life. The fields from `pending` on are the events of a job, their values AWS's words for them."""

    begins_from: tuple[str, ...]
    pending: str
    running: str
    done: str | None
    """None: the resource is gone."""
    failed: str
    stopping: str | None = None
    stopped: str | None = None
    queue: str = QUICK
    inside: str | None = None
    """The member of the document that tells this phase: 'latestCampaignUpdate'. The resource goes on as it was, and
    what it was given changes when the phase is done."""
    delay_seconds: float = 0.0
    """How long the job waits before it may begin."""
    whole: bool = False
    """The resource's own status tells the phase as well, and is ACTIVE again however it ends."""


CREATE = Phase((), "CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "CREATE FAILED")
WORK = Phase((), "CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "CREATE FAILED", queue=HEAVY)
TRAIN = Phase(
    (), "CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "CREATE FAILED", "CREATE STOPPING", "CREATE STOPPED", HEAVY
)
# AWS documents no failed delete; the word is ours, and a delete may be asked for again from it.
DELETE = Phase(
    ("ACTIVE", "INACTIVE", "CREATE FAILED", "DELETE FAILED"),
    "DELETE PENDING",
    "DELETE IN_PROGRESS",
    None,
    "DELETE FAILED",
    # Amazon's own clean-up programs describe what they have just deleted, and go wrong if it is gone already.
    delay_seconds=0.5,
)
STOP = Phase(("ACTIVE",), "STOP PENDING", "STOP IN_PROGRESS", "INACTIVE", "STOP FAILED")
START = Phase(("INACTIVE",), "START PENDING", "START IN_PROGRESS", "ACTIVE", "START FAILED")


def update(inside: str, queue: str = QUICK) -> Phase:
    """Told inside the resource, with the words of a creation."""
    return Phase(
        ("ACTIVE", "CREATE FAILED"),
        "CREATE PENDING",
        "CREATE IN_PROGRESS",
        "ACTIVE",
        "CREATE FAILED",
        queue=queue,
        inside=inside,
    )


# Recorded: a dataset's own status goes through these while its schema is replaced.
REPLACE_SCHEMA = Phase(
    ("ACTIVE",),
    "UPDATE PENDING",
    "UPDATE IN_PROGRESS",
    "ACTIVE",
    "UPDATE FAILED",
    inside="latestDatasetUpdate",
    whole=True,
)
# What a model learns of new data between two trainings: no status tells it, and nothing waits for it.
REFRESH = Phase((), "", "", "", "", queue=HEAVY)
ERASE = Phase((), "PENDING", "IN_PROGRESS", "COMPLETED", "FAILED", queue=HEAVY)

USUAL = {"create": CREATE, "delete": DELETE}
JOB = {"create": WORK}
"""Imports, exports and batches end; they are never deleted."""


def unfinished(phase: Phase) -> tuple[str, ...]:
    """The statuses in which a job of this phase has still to end."""
    return tuple(word for word in (phase.pending, phase.running, phase.stopping) if word)


@dataclass(frozen=True)
class Kind:
    """A noun of the API, and all that is regular about it."""

    name: str
    """The member that Describe answers with: 'datasetGroup'."""
    parent: str | None = None
    """The member that List filters by."""
    life: dict[str, Phase] = field(default_factory=lambda: USUAL)
    arn_type: str = ""
    """'dataset-group' in arn:aws:personalize:REGION:ACCOUNT:dataset-group/NAME; the name itself where empty."""
    listed_as: str = ""
    """The member that List answers with, where it is not the name and an s."""
    blocked_by: tuple[str, ...] = ()
    """Kinds that must be gone before one of this kind can be deleted, where they name it."""
    busy_with: tuple[str, ...] = ()
    """Kinds whose unfinished work on one of this kind blocks its deletion."""
    owns: tuple[str, ...] = ()
    """Kinds that vanish with it."""
    taggable: bool = True

    @property
    def arn_key(self) -> str:
        return f"{self.name}Arn"

    @property
    def title(self) -> str:
        return self.name[0].upper() + self.name[1:]

    @property
    def plural(self) -> str:
        return self.listed_as or f"{self.name}s"

    @property
    def describe(self) -> str:
        return f"Describe{self.title}"

    @property
    def list(self) -> str:
        return f"List{self.plural[0].upper()}{self.plural[1:]}"

    @property
    def delete(self) -> str:
        return f"Delete{self.title}"

    @property
    def words(self) -> str:
        """'dataset group': the name as a person says it."""
        return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in self.name)

    def absent(self, arn: str) -> str:
        """AWS's sentence for one that is not there."""
        return (
            f"Resource Arn {arn} does not exist." if not self.life else f"The given {self.words} does not exist: {arn}"
        )


KINDS = {
    kind.name: kind
    for kind in (
        Kind("schema", life={}, blocked_by=("dataset",), taggable=False),
        Kind(
            "datasetGroup",
            arn_type="dataset-group",
            blocked_by=("dataset", "eventTracker", "filter", "solution", "recommender", "metricAttribution"),
            busy_with=("dataDeletionJob",),
        ),
        Kind(
            "dataset",
            "datasetGroupArn",
            USUAL | {"update": REPLACE_SCHEMA},
            busy_with=("datasetImportJob", "datasetExportJob"),
        ),
        Kind("datasetImportJob", "datasetArn", JOB, "dataset-import-job"),
        Kind("datasetExportJob", "datasetArn", JOB, "dataset-export-job"),
        Kind("dataDeletionJob", "datasetGroupArn", {"create": ERASE}, "data-deletion-job"),
        Kind("eventTracker", "datasetGroupArn", arn_type="event-tracker"),
        Kind("filter", "datasetGroupArn", listed_as="Filters", busy_with=("batchInferenceJob", "batchSegmentJob")),
        Kind(
            "solution",
            "datasetGroupArn",
            USUAL | {"update": update("latestSolutionUpdate")},
            blocked_by=("campaign",),
            busy_with=("solutionVersion",),
            owns=("solutionVersion",),
        ),
        Kind("solutionVersion", "solutionArn", {"create": TRAIN, "refresh": REFRESH}, "solution"),
        Kind("campaign", "solutionArn", USUAL | {"update": update("latestCampaignUpdate")}),
        Kind(
            "recommender",
            "datasetGroupArn",
            {
                "create": WORK,
                "stop": STOP,
                "start": START,
                "update": update("latestRecommenderUpdate", HEAVY),
                "refresh": REFRESH,
                "delete": DELETE,
            },
        ),
        Kind("batchInferenceJob", "solutionVersionArn", JOB, "batch-inference-job"),
        Kind("batchSegmentJob", "solutionVersionArn", JOB, "batch-segment-job"),
        Kind("metricAttribution", "datasetGroupArn", arn_type="metric-attribution", taggable=False),
    )
}
