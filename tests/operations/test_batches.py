"""Batch inference: real files in, real files out; and what a batch job cannot be."""

import json

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from tests import samples

ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture
def version(load, train):
    load(samples.csv(samples.walks()))
    return lambda recipe: train(recipe)["solutionVersionArn"]


def request(version: str, name: str = "b", **more) -> dict:
    return {
        "jobName": name,
        "solutionVersionArn": version,
        "roleArn": ROLE,
        "jobInput": {"s3DataSource": {"path": "s3://bucket/in/questions.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://bucket/out/"}},
        **more,
    }


@pytest.fixture
def ask(call, run_jobs, settings):
    """Run a batch over questions; answers with the lines of the output."""

    def ask(version: str, questions: list, **more) -> list[dict]:
        content = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in questions)
        samples.put(settings.data_dir, "in/questions.json", content + "\n\n")
        arn = call("CreateBatchInferenceJob", **request(version, **more))["batchInferenceJobArn"]
        run_jobs()
        job = call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)["batchInferenceJob"]
        assert job["status"] == "ACTIVE", job
        out = settings.data_dir / "buckets" / "bucket" / "out"
        assert (out / "_CHECK").read_bytes() == b""
        return [json.loads(line) for line in (out / "questions.json.out").read_text().splitlines()]

    return ask


def test_a_line_of_answers_for_every_line_of_questions(ask, version):
    answers = ask(
        version("aws-user-personalization-v2"), [{"userId": "u0000"}, {"userId": "new", "x": 1}], numResults=3
    )
    assert [answer["input"] for answer in answers] == [{"userId": "u0000"}, {"userId": "new", "x": 1}]
    for answer in answers:
        assert answer["error"] is None
        assert len(answer["output"]["recommendedItems"]) == len(answer["output"]["scores"]) == 3
    last = [row for row in samples.walks() if row[0] == "u0000"][-1][1]
    assert answers[0]["output"]["recommendedItems"][0] == f"r0-{(int(last[-2:]) + 1) % samples.RING:02}"


def test_popularity_has_no_scores_and_25_results_by_default(ask, version):
    (answer,) = ask(version("aws-popularity-count"), [{"userId": "u"}])
    assert set(answer["output"]) == {"recommendedItems"}
    assert len(answer["output"]["recommendedItems"]) == 25


def test_ranking_puts_unknown_items_last_with_no_score_at_all(ask, version):
    (answer,) = ask(version("aws-personalized-ranking-v2"), [{"userId": "u0000", "itemList": ["x", "r1-01", "r0-02"]}])
    assert answer["output"]["recommendedItems"][2] == "x"
    assert answer["output"]["scores"][2] == 0.0
    assert sum(answer["output"]["scores"]) == pytest.approx(1, abs=1e-6)


def test_a_line_that_is_no_question_has_an_error_and_no_output(ask, version):
    answers = ask(
        version("aws-personalized-ranking-v2"),
        ["{", [], {"userId": 5, "itemList": ["a"]}, {"userId": "u"}, {"userId": "u", "itemList": ["r0-01"]}],
    )
    assert ["output" in answer for answer in answers] == [False] * 4 + [True]
    assert all(answer["error"] for answer in answers[:4])


def test_every_file_of_a_folder_has_its_own_answers(call, run_jobs, settings, version):
    for name in ("a.json", "b.json"):
        samples.put(settings.data_dir, f"in/{name}", '{"userId":"u"}\n')
    job = request(version("aws-popularity-count"), jobInput={"s3DataSource": {"path": "s3://bucket/in/"}})
    arn = call("CreateBatchInferenceJob", **job)["batchInferenceJobArn"]
    assert (
        call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)["batchInferenceJob"]["status"] == "CREATE PENDING"
    )
    run_jobs()
    out = settings.data_dir / "buckets" / "bucket" / "out"
    assert sorted(path.name for path in out.iterdir()) == ["_CHECK", "a.json.out", "b.json.out"]
    (listed,) = call("ListBatchInferenceJobs", solutionVersionArn=job["solutionVersionArn"])["batchInferenceJobs"]
    assert listed["batchInferenceJobMode"] == "BATCH_INFERENCE"


def test_nothing_to_read_fails_the_job(call, run_jobs, version):
    arn = call("CreateBatchInferenceJob", **request(version("aws-popularity-count")))["batchInferenceJobArn"]
    run_jobs()
    job = call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)["batchInferenceJob"]
    assert job["status"] == "CREATE FAILED"
    assert job["failureReason"].startswith("Invalid S3 input path")


