"""kill -9 of the worker at random moments of an import and of a training: each job still ends ACTIVE, nothing is doubled
and nothing is half there."""

import os
import random
import signal
import time

import polars as pl
import pytest

from penchant.artifacts.sealed import open_sealed
from penchant.contract.arns import Place
from penchant.lake.table import Table
from tests import samples
from tests.conftest import REGION, settled

MOMENTS = 5
ROWS = samples.walks(users=4000, steps=16)


@pytest.fixture
def chance(request):
    seed = random.SystemRandom().randrange(10**6)
    print(f"random moments of seed {seed}")
    return random.Random(seed)


@pytest.fixture
def shop(server):
    """A client, and a dataset that waits for an import."""
    personalize = server.client()
    schema = personalize.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
    group = personalize.create_dataset_group(name="g")["datasetGroupArn"]
    settled(lambda: personalize.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
    dataset = personalize.create_dataset(name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    settled(lambda: personalize.describe_dataset(datasetArn=dataset["datasetArn"])["dataset"])
    return personalize, group, dataset["datasetArn"]


def kill_worker(server) -> None:
    """Kill the worker alone; its children must find out by themselves."""
    os.kill(server.worker(), signal.SIGKILL)


def timed(run) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


def test_imports_survive_their_worker(server, shop, chance):
    personalize, _, dataset = shop
    table = Table(server.data_dir / "datasets" / "000000000000" / REGION / "g" / "INTERACTIONS")
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(ROWS))

    def begin(name: str, mode: str = "FULL") -> str:
        return personalize.create_dataset_import_job(
            jobName=name, datasetArn=dataset, dataSource={"dataLocation": location}, importMode=mode
        )["datasetImportJobArn"]

    def wait(arn: str) -> None:
        job = settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
        assert job["status"] == "ACTIVE", job

    seconds = timed(lambda: wait(begin("undisturbed")))
    for number in range(MOMENTS):
        # The same rows again, as FULL and as INCREMENTAL: either way there are as many as before.
        arn = begin(f"killed{number}", ("FULL", "INCREMENTAL")[number % 2])
        time.sleep(chance.uniform(0, seconds))
        kill_worker(server)
        wait(arn)
        assert table.count() == len(ROWS)
        assert table.read().select(pl.struct(pl.all()).n_unique()).collect().item() == len(ROWS)


def test_trainings_survive_their_worker(server, shop, chance):
    personalize, group, dataset = shop
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})
    arn = job["datasetImportJobArn"]
    settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    solution = personalize.create_solution(
        name="s", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2"
    )["solutionArn"]

    def begin() -> str:
        return personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]

    def wait(arn: str) -> None:
        version = settled(lambda: personalize.describe_solution_version(solutionVersionArn=arn)["solutionVersion"])
        assert version["status"] == "ACTIVE", version

    seconds = timed(lambda: wait(begin()))
    place = Place("000000000000", REGION)
    for _ in range(MOMENTS):
        arn = begin()
        time.sleep(chance.uniform(0, seconds))
        kill_worker(server)
        wait(arn)
        path = arn.removeprefix(place.arn("solution", ""))
        artifact = open_sealed(server.data_dir / "artifacts" / place.account / place.region / path)
        metrics = personalize.get_solution_metrics(solutionVersionArn=arn)["metrics"]
        assert metrics == artifact.manifest["metrics"]
    versions = personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
    assert [version["status"] for version in versions] == ["ACTIVE"] * (MOMENTS + 1)


def test_a_running_training_stops_when_asked(server, shop):
    personalize, group, dataset = shop
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(ROWS))
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})
    arn = job["datasetImportJobArn"]
    settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    solution = personalize.create_solution(
        name="s", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2"
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]

    def described() -> dict:
        return personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]

    while described()["status"] == "CREATE PENDING":
        time.sleep(0.05)
    personalize.stop_solution_version_creation(solutionVersionArn=version)
    assert described()["status"] in ("CREATE STOPPING", "CREATE STOPPED")
    assert settled(described)["status"] == "CREATE STOPPED"
    with pytest.raises(personalize.exceptions.ResourceInUseException):
        personalize.stop_solution_version_creation(solutionVersionArn=version)


def test_nothing_that_was_acknowledged_is_lost_when_everything_is_killed(server, shop):
    personalize, _, _ = shop
    names = []
    for number in range(20):
        personalize.create_dataset_group(name=f"group{number}")
        names.append(f"group{number}")
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    client = server.client()
    found = {group["name"]: group for group in client.list_dataset_groups()["datasetGroups"]}
    assert set(names) < set(found)
    for name in names:
        arn = found[name]["datasetGroupArn"]
        assert (
            settled(lambda arn=arn: client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"])["status"]
            == "ACTIVE"
        )
