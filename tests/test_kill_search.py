"""kill -9 of the worker in the middle of a search: it goes on behind the trials that had ended, and nothing outlives it."""

import json
import os
import signal
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests import samples
from tests.conftest import REGION, settled
from tests.test_kill import shop  # noqa: F401


def trials(server, version: str) -> list[dict]:
    url = f"{server.url}/penchant/v1/trials?{urllib.parse.urlencode({'solutionVersionArn': version})}"
    scope = f"AWS4-HMAC-SHA256 Credential=anybody/20260101/{REGION}/personalize/aws4_request"
    request = urllib.request.Request(url, headers={"Authorization": scope})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())["trials"]


@pytest.mark.parametrize(("at_once", "deaths"), [("1", (1, 3)), ("2", (1,))])
def test_searches_survive_their_worker(server, shop, at_once, deaths):  # noqa: F811
    personalize, group, dataset = shop
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})
    arn = job["datasetImportJobArn"]
    settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    limits = {"maxNumberOfTrainingJobs": "4", "maxParallelTrainingJobs": at_once}
    widths = {"integerHyperParameterRanges": [{"name": "hidden_dimension", "minValue": 32, "maxValue": 48}]}
    solution = personalize.create_solution(
        name="s",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
        performHPO=True,
        solutionConfig={"hpoConfig": {"hpoResourceConfig": limits, "algorithmHyperParameterRanges": widths}},
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    begun: list[dict] = []
    end = time.monotonic() + 240
    for wanted in deaths:
        while len([trial for trial in begun if trial["curve"]]) < wanted:
            assert time.monotonic() < end, begun
            time.sleep(0.1)
            begun = trials(server, version)
        workers = server.workers()
        os.kill(server.worker(), signal.SIGKILL)
        while any(alive(worker) for worker in workers):
            assert time.monotonic() < end, workers
            time.sleep(0.05)

    def described() -> dict:
        return personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]

    assert settled(described, patience=240)["status"] == "ACTIVE"
    found = trials(server, version)
    assert len(found) == 4
    for before, after in zip(begun, found, strict=False):
        assert after["hyperParameters"] == before["hyperParameters"]
        assert [point for point in after["curve"] if point in before["curve"]] == before["curve"]
    width = described()["tunedHPOParams"]["algorithmHyperParameters"]["hidden_dimension"]
    assert [str(trial["hyperParameters"]["hidden_dimension"]) for trial in found if trial["chosen"]] == [width]


def alive(pid: int) -> bool:
    """A zombie is dead, though its parent has not heard of it yet."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
