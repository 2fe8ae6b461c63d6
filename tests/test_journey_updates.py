"""Updates of a deployed model as a customer meets them: an item is put, and a while later it is recommended, though no
version was made and though workers die. On both kinds of database."""

import json
import os
import signal
import time
import urllib.parse
import urllib.request

import pytest

from tests import samples
from tests.conftest import REGION, Served, settled
from tests.test_journey import describe

SHORT = {"PENCHANT_SCHEDULE_SECONDS": "0.2", "PENCHANT_UPDATE_SECONDS": "1", "PENCHANT_FOLD_SECONDS": "0.5"}
SMALL = {"algorithmHyperParameters": {"hidden_dimension": "32", "bptt": "2"}}
PATIENCE = 300.0


@pytest.fixture
def servers(tmp_path, database_url):
    """Two servers of one installation, with a worker each."""
    environment = SHORT | ({"PENCHANT_DATABASE_URL": database_url} if database_url else {})
    first = Served(tmp_path / "served", environment).start()
    second = Served(tmp_path / "served", {**environment, "PENCHANT_WORKER": "second"})
    second.log = tmp_path / "second.log"
    second.start()
    yield first, second
    first.stop()
    second.stop()


def told(server: Served, version: str) -> dict:
    url = f"{server.url}/penchant/v1/updates?{urllib.parse.urlencode({'solutionVersionArn': version})}"
    scope = f"AWS4-HMAC-SHA256 Credential=anybody/20260101/{REGION}/personalize/aws4_request"
    request = urllib.request.Request(url, headers={"Authorization": scope})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


def until(true) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def deployed(server: Served) -> tuple[str, str, str]:
    """ARNs of an Items dataset, a version that was trained on it, and its campaign."""
    personalize = server.client()
    group = personalize.create_dataset_group(name="g")["datasetGroupArn"]
    settled(describe(personalize, "datasetGroup", group))
    made = {}
    for kind, text, content in (
        ("Interactions", samples.INTERACTIONS, samples.csv(samples.walks())),
        ("Items", samples.ITEMS, samples.items_csv()),
    ):
        schema = personalize.create_schema(name=kind, schema=text)["schemaArn"]
        dataset = personalize.create_dataset(name=kind, schemaArn=schema, datasetGroupArn=group, datasetType=kind)
        made[kind] = dataset["datasetArn"]
        settled(describe(personalize, "dataset", made[kind]))
        source = {"dataLocation": samples.put(server.data_dir, f"{kind}.csv", content)}
        job = personalize.create_dataset_import_job(jobName=kind, datasetArn=made[kind], dataSource=source)
        settled(describe(personalize, "datasetImportJob", job["datasetImportJobArn"]))
    solution = personalize.create_solution(
        name="s",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
        performAutoTraining=False,
        solutionConfig=SMALL,
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    assert settled(describe(personalize, "solutionVersion", version), PATIENCE)["status"] == "ACTIVE"
    config = {"itemExplorationConfig": {"explorationWeight": "0"}}
    campaign = personalize.create_campaign(name="c", solutionVersionArn=version, campaignConfig=config)["campaignArn"]
    settled(describe(personalize, "campaign", campaign))
    return made["Items"], version, campaign


def test_an_item_that_is_put_is_recommended_though_workers_die(servers):
    first = servers[0]
    personalize = first.client()
    items, version, campaign = deployed(first)
    described = personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    metrics = personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]

    def put(item: str) -> None:
        first.client("personalize-events").put_items(
            datasetArn=items, items=[{"itemId": item, "properties": json.dumps({"genre": "genre1", "price": 3.0})}]
        )

    def listed(server: Served) -> list[str]:
        runtime = server.client("personalize-runtime")
        found = runtime.get_recommendations(campaignArn=campaign, userId="u0001", numResults=100)["itemList"]
        return [item["itemId"] for item in found]

    def brought() -> list[str]:
        return told(first, version).get("brought", {}).get("items", [])

    for item, dying in (("new-1", servers), ("new-2", servers[:1])):
        assert item not in listed(first)
        put(item)
        until(lambda item=item: told(first, version).get("running") or item in brought())
        for server in dying:
            os.kill(server.worker(), signal.SIGKILL)
        until(lambda item=item: item in brought())
        until(lambda item=item: all(item in listed(server) for server in servers))
    assert personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"] == described
    assert personalize.get_solution_metrics(solutionVersionArn=version)["metrics"] == metrics
    last = told(first, version)["lastUpdate"]
    time.sleep(3)
    assert told(first, version)["lastUpdate"] == last  # nothing came in
    assert len(personalize.list_solution_versions()["solutionVersions"]) == 1
