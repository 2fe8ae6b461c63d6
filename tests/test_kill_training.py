"""kill -9 of the attempt, or of its worker, at random moments of a training: it goes on from its last checkpoint and
makes the model that it would have made; and a stop at random moments, which ends everything."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from penchant.artifacts.sealed import mapped
from penchant.contract.arns import Place
from tests import samples
from tests.chaos import children
from tests.conftest import REGION, Served, settled
from tests.test_kill import chance, shop  # noqa: F401
from tests.test_kill_search import alive

PATIENCE = 240
PLACE = Place("000000000000", REGION)
STOPS = 6


@pytest.fixture
def server(tmp_path):
    """One that keeps checkpoints all the time."""
    served = Served(tmp_path / "served", {"PENCHANT_CHECKPOINT_SECONDS": "0.2"}).start()
    yield served
    served.stop()


@pytest.fixture
def begin(server, shop):  # noqa: F811
    personalize, group, dataset = shop
    rows = samples.csv(samples.walks(users=500))
    location = samples.put(server.data_dir, "interactions.csv", rows)
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})
    arn = job["datasetImportJobArn"]
    settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    solution = personalize.create_solution(
        name="s", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2"
    )["solutionArn"]
    return lambda: personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]


def told(server, version: str) -> dict:
    url = f"{server.url}/penchant/v1/trainings?{urllib.parse.urlencode({'solutionVersionArn': version})}"
    scope = f"AWS4-HMAC-SHA256 Credential=anybody/20260101/{REGION}/personalize/aws4_request"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": scope}), timeout=30) as answer:
        return json.loads(answer.read())


def ended(server, version: str) -> str:
    client = server.client()
    describe = client.describe_solution_version
    return settled(lambda: describe(solutionVersionArn=version)["solutionVersion"], PATIENCE)["status"]


def folder(server, room: str, version: str) -> Path:
    path = version.removeprefix(PLACE.arn("solution", ""))
    return server.data_dir / room / PLACE.account / PLACE.region / path


def trained_steps(server, version: str, wanted: int) -> dict:
    """Once so many epochs are done and a checkpoint is kept."""
    end = time.monotonic() + PATIENCE
    while True:
        found = told(server, version)
        if len(found.get("epochs", ())) >= wanted and "checkpoint" in found:
            return found
        assert time.monotonic() < end and found["status"] != "CREATE FAILED", found
        time.sleep(0.02)


@pytest.mark.parametrize("victim", ["attempt", "worker"])
def test_a_training_goes_on_from_its_last_checkpoint(server, begin, chance, victim):  # noqa: F811
    whole = begin()
    assert ended(server, whole) == "ACTIVE"
    epochs = len(told(server, whole)["epochs"])
    version = begin()
    for number in (1, 2):
        before = trained_steps(server, version, chance.randrange(1, epochs - 1) if number == 1 else epochs // 2)
        died = [server.worker(), attempt_of(server)]
        os.kill(died[victim == "attempt"], signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while victim == "worker" and any(alive(pid) for pid in died):
            assert time.monotonic() < end
            time.sleep(0.02)
        while len((found := told(server, version))["attempts"]) <= number or not resumed(found):
            assert time.monotonic() < end and found["status"] != "CREATE FAILED", found
            time.sleep(0.02)
        # Not from any that is older than what was told to be the newest before the death.
        assert progress_of(resumed(found)[-1]) >= progress_of(before["checkpoint"])
    assert ended(server, version) == "ACTIVE"
    after = told(server, version)
    assert [epoch["loss"] for epoch in after["epochs"]] == [epoch["loss"] for epoch in told(server, whole)["epochs"]]
    one, other = (mapped(folder(server, "artifacts", arn) / "arrays.safetensors") for arn in (whole, version))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name].tobytes() != other[name].tobytes()] == []
    assert not folder(server, "trainings", version).exists()
    command = [sys.executable, "-m", "penchant", "repeat", version, "--data-dir", str(server.data_dir)]
    again = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (again.returncode, again.stdout) == (0, "The same model, bit for bit.\n"), again.stderr


def progress_of(place: dict) -> tuple:
    return place["part"] == "model", place["epochs"], place["batches"]


def resumed(found: dict) -> list[dict]:
    """Of the newest attempt."""
    return found["attempts"][-1]["resumedFrom"]


def attempt_of(server) -> int:
    """The process under the worker."""
    end = time.monotonic() + PATIENCE
    while True:
        if found := children(server.worker()):
            return found[0]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_training_stops_at_any_moment(server, begin, chance):  # noqa: F811
    """How long it takes is told by bench/stopping.py; here, that nothing of it goes on."""
    client = server.client()
    began = time.monotonic()
    assert ended(server, begin()) == "ACTIVE"
    seconds = time.monotonic() - began
    stopped = 0
    for _ in range(STOPS):
        version = begin()
        time.sleep(chance.uniform(0, seconds))
        try:
            client.stop_solution_version_creation(solutionVersionArn=version)
        except client.exceptions.ResourceInUseException:
            assert ended(server, version) == "ACTIVE"
            continue
        assert ended(server, version) == "CREATE STOPPED"
        stopped += 1
        assert children(server.worker()) == []
        assert not folder(server, "trainings", version).exists()
    assert stopped
