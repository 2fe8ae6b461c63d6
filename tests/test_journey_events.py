"""Live data as a customer meets it: boto3 against started servers, on both kinds of database."""

import itertools
import json
import time

import pytest
from botocore.exceptions import ClientError

from penchant.lake.table import Table
from tests import samples
from tests.conftest import REGION, Served, settled
from tests.test_journey import describe


@pytest.fixture
def environment(database_url) -> dict[str, str]:
    return {"PENCHANT_FOLD_SECONDS": "0.5"} | ({"PENCHANT_DATABASE_URL": database_url} if database_url else {})


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


def test_the_next_request_of_any_server_knows_of_an_event(servers):
    first, second = servers
    personalize, events = first.client(), first.client("personalize-events")
    location = samples.put(first.data_dir, "interactions.csv", samples.csv(samples.walks()))
    schema = personalize.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
    group = personalize.create_dataset_group(name="g")["datasetGroupArn"]
    settled(describe(personalize, "datasetGroup", group))
    dataset = personalize.create_dataset(name="d", schemaArn=schema, datasetGroupArn=group, datasetType="Interactions")[
        "datasetArn"
    ]
    tracker = personalize.create_event_tracker(name="t", datasetGroupArn=group)
    settled(describe(personalize, "dataset", dataset))
    settled(describe(personalize, "eventTracker", tracker["eventTrackerArn"]))
    job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})[
        "datasetImportJobArn"
    ]
    settled(describe(personalize, "datasetImportJob", job))
    solution = personalize.create_solution(
        name="s", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2"
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    trained = settled(describe(personalize, "solutionVersion", version))
    assert trained["status"] == "ACTIVE", trained
    campaign = personalize.create_campaign(name="c", solutionVersionArn=version)["campaignArn"]
    settled(describe(personalize, "campaign", campaign))
    clients = [server.client("personalize-runtime") for server in servers]

    # The turns of this test follow each other within a second, in which nobody takes so many items.
    moments = itertools.count(int(time.time()) - 1_000)

    def put(user: str, *item_ids: str) -> None:
        answer = events.put_events(
            trackingId=tracker["trackingId"],
            userId=user,
            sessionId=f"session of {user}",
            eventList=[{"eventType": "click", "sentAt": next(moments), "itemId": item_id} for item_id in item_ids],
        )["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 200
        assert answer["HTTPHeaders"]["content-length"] == "0"  # recorded

    def best(client, user: str) -> str:
        return client.get_recommendations(campaignArn=campaign, userId=user, numResults=1)["itemList"][0]["itemId"]

    put("u0000", "r2-00")
    for turn in range(6):
        put(f"new{turn}", f"r1-{turn:02}", f"r1-{turn + 1:02}")
        assert [best(client, f"new{turn}") for client in clients] == [f"r1-{turn + 2:02}"] * 2
        put("u0000", f"r2-{turn + 1:02}")
        assert [best(client, "u0000") for client in reversed(clients)] == [f"r2-{turn + 2:02}"] * 2

    with pytest.raises(ClientError) as refused:
        events.put_events(
            trackingId=tracker["trackingId"],
            sessionId="s",
            eventList=[{"eventType": "click", "sentAt": 1, "itemId": "i", "properties": "{bad"}],
        )
    assert refused.value.response["Error"] == {
        "Code": "InvalidInputException",
        "Message": "Error parsing properties json",
    }
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    table = Table(first.data_dir / "datasets" / "000000000000" / REGION / "g" / "INTERACTIONS")
    streamed = 6 * 3 + 1
    while table.count() < len(samples.walks()) + streamed:
        time.sleep(0.05)
    assert table.rows().collect()["_sequence"].is_duplicated().sum() == 0

    while not (listed := json.loads(ask(second, "/penchant/v1/rejections"))["rejections"]):
        time.sleep(0.05)  # the other server writes what it noted after a moment
    assert [(each["outcome"], each["count"]) for each in listed] == [("refused", 1)]


def ask(server: Served, path: str) -> str:
    import urllib.request

    scope = f"x/20260101/{REGION}/personalize/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers)) as response:
        return response.read().decode()
