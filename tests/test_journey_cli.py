"""The same journey with the AWS CLI: `aws personalize … --endpoint-url`, create to delete."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import samples

AWS = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")


@pytest.fixture
def aws(server, tmp_path):
    """Run `aws personalize…` against the server; answers with what it printed, or the error's code when it failed."""
    if AWS is None:
        pytest.skip("the AWS CLI is not installed; the extra `dev` has it")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "anybody",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def aws(service: str, *arguments: str, fails: str = ""):
        command = [AWS, service, *arguments, "--endpoint-url", server.url, "--output", "json"]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        if fails:
            assert ran.returncode != 0
            assert f"({fails})" in ran.stderr
            return None
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    return aws


def test_create_to_delete(aws, server):
    def personalize(operation: str, *arguments: str, **more):
        return aws("personalize", operation, *arguments, **more)

    def wait(operation: str, option: str, arn: str, key: str):
        while (status := personalize(operation, option, arn)[key]["status"]) != "ACTIVE":
            assert not status.endswith("FAILED"), status
            time.sleep(0.2)

    location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
    schema = personalize("create-schema", "--name", "s", "--schema", samples.INTERACTIONS)["schemaArn"]
    group = personalize("create-dataset-group", "--name", "g", "--tags", "tagKey=a,tagValue=b")["datasetGroupArn"]
    wait("describe-dataset-group", "--dataset-group-arn", group, "datasetGroup")
    assert personalize("list-tags-for-resource", "--resource-arn", group) == {
        "tags": [{"tagKey": "a", "tagValue": "b"}]
    }
    dataset = personalize(
        "create-dataset", "--name", "d", "--schema-arn", schema, "--dataset-group-arn", group,
        "--dataset-type", "Interactions",
    )["datasetArn"]  # fmt: skip
    wait("describe-dataset", "--dataset-arn", dataset, "dataset")
    job = personalize(
        "create-dataset-import-job", "--job-name", "j", "--dataset-arn", dataset,
        "--data-source", f"dataLocation={location}", "--role-arn", "arn:aws:iam::000000000000:role/r",
    )["datasetImportJobArn"]  # fmt: skip
    wait("describe-dataset-import-job", "--dataset-import-job-arn", job, "datasetImportJob")
    recipes = personalize("list-recipes")["recipes"]
    assert "aws-popularity-count" in [recipe["name"] for recipe in recipes]
    solution = personalize(
        "create-solution", "--name", "s", "--dataset-group-arn", group,
        "--recipe-arn", "arn:aws:personalize:::recipe/aws-user-personalization-v2",
    )["solutionArn"]  # fmt: skip
    version = personalize("create-solution-version", "--solution-arn", solution)["solutionVersionArn"]
    wait("describe-solution-version", "--solution-version-arn", version, "solutionVersion")
    assert len(personalize("get-solution-metrics", "--solution-version-arn", version)["metrics"]) == 8
    campaign = personalize("create-campaign", "--name", "c", "--solution-version-arn", version)["campaignArn"]
    wait("describe-campaign", "--campaign-arn", campaign, "campaign")
    answer = aws("personalize-runtime", "get-recommendations", "--campaign-arn", campaign, "--user-id", "u0000")
    assert len(answer["itemList"]) == 25

    personalize("describe-campaign", "--campaign-arn", campaign + "x", fails="ResourceNotFoundException")
    personalize("delete-solution", "--solution-arn", solution, fails="ResourceInUseException")
    personalize(
        "create-filter",
        "--name",
        "f",
        "--dataset-group-arn",
        group,
        "--filter-expression",
        "x",
        fails="InvalidInputException",
    )
    for kind, arn in (("campaign", campaign), ("solution", solution), ("dataset", dataset), ("dataset-group", group)):
        assert personalize(f"delete-{kind}", f"--{kind}-arn", arn) is None
        listing = f"list-{kind}s"
        while personalize(listing)[
            "".join(part.title() if n else part for n, part in enumerate(f"{kind}s".split("-")))
        ]:
            time.sleep(0.2)
    assert personalize("delete-schema", "--schema-arn", schema) is None
