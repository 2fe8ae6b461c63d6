"""A dataset gets a wider schema: its table learns the new columns, and then the dataset names the new schema."""

from typing import Any

from ..house import House
from ..jobs.job import Failed, Job
from ..lake.schema import Schema
from ..lake.table import Table, TableBusy
from ..resources import book
from ..resources.kinds import KINDS
from .alone import alone
from .registry import task


@task("dataset.update")
def update_dataset(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        dataset = book.find(connection, KINDS["dataset"], job.subject)
        arn = dataset["latestDatasetUpdate"]["schemaArn"]
        schema = book.find(connection, KINDS["schema"], arn)
    table = Table(house.dataset_folder(job.subject))
    try:
        with alone(house.dataset_folder(job.subject)):
            if table.exists():
                table.add_columns(Schema.parse(schema["schema"], schema.get("domain")))
    except TableBusy as busy:
        with house.writing() as connection:  # the schema is not held any longer
            book.amend(connection, KINDS["dataset"], job.subject, nextSchemaArn=None)
        raise Failed(str(busy)) from None
    return {"schemaArn": arn, "nextSchemaArn": None}
