"""The bridge to DBOS Transact: a job is put in the caller's own transaction, and survives whatever dies after it.

DBOS keeps its tables in the same database as the book of resources. One workflow stands for one job; its id is the
job's id. The queues are registered here before anything listens to them.
"""

import logging
from collections.abc import Callable, Mapping

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions

from ..store.database import Database
from .pace import OFTEN_SECONDS, Pace

WORKFLOW = "penchant.job"
APPLICATION = "penchant"
# A release must go on with the jobs of the one before it, so the version that DBOS matches jobs by never changes.
APPLICATION_VERSION = "1"


class Queues:
    """The named queues of one installation, as the side that puts jobs sees them."""

    def __init__(self, database: Database, concurrency: Mapping[str, int]):
        """`concurrency`: how many jobs of each queue one worker runs at a time."""
        url = system_url(database)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        DBOS.migrate(url)
        self.client = DBOSClient(system_database_url=url)
        self.names = list(concurrency)
        for name, limit in concurrency.items():
            self.client.register_queue(name, worker_concurrency=limit, polling_interval_sec=OFTEN_SECONDS)

    def put(self, connection: sa.Connection, queue: str, job_id: str, delay_seconds: float = 0.0) -> None:
        """Enqueue a job. It exists if and only if the transaction of `connection` commits."""
        options: EnqueueOptions = {"workflow_name": WORKFLOW, "queue_name": queue, "workflow_id": job_id}
        if delay_seconds:
            options["delay_seconds"] = delay_seconds
        self.client.enqueue_in_transaction(connection, options, job_id)

    def look_each(self, seconds: float) -> None:
        """How long every worker waits between two looks at a queue, from its next look on."""
        for name in self.names:
            queue = self.client.retrieve_queue(name)
            if queue is not None:
                queue.set_polling_interval_sec(seconds)

    def at_work(self) -> set[str]:
        """Names of the workers that have begun jobs which are not at their end, be they alive or dead."""
        begun = self.client.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {workflow.executor_id for workflow in begun if workflow.executor_id}

    def close(self) -> None:
        self.client.destroy()


def listen(database: Database, queues: Queues, worker: str, run: Callable[[str], None]) -> None:
    """Start running jobs in this process, in threads; first those that this worker's last life left unfinished.

    `run` gets a job's id. It must return normally however the job ended: an exception here would tell DBOS that the
    job needs no more attempts.
    """
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": system_url(database),
            "application_version": APPLICATION_VERSION,
            "executor_id": worker,
            "log_level": "WARNING",
        }
    )

    pace = Pace(queues.look_each)
    run = pace.watched(run)

    # No limit of DBOS's own: past it the book would never hear how the job ended. The runner counts attempts.
    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
    def workflow(job_id: str) -> None:
        run(job_id)

    DBOS.launch()
    pace.start()


def take_up(worker: str) -> int:
    """Give the jobs that a dead worker had begun back to their queues, in a process that listens; answers with how many
    they were. One that another worker has taken meanwhile is left to it.

    DBOS has a public way for a single workflow, which does not ask whose it is by now; this is what its own recovery of
    other executors calls.
    """
    return len(DBOS._recover_pending_workflows([worker]))


def system_url(database: Database) -> str:
    return sa.make_url(database.url).render_as_string(hide_password=False)
