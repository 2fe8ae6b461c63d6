"""What an operation or a job may reach, and the moves they share: require, create, begin, stop.

A House is bound to a place (account and region): an operation sees its caller's place only.
"""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from .artifacts.sealed import UPDATES
from .contract import model
from .contract.arns import Place, place_of
from .contract.errors import ResourceInUseException, ResourceNotFoundException
from .events.journal import Journal
from .events.writer import Writer
from .jobs import ledger
from .jobs.durable import Queues
from .resources import book, updates
from .resources.book import Document
from .resources.kinds import KINDS, Kind, Phase, unfinished
from .resources.quotas import Quotas
from .resources.schedules import Schedules
from .serving.aside import Aside
from .serving.batching import Scorer
from .serving.grounds import Grounds
from .serving.live import Live, Pointers
from .serving.shown import Shown, ShownList
from .serving.views import Views
from .store.database import Database
from .store.objects import Objects


@dataclass(frozen=True)
class House:
    database: Database
    queues: Queues
    objects: Objects
    journal: Journal
    writer: Writer
    live: Live
    pointers: Pointers
    shown: Shown
    views: Views
    grounds: Grounds
    scorer: Scorer
    aside: Aside
    folder: Path
    """Where tables and artifacts are."""
    token_secret: bytes
    """Seals page tokens; the same for all processes of an installation."""
    minimum_interactions: int
    """Rows that an import of interactions must have."""
    lenient_metadata: bool
    """Whether an import reads faulty values of metadata as null."""
    strict_events: bool
    """Whether an event is refused for what would otherwise be left out of it."""
    extended_filters: bool
    """Whether new filters may use what Penchant adds to Amazon's language."""
    managed_exploration: bool
    """Whether the recipes that explore by themselves do."""
    checkpoint_seconds: float
    """Between two checkpoints of a training; 0 for none."""
    camel_case_metadata: bool
    """Whether answers name columns of metadata in camel case."""
    throttle: str
    """Which rate limits the runtime has: off, amazon or provisioned."""
    quotas: Quotas
    schedules: Schedules
    update_seconds: Mapping[str, float]
    """Between two updates of a model, by how its recipe is updated (see `recipes/base.py`); 0 for never."""
    place: Place
    buckets: dict[Hashable, Any] = field(default_factory=dict)
    """Of the rate limits."""

    def at(self, place: Place) -> "House":
        return replace(self, place=place)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.database.write_alone() as connection:
            yield connection

    def close(self) -> None:
        """Write what waits, and let go of the databases."""
        self.writer.close()
        self.aside.close()  # what it is at may still ask the scorer
        self.scorer.close()
        self.grounds.close()
        self.views.close()
        self.shown.close()
        self.journal.close()
        self.queues.close()
        self.database.close()

    def find(self, connection: Connection, kind: Kind, arn: str) -> Document:
        """A resource of the caller's place. Raises ResourceNotFoundException."""
        self.require_place(kind, arn)
        return book.find(connection, kind, arn)

    def require(self, connection: Connection, kind: Kind, arn: str, status: str = "ACTIVE") -> Document:
        """The resource, fit for use. Raises ResourceNotFoundException, or ResourceInUseException in another status."""
        document = self.find(connection, kind, arn)
        if kind.life and document["status"] != status:
            raise ResourceInUseException(
                f"The {kind.words} {arn} is in status {document['status']}; it must be {status} for this."
            )
        return document

    def require_place(self, kind: Kind, arn: str) -> None:
        if not self.is_here(arn):
            raise ResourceNotFoundException(kind.absent(arn))

    def is_here(self, arn: str) -> bool:
        return arn.count(":") >= 5 and place_of(arn) == self.place

    def shown_here(self, recommendation_id: str) -> ShownList | None:
        """A list that was answered in the caller's place; one of another account or region is none of theirs."""
        found = self.shown.find(recommendation_id)
        return found if found is not None and self.is_here(found.source) else None

    def create(
        self, connection: Connection, kind: Kind, request: Document, path: str, *, job: bool = True, **more: Any
    ) -> Document:
        """Enter a resource, its tags and its job. `more` are members that the request does not hold.

        Answers with the document. Raises ResourceAlreadyExistsException or LimitExceededException.
        """
        shape = model.operations()[kind.describe].output_shape.members[kind.name]
        arn = self.place.arn(kind.arn_type or kind.name, path)
        document = {**model.project(request, shape), **more, kind.arn_key: arn}
        phase = kind.life.get("create")
        if phase is not None:
            document["status"] = phase.pending if job else phase.done
        if book.kind_of(connection, arn) is None:  # a name that is taken is told first
            self.quotas.require_room(connection, kind, self.place, document)
        book.enter(connection, kind, document, request.get("tags", ()))
        if phase is not None and job:
            self.put(connection, f"{kind.name}.create", arn, phase)
        return document

    def begin(self, connection: Connection, kind: Kind, verb: str, arn: str, **given: Any) -> None:
        """Start a later verb of a life; `given` is what an update is to bring.

        Raises ResourceInUseException where the status does not allow it, or an update is still on its way.
        """
        phase = kind.life[verb]
        document = book.find(connection, kind, arn, lock=True)
        if document["status"] not in phase.begins_from:
            raise ResourceInUseException(
                f"The {kind.words} {arn} is in status {document['status']}; to {verb} it, "
                f"it must be {' or '.join(phase.begins_from)}."
            )
        for other in kind.life.values():
            if other.inside and document.get(other.inside, {}).get("status") in unfinished(other):
                raise ResourceInUseException(f"The {kind.words} {arn} is being updated; let that end first.")
        book.begin(connection, kind, verb, arn, given)
        self.put(connection, f"{kind.name}.{verb}", arn, phase)

    def stop(self, connection: Connection, kind: Kind, verb: str, arn: str) -> bool:
        """Stop the job of a verb: at once while it waits, at its next word while it runs. False if it has ended."""
        entry = ledger.newest(connection, arn)
        if entry is None or entry.task != f"{kind.name}.{verb}" or entry.stop_requested:
            return False
        state = ledger.request_stop(connection, entry.id)
        event = {"waiting": "stopped", "running": "stopping"}.get(state)
        if event is None:
            return False
        book.follow(connection, entry.task, arn, event, {})
        return True

    def progress(self, arn: str) -> Document:
        """How far the newest job of a resource is. Raises ResourceNotFoundException where it never had one."""
        with self.reading() as connection:
            entry = ledger.newest(connection, arn)
        if entry is None or place_of(arn) != self.place:
            raise ResourceNotFoundException(f"No job was ever put for {arn or 'an empty arn'}.")
        shown = ("task", "state", "fraction", "sentence", "attempt", "created", "started", "heard", "finished")
        return {"arn": arn, **{name: getattr(entry, name) for name in shown}}

    def put(self, connection: Connection, task: str, arn: str, phase: Phase) -> str:
        """A new job; answers with its id."""
        job_id = ledger.put(connection, task, arn, phase.queue)
        self.queues.put(connection, phase.queue, job_id, phase.delay_seconds)
        return job_id

    def dataset_of(self, connection: Connection, group_arn: str, dataset_type: str) -> Document | None:
        """The dataset of a type in a group, in whatever status."""
        for arn in book.naming(connection, group_arn, KINDS["dataset"]):
            document = book.find(connection, KINDS["dataset"], arn)
            if document["datasetType"] == dataset_type:
                return document
        return None

    def interactions_of(self, group_arn: str) -> int | None:
        """The number under which the journal has the events of a group; None without an Interactions dataset."""
        with self.reading() as connection:
            dataset = self.dataset_of(connection, group_arn, "INTERACTIONS")
            return book.number_of(connection, dataset["datasetArn"]) if dataset else None

    def dataset_folder(self, arn: str) -> Path:
        """Where a dataset's table lies."""
        return self.own_folder("datasets", arn)

    def model_folder(self, connection: Connection, document: Document) -> Path:
        """Where the model lies that answers for a solution version (or for a campaign or a job that names one) or for a
        recommender: that of its training, or what it was last updated to."""
        folder, arn, model = self.trained_folder(document)
        line = updates.find(connection, arn, model)
        return folder if line is None or line.folder is None else folder / UPDATES / line.folder

    def trained_folder(self, document: Document) -> tuple[Path, str, str]:
        """Where the model of the same lies as it was trained, whose it is, and which of a recommender's trainings."""
        if arn := document.get("recommenderArn"):
            return self.recommender_folder(arn) / document["model"], arn, document["model"]
        arn = document["solutionVersionArn"]
        return self.artifact_folder(arn), arn, ""

    def artifact_folder(self, arn: str) -> Path:
        """Where a solution version's model lies as it was trained; a solution's folder holds those of its versions."""
        return self.own_folder("artifacts", arn)

    def recommender_folder(self, arn: str) -> Path:
        """Where a recommender's models lie as they were trained, one for each training of it."""
        return self.own_folder("recommenders", arn)

    def training_folder(self, arn: str) -> Path:
        """Where the checkpoints of trainings of a solution version or recommender lie while one is on its way."""
        return self.own_folder("trainings", arn)

    def own_folder(self, room: str, arn: str) -> Path:
        place, path = place_of(arn), arn.split("/", 1)[1]
        return self.folder / room / place.account / place.region / path
