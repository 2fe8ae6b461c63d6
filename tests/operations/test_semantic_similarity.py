"""aws-semantic-similarity through the API: what it needs, items alone, and what influences its rankings."""

import json

import pytest

from penchant.contract.errors import InvalidInputException
from tests import samples

RECIPE = "arn:aws:personalize:::recipe/aws-semantic-similarity"
NAME = {"name": "TITLE", "type": "string", "itemName": True}
ABOUT = {"name": "ABOUT", "type": ["string", "null"], "textual": True}
CREATED = {"name": "CREATION_TIMESTAMP", "type": "long"}
SHOP = [
    ("g1", "Acoustic guitar strings", "light gauge strings of bronze for a guitar", 100),
    ("g2", "Electric guitar strings", "medium gauge strings of nickel for a guitar", 200),
    ("g3", "Guitar strings for beginners", "soft strings of nylon for a guitar", 900),
    ("m1", "Microphone stand", "a stand with a boom for any microphone", 120),
    ("m2", "Microphone cable", "a cable of three metres for any microphone", 110),
    ("m3", "Dynamic microphone", "for vocals on a stage", 500),
]


@pytest.fixture
def shop(call, run_jobs, settings):
    """Makes a dataset group with these items, of the columns that are given."""

    def shop(*columns: dict) -> str:
        group = call("CreateDatasetGroup", name="shop")["datasetGroupArn"]
        run_jobs()
        names = ["ITEM_ID", *(column["name"] for column in columns)]
        text = samples.schema("Items", samples.text("ITEM_ID"), *columns)
        schema = call("CreateSchema", name="items", schema=text)["schemaArn"]
        arn = call("CreateDataset", name="items", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
        run_jobs()
        rows = [dict(zip(("ITEM_ID", "TITLE", "ABOUT", "CREATION_TIMESTAMP"), row, strict=True)) for row in SHOP]
        told = samples.csv([[row[name] for name in names] for row in rows], ",".join(names))
        source = {"dataLocation": samples.put(settings.data_dir, "items.csv", told)}
        call("CreateDatasetImportJob", jobName="items", datasetArn=arn["datasetArn"], dataSource=source)
        run_jobs()
        return group

    return shop


@pytest.fixture
def version(call, run_jobs, shop) -> dict:
    solution = call("CreateSolution", name="s", datasetGroupArn=shop(NAME, ABOUT, CREATED), recipeArn=RECIPE)
    arn = call("CreateSolutionVersion", solutionArn=solution["solutionArn"])["solutionVersionArn"]
    run_jobs()
    return call("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]


@pytest.fixture
def asked(call, run_jobs, version):
    """Makes a campaign of this configuration and asks it about an item; answers with the ids."""

    def asked(item: str, **config) -> list[str]:
        arn = version["solutionVersionArn"]
        made = call("CreateCampaign", name=f"c{len(config)}{item}", solutionVersionArn=arn, campaignConfig=config)
        run_jobs()
        answer = call("GetRecommendations", campaignArn=made["campaignArn"], itemId=item)
        return [each["itemId"] for each in answer["itemList"]]

    return asked


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ((ABOUT,), "exactly one column with itemName true in the Items schema; it has none"),
        ((NAME, CREATED), "a column with textual true in the Items schema"),
    ],
)
def test_it_needs_a_name_and_a_description(call, shop, columns, words):
    group = shop(*columns)
    with pytest.raises(InvalidInputException, match=words):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE)


def test_it_is_trained_on_items_alone(call, version):
    assert version["status"] == "ACTIVE", version
    metrics = call("GetSolutionMetrics", solutionVersionArn=version["solutionVersionArn"])["metrics"]
    assert set(metrics) == {"item_freshness", "item_similarity"}
    assert all(0 < value <= 1 for value in metrics.values())


def test_items_of_the_same_meaning_come_first(asked):
    answer = asked("g1")
    assert set(answer[:2]) == {"g2", "g3"}
    assert len(answer) == 5 and "g1" not in answer


def test_nobody_knows_what_is_like_an_unknown_item(asked):
    assert asked("nothing") == []


def test_freshness_takes_new_items_up(asked):
    assert set(asked("m3", rankingInfluence={"FRESHNESS": 0.0})[:2]) == {"m1", "m2"}
    assert "g3" in asked("m3", rankingInfluence={"FRESHNESS": 1.0}, enableMetadataWithRecommendations=False)[:2]


def test_influences_need_their_data(call, shop, run_jobs):
    group = shop(NAME, ABOUT)
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE)["solutionArn"]
    arn = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    for name, words in (("POPULARITY", "an Interactions dataset"), ("FRESHNESS", "CREATION_TIMESTAMP")):
        config = {"rankingInfluence": {name: 0.5}}
        with pytest.raises(InvalidInputException, match=f"campaignConfig.rankingInfluence has {name}, .*{words}"):
            call("CreateCampaign", name="c", solutionVersionArn=arn, campaignConfig=config)
        with pytest.raises(InvalidInputException, match=f"batchInferenceJobConfig.rankingInfluence has {name}"):
            call(
                "CreateBatchInferenceJob",
                jobName="b",
                solutionVersionArn=arn,
                batchInferenceJobConfig=config,
                jobInput={"s3DataSource": {"path": "s3://bucket/in.json"}},
                jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
                roleArn="arn:aws:iam::000000000000:role/r",
            )


def test_influence_in_a_batch(call, run_jobs, version, settings):
    location = samples.put(settings.data_dir, "in/ask.json", '{"itemId": "m3"}\n{"itemId": "nothing"}\n')
    made = call(
        "CreateBatchInferenceJob",
        jobName="b",
        solutionVersionArn=version["solutionVersionArn"],
        batchInferenceJobConfig={"rankingInfluence": {"FRESHNESS": 1.0}},
        jobInput={"s3DataSource": {"path": location}},
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        roleArn="arn:aws:iam::000000000000:role/r",
    )["batchInferenceJobArn"]
    run_jobs()
    job = call("DescribeBatchInferenceJob", batchInferenceJobArn=made)["batchInferenceJob"]
    assert job["status"] == "ACTIVE", job
    lines = (settings.data_dir / "buckets/bucket/out/ask.json.out").read_text().splitlines()
    answers = [json.loads(line)["output"]["recommendedItems"] for line in lines]
    assert "g3" in answers[0][:2]
    assert answers[1] == []


def test_an_empty_dataset_fails_with_a_sentence(call, run_jobs):
    group = call("CreateDatasetGroup", name="empty")["datasetGroupArn"]
    run_jobs()
    text = samples.schema("Items", samples.text("ITEM_ID"), NAME, ABOUT)
    schema = call("CreateSchema", name="items", schema=text)["schemaArn"]
    call("CreateDataset", name="items", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    run_jobs()
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE)["solutionArn"]
    arn = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    told = call("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]
    assert told["failureReason"] == "Create failed. The Items dataset is empty; import data into it first."
