"""kill -9 of the worker at random moments of an export and of a deletion of users: each ends as if nothing had been."""

import time

import pytest

from penchant.lake.table import Table
from tests import samples
from tests.conftest import REGION
from tests.test_kill import chance, kill_worker, shop, timed  # noqa: F401 (fixtures)

MOMENTS = 4
STEPS = 16
ROWS = samples.walks(users=4000, steps=STEPS)
ROLE = "arn:aws:iam::000000000000:role/r"


def ended(describe, patience: float = 120) -> dict:
    end = time.monotonic() + patience
    while (job := describe())["status"].endswith(("PENDING", "IN_PROGRESS")):
        assert time.monotonic() < end, job
        time.sleep(0.05)
    return job


@pytest.fixture
def table(server, shop) -> Table:  # noqa: F811
    personalize, _, dataset = shop
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(ROWS))
    arn = personalize.create_dataset_import_job(
        jobName="all", datasetArn=dataset, dataSource={"dataLocation": location}
    )["datasetImportJobArn"]
    job = ended(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    assert job["status"] == "ACTIVE", job
    return Table(server.data_dir / "datasets" / "000000000000" / REGION / "g" / "INTERACTIONS")


def test_exports_survive_their_worker(server, shop, table, chance):  # noqa: F811
    personalize, _, dataset = shop
    samples.put(server.data_dir, "marker", "the bucket")

    def begin(name: str) -> str:
        return personalize.create_dataset_export_job(
            jobName=name,
            datasetArn=dataset,
            ingestionMode="ALL",
            roleArn=ROLE,
            jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        )["datasetExportJobArn"]

    def wait(arn: str) -> None:
        job = ended(lambda: personalize.describe_dataset_export_job(datasetExportJobArn=arn)["datasetExportJob"])
        assert job["status"] == "ACTIVE", job

    seconds = timed(lambda: wait(begin("undisturbed")))
    out = server.data_dir / "buckets" / "bucket" / "out"
    undisturbed = (out / "undisturbed" / "INTERACTIONS-part-00000.csv").read_bytes()
    assert undisturbed.count(b"\n") == len(ROWS) + 1
    for number in range(MOMENTS):
        arn = begin(f"killed{number}")
        time.sleep(chance.uniform(0, seconds))
        kill_worker(server)
        wait(arn)
        (written,) = (out / f"killed{number}").iterdir()
        assert written.read_bytes() == undisturbed


def test_deletions_of_users_survive_their_worker(server, shop, table, chance):  # noqa: F811
    personalize, group, _ = shop

    def begin(name: str, users: range) -> str:
        location = samples.put(server.data_dir, f"{name}.csv", "USER_ID\n" + "".join(f"u{n:04}\n" for n in users))
        return personalize.create_data_deletion_job(
            jobName=name, datasetGroupArn=group, dataSource={"dataLocation": location}, roleArn=ROLE
        )["dataDeletionJobArn"]

    def wait(arn: str) -> None:
        job = ended(lambda: personalize.describe_data_deletion_job(dataDeletionJobArn=arn)["dataDeletionJob"])
        assert (job["status"], job.get("numDeleted")) == ("COMPLETED", 100 * STEPS), job

    seconds = timed(lambda: wait(begin("undisturbed", range(100))))
    for number in range(1, MOMENTS + 1):
        arn = begin(f"killed{number}", range(100 * number, 100 * number + 100))
        time.sleep(chance.uniform(0, seconds))
        kill_worker(server)
        wait(arn)
        assert table.count() == len(ROWS) - 100 * STEPS * (number + 1)
    files = {file.path for file in table.files()}
    on_disk = [path for path in server.data_dir.rglob("*.parquet") if "INTERACTIONS" in path.parts]
    assert len(on_disk) == len(files)  # what attempts left behind is gone, and so are the old versions
