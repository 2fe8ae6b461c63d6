"""Automatic training as a customer meets it: nobody asks for a version, and there is one. On both kinds of database."""

import os
import signal
import time

import pytest

from tests import samples
from tests.conftest import Served, settled
from tests.test_journey import describe

SHORT = {
    "PENCHANT_SCHEDULE_SECONDS": "0.2",
    "PENCHANT_FIRST_TRAINING_MINUTES": "0.02",
    "PENCHANT_SHORT_SCHEDULES": "true",
}


@pytest.fixture
def environment(database_url) -> dict[str, str]:
    return SHORT | ({"PENCHANT_DATABASE_URL": database_url} if database_url else {})


@pytest.fixture
def servers(tmp_path, environment):
    """Two servers of one installation, with a worker each."""
    first = Served(tmp_path / "served", environment).start()
    second = Served(tmp_path / "served", {**environment, "PENCHANT_WORKER": "second"})
    second.log = tmp_path / "second.log"
    second.start()
    yield first, second
    assert first.stop() == 0
    assert second.stop() == 0


def prepared(server: Served) -> tuple[str, str, str]:
    """ARNs of a group with data, its dataset, and a solution that is trained by itself."""
    personalize = server.client()
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
    schema = personalize.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
    group = personalize.create_dataset_group(name="g")["datasetGroupArn"]
    settled(describe(personalize, "datasetGroup", group))
    request = {"name": "d", "schemaArn": schema, "datasetGroupArn": group, "datasetType": "Interactions"}
    dataset = personalize.create_dataset(**request)["datasetArn"]
    settled(describe(personalize, "dataset", dataset))
    source = {"dataLocation": location}
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource=source)
    settled(describe(personalize, "datasetImportJob", job["datasetImportJobArn"]))
    solution = personalize.create_solution(
        name="s",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-popularity-count",
        solutionConfig={"autoTrainingConfig": {"schedulingExpression": "rate(1 minute)"}},
    )["solutionArn"]
    return group, dataset, solution


def test_a_version_appears_and_only_one_though_a_worker_dies(servers):
    first, second = servers
    personalize = second.client()
    _, _, solution = prepared(first)
    os.kill(first.worker(), signal.SIGKILL)
    end = time.monotonic() + 60
    while not (found := personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]):
        assert time.monotonic() < end
        time.sleep(0.1)
    version = found[0]["solutionVersionArn"]
    assert settled(describe(personalize, "solutionVersion", version))["trainingType"] == "AUTOMATIC"
    latest = {"syncWithLatestSolutionVersion": True}
    campaign = personalize.create_campaign(name="c", solutionVersionArn=f"{solution}/$LATEST", campaignConfig=latest)[
        "campaignArn"
    ]
    settled(describe(personalize, "campaign", campaign))
    runtime = second.client("personalize-runtime")
    assert runtime.get_recommendations(campaignArn=campaign, userId="u0000", numResults=5)["itemList"]
    time.sleep(2)  # ten looks of each worker
    assert len(personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]) == 1
    assert personalize.describe_solution(solutionArn=solution)["solution"]["performAutoTraining"] is True


def test_a_worker_that_is_told_not_to_trains_nothing_by_itself(tmp_path):
    server = Served(tmp_path / "served", {**SHORT, "PENCHANT_AUTO_TRAINING": "false"}).start()
    try:
        _, _, solution = prepared(server)
        time.sleep(4)  # it would have been trained after a second and a bit
        assert server.client().list_solution_versions(solutionArn=solution)["solutionVersions"] == []
    finally:
        assert server.stop() == 0