def test_what_a_batch_cannot_be(call, version, group):
    trained = version("aws-popularity-count")
    for more, words in (
        ({"numResults": 501}, "at most 500"),
        ({"jobOutput": {"s3DataDestination": {"path": "s3://bucket/in/questions.json"}}}, "Invalid S3 output path"),
        ({"batchInferenceJobMode": "THEME_GENERATION"}, "aws-similar-items only"),
        ({"themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "TITLE"}}}, "belongs to"),
        ({"batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "1"}}}, "no meaning"),
    ):
        with pytest.raises(InvalidInputException, match=words):
            call("CreateBatchInferenceJob", **request(trained, **more))
    with pytest.raises(ResourceNotFoundException, match="filter does not exist"):
        call("CreateBatchInferenceJob", **request(trained, filterArn=group.replace("dataset-group/g", "filter/f")))
    with pytest.raises(InvalidInputException, match="does not make user segments"):
        call("CreateBatchSegmentJob", **request(trained))
    waiting = call("CreateSolutionVersion", solutionArn=trained.rpartition("/")[0])["solutionVersionArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateBatchInferenceJob", **request(waiting))
    call("CreateBatchInferenceJob", **request(trained))
    with pytest.raises(Exception, match="already exists"):
        call("CreateBatchInferenceJob", **request(trained))


def test_a_filter_must_be_about_what_the_job_answers_with(call, run_jobs, version, group):
    trained = version("aws-popularity-count")
    arn = call(
        "CreateFilter",
        name="f",
        datasetGroupArn=group,
        filterExpression='INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("click")',
    )["filterArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateBatchInferenceJob", **request(trained, filterArn=arn))
    run_jobs()
    with pytest.raises(InvalidInputException, match="not about ItemID"):
        call("CreateBatchInferenceJob", **request(trained, filterArn=arn))


TITLED = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    samples.text("TITLE"),
    samples.text("ABOUT", textual=True),
    samples.text("KIND", categorical=True),
)
THEMED = {
    "batchInferenceJobMode": "THEME_GENERATION",
    "themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "title"}},
}


@pytest.fixture
def catalogue(call, run_jobs, settings, group):
    """Items of each ring have something in common, and one has no metadata."""

    def catalogue(schema: str = TITLED, rows: bool = True) -> None:
        made = call("CreateSchema", name="titled", schema=schema)["schemaArn"]
        arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=made, datasetType="Items")["datasetArn"]
        run_jobs()
        if not rows:
            return
        kinds = ("Garden tools", "Kitchen knives", "Winter coats")
        told = [
            (f"r{ring}-{place:02}", f"Number {place} {kinds[ring]}", f"All about {kinds[ring]}", kinds[ring])
            for ring in range(samples.RINGS)
            for place in range(samples.RING - 1)
        ]
        location = samples.put(settings.data_dir, "items.csv", samples.csv(told, "ITEM_ID,TITLE,ABOUT,KIND"))
        source = {"dataLocation": location}
        job = call("CreateDatasetImportJob", jobName="items", datasetArn=arn, dataSource=source)["datasetImportJobArn"]
        run_jobs()
        assert call("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]["status"] == "ACTIVE"

    return catalogue


def test_themes_say_what_similar_items_have_in_common(ask, version, catalogue):
    catalogue()
    questions = [{"itemId": "r0-03"}, {"itemId": "r2-03"}, {"item": "x"}]
    garden, coats, wrong = ask(version("aws-similar-items"), questions, numResults=8, **THEMED)
    for answer, word in ((garden, "Garden tools"), (coats, "Winter coats")):
        output = answer["output"]
        assert output["theme"].startswith(word) and answer["error"] is None
        assert list(output) == ["recommendedItems", "theme", "itemsThemeRelevanceScores"]
        scores = output["itemsThemeRelevanceScores"]
        assert len(scores) == len(output["recommendedItems"]) == 8
        assert scores == sorted(scores, reverse=True) and scores[0] > 0.3
    assert "itemId" in wrong["error"] and "output" not in wrong


def test_a_list_with_nothing_in_common_has_an_error(ask, version, catalogue):
    catalogue()
    (answer,) = ask(version("aws-similar-items"), [{"itemId": "r0-03"}], numResults=1, **THEMED)
    assert "output" not in answer and answer["error"].startswith("No theme was found.")


def test_themes_of_a_catalogue_that_was_never_imported_fail_the_job(call, run_jobs, settings, version, catalogue):
    catalogue(rows=False)
    samples.put(settings.data_dir, "in/questions.json", '{"itemId":"r0-03"}\n')
    arn = call("CreateBatchInferenceJob", **request(version("aws-similar-items"), **THEMED))["batchInferenceJobArn"]
    run_jobs()
    job = call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)["batchInferenceJob"]
    assert job["status"] == "CREATE FAILED" and "nothing was imported into an Items dataset" in job["failureReason"]
    assert job["batchInferenceJobMode"] == "THEME_GENERATION"


def test_a_themed_job_takes_a_hundred_lines(call, run_jobs, settings, version, catalogue):
    catalogue()
    samples.put(settings.data_dir, "in/questions.json", '{"itemId":"r0-03"}\n' * 101)
    arn = call("CreateBatchInferenceJob", **request(version("aws-similar-items"), **THEMED))["batchInferenceJobArn"]
    run_jobs()
    job = call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)["batchInferenceJob"]
    assert job["status"] == "CREATE FAILED" and "100 lines at most" in job["failureReason"]
    assert not (settings.data_dir / "buckets/bucket/out/questions.json.out").exists()


def test_what_themes_need_is_asked_at_once(call, version, catalogue):
    trained = version("aws-similar-items")
    with pytest.raises(InvalidInputException, match="has no Items dataset"):
        call("CreateBatchInferenceJob", **request(trained, **THEMED))
    catalogue(rows=False)
    for column, words in (("PRICE", "not in the Items schema"), ("ITEM_ID", "no id")):
        config = {"fieldsForThemeGeneration": {"itemName": column}}
        with pytest.raises(InvalidInputException, match=words):
            call("CreateBatchInferenceJob", **request(trained, **{**THEMED, "themeGenerationConfig": config}))


def test_themes_need_a_text(call, version, catalogue):
    trained = version("aws-similar-items")
    catalogue(samples.ITEMS, rows=False)
    config = {"fieldsForThemeGeneration": {"itemName": "GENRE"}}
    with pytest.raises(InvalidInputException, match="textual true"):
        call("CreateBatchInferenceJob", **request(trained, **{**THEMED, "themeGenerationConfig": config}))
