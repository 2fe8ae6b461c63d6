"""Habits of client programs that the journeys do not have, each against a started server: notebooks, scripts that
clean up, state machines of small functions."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import samples
from tests.conftest import REGION, Served, settled

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/PersonalizeRole"
PATIENCE = 60


@pytest.fixture
def accounted(tmp_path) -> Iterator[Served]:
    """A server whose account is the one that the program knows from elsewhere."""
    served = Served(tmp_path / "served", {"PENCHANT_ACCOUNT": ACCOUNT}).start()
    yield served
    served.stop()


def make_group(client, domain: dict | None = None) -> str:
    arn = client.create_dataset_group(name="shop", **(domain or {}))["datasetGroupArn"]
    settled(lambda: client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"])
    return arn


def make_dataset(client, group: str, kind: str = "Interactions", schema: str = samples.INTERACTIONS) -> str:
    schema_arn = client.create_schema(name=kind, schema=schema)["schemaArn"]
    arn = client.create_dataset(name=kind, datasetGroupArn=group, datasetType=kind, schemaArn=schema_arn)["datasetArn"]
    settled(lambda: client.describe_dataset(datasetArn=arn)["dataset"])
    return arn


def load(client, dataset: str, location: str) -> None:
    arn = client.create_dataset_import_job(
        jobName="load", datasetArn=dataset, dataSource={"dataLocation": location}, roleArn=ROLE
    )["datasetImportJobArn"]
    job = settled(lambda: client.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"])
    assert job["status"] == "ACTIVE", job


def train(client, solution: str) -> str:
    arn = client.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    version = settled(lambda: client.describe_solution_version(solutionVersionArn=arn)["solutionVersion"])
    assert version["status"] == "ACTIVE", version
    return arn


def wait_until_gone(client, arns: list[str], describe: Callable[[str], dict]) -> None:
    """As the clean-up notebooks do: go round what is left until nothing of it can be described."""
    left, end = list(arns), time.monotonic() + PATIENCE
    while left:
        assert time.monotonic() < end, f"still there: {left}"
        for arn in list(left):
            try:
                assert describe(arn)["status"].startswith("DELETE ")
            except client.exceptions.ResourceNotFoundException:
                left.remove(arn)
        time.sleep(0.05)


def test_what_is_named_is_found_again_by_an_arn_built_from_account_region_and_name(accounted):
    """State machines deploy in steps that are called until they succeed: describe by an ARN put together from names,
    create where that is not found, describe again. Calling all of them once more must find everything and make nothing.
    """
    client = accounted.client()
    missing = client.exceptions.ResourceNotFoundException
    created: list[str] = []

    def step(kind: str, path: str, create: Callable[[], dict]) -> str:
        snake = kind.replace("-", "_")
        member = "".join([part.title() if n else part for n, part in enumerate(kind.split("-"))])
        arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:{kind}/{path}"
        end = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < end, arn
            try:
                found = getattr(client, f"describe_{snake}")(**{f"{member}Arn": arn})[member]
            except missing:
                create()
                created.append(arn)
                continue
            if kind == "schema":
                return found["schemaArn"]
            if found["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS"):
                time.sleep(0.05)
                continue
            assert found["status"] == "ACTIVE", found
            return found[f"{member}Arn"]

    def deploy() -> list[str]:
        group = step("dataset-group", "shop", lambda: client.create_dataset_group(name="shop"))
        schema = step("schema", "clicks", lambda: client.create_schema(name="clicks", schema=samples.INTERACTIONS))
        dataset = step(
            "dataset",
            "shop/INTERACTIONS",
            lambda: client.create_dataset(
                name="any-name", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
            ),
        )
        location = samples.put(accounted.data_dir, "clicks.csv", samples.csv(samples.walks()))
        job = step(
            "dataset-import-job",
            "Interactions_2024_01_31",
            lambda: client.create_dataset_import_job(
                jobName="Interactions_2024_01_31",
                datasetArn=dataset,
                dataSource={"dataLocation": location},
                roleArn=ROLE,
            ),
        )
        recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
        solution = step(
            "solution", "top", lambda: client.create_solution(name="top", datasetGroupArn=group, recipeArn=recipe)
        )
        expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")'
        kept = step(
            "filter",
            "unseen",
            lambda: client.create_filter(name="unseen", datasetGroupArn=group, filterExpression=expression),
        )
        return [group, schema, dataset, job, solution, kept]

    assert deploy() == created
    assert deploy() == created
    assert len(created) == 6


def test_a_campaign_points_at_the_next_version_in_steps_that_each_ask_how_far_it_is(server):
    """State machines that retrain: compare the campaign's version with theirs, update where it differs, and read
    `latestCampaignUpdate` at once; a second update while the first is under way is ResourceInUse, which they expect."""
    client = server.client()
    group = make_group(client)
    dataset = make_dataset(client, group)
    load(client, dataset, samples.put(server.data_dir, "clicks.csv", samples.csv(samples.walks())))
    solution = client.create_solution(
        name="top", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-popularity-count"
    )["solutionArn"]
    first, second = train(client, solution), train(client, solution)
    campaign = client.create_campaign(name="top", solutionVersionArn=first, minProvisionedTPS=1)["campaignArn"]
    settled(lambda: client.describe_campaign(campaignArn=campaign)["campaign"])

    seen, end = [], time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < end, seen
        described = client.describe_campaign(campaignArn=campaign)["campaign"]
        if described["solutionVersionArn"] == second:
            break
        assert (described["status"], described["solutionVersionArn"]) == ("ACTIVE", first)
        try:
            client.update_campaign(campaignArn=campaign, solutionVersionArn=second, minProvisionedTPS=1)
            described = client.describe_campaign(campaignArn=campaign)["campaign"]
        except client.exceptions.ResourceInUseException:
            described = client.describe_campaign(campaignArn=campaign)["campaign"]
        seen.append(described["latestCampaignUpdate"]["status"])
        assert described["latestCampaignUpdate"]["solutionVersionArn"] == second
        time.sleep(0.02)
    assert set(seen) <= {"CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"}, seen
    assert client.describe_campaign(campaignArn=campaign)["campaign"]["status"] == "ACTIVE"


def test_a_recommender_that_failed_does_not_answer_because_it_was_updated(server):
    """Scripts that go through all operations in turn update what they created without a look at what became of it, and
    ask it afterwards."""
    client, runtime = server.client(), server.client("personalize-runtime")
    group = make_group(client, {"domain": "ECOMMERCE"})
    schema = client.create_schema(name="clicks", schema=samples.INTERACTIONS, domain="ECOMMERCE")["schemaArn"]
    dataset = client.create_dataset(name="clicks", datasetGroupArn=group, datasetType="INTERACTIONS", schemaArn=schema)[
        "datasetArn"
    ]
    settled(lambda: client.describe_dataset(datasetArn=dataset)["dataset"])
    recommender = client.create_recommender(
        name="top", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views"
    )["recommenderArn"]

    def described() -> dict:
        return client.describe_recommender(recommenderArn=recommender)["recommender"]

    assert settled(described)["status"] == "CREATE FAILED"
    client.update_recommender(recommenderArn=recommender, recommenderConfig={"minRecommendationRequestsPerSecond": 2})
    settled(lambda: described()["latestRecommenderUpdate"])
    assert described()["status"] == "CREATE FAILED"
    with pytest.raises(runtime.exceptions.InvalidInputException, match="not active"):
        runtime.get_recommendations(recommenderArn=recommender, userId="u")


def test_a_group_is_emptied_by_loops_over_its_lists(server):
    """Clean-up scripts delete what the lists of a group show, kind by kind, read a dataset's schema before they delete
    it, and wait until nothing can be described. They know nothing of what hangs together but this order."""
    client = server.client()
    group = make_group(client, {"domain": "ECOMMERCE"})
    shapes = {
        "Interactions": samples.INTERACTIONS,
        "Items": samples.schema(
            "Items", samples.text("ITEM_ID"), {"name": "PRICE", "type": "float"}, samples.text("CATEGORY_L1", categorical=True)
        ),
        "Users": samples.USERS,
    }  # fmt: skip
    for kind, shape in shapes.items():
        schema = client.create_schema(name=kind, schema=shape, domain="ECOMMERCE")["schemaArn"]
        arn = client.create_dataset(name=kind, datasetGroupArn=group, datasetType=kind, schemaArn=schema)["datasetArn"]
        settled(lambda arn=arn: client.describe_dataset(datasetArn=arn)["dataset"])
    tracker = client.create_event_tracker(name="t", datasetGroupArn=group)["eventTrackerArn"]
    settled(lambda: client.describe_event_tracker(eventTrackerArn=tracker)["eventTracker"])
    for name in ("a", "b", "c"):
        arn = client.create_filter(
            name=name, datasetGroupArn=group, filterExpression='INCLUDE ItemID WHERE Items.CATEGORY_L1 IN ("x")'
        )["filterArn"]
        settled(lambda arn=arn: client.describe_filter(filterArn=arn)["filter"])

    assert client.list_recommenders(datasetGroupArn=group, maxResults=100)["recommenders"] == []
    trackers = []
    for page in client.get_paginator("list_event_trackers").paginate(datasetGroupArn=group):
        for each in page["eventTrackers"]:
            assert each["status"] == "ACTIVE"
            client.delete_event_tracker(eventTrackerArn=each["eventTrackerArn"])
            trackers.append(each["eventTrackerArn"])
    wait_until_gone(client, trackers, lambda arn: client.describe_event_tracker(eventTrackerArn=arn)["eventTracker"])
    filters = [each["filterArn"] for each in client.list_filters(datasetGroupArn=group, maxResults=100)["Filters"]]
    for arn in filters:
        client.delete_filter(filterArn=arn)
    wait_until_gone(client, filters, lambda arn: client.describe_filter(filterArn=arn)["filter"])
    datasets, schemas = [], []
    for page in client.get_paginator("list_datasets").paginate(datasetGroupArn=group):
        for each in page["datasets"]:
            datasets.append(each["datasetArn"])
            schemas.append(client.describe_dataset(datasetArn=each["datasetArn"])["dataset"]["schemaArn"])
            client.delete_dataset(datasetArn=each["datasetArn"])
    wait_until_gone(client, datasets, lambda arn: client.describe_dataset(datasetArn=arn)["dataset"])
    for arn in schemas:
        client.delete_schema(schemaArn=arn)
    client.delete_dataset_group(datasetGroupArn=group)
    wait_until_gone(client, [group], lambda arn: client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"])
    assert (len(trackers), len(filters), len(datasets)) == (1, 3, 3)
    assert client.list_schemas()["schemas"] == []


def test_the_dataset_of_a_tracker_is_deleted_after_the_one_whose_name_it_borrows(server):
    """Notebooks delete the tracker, the interactions, and then the ARN of the interactions with EVENT_INTERACTIONS put
    into it; the schema goes right afterwards, and the group is left behind."""
    client = server.client()
    group = make_group(client)
    dataset = make_dataset(client, group)
    tracker = client.create_event_tracker(name="t", datasetGroupArn=group)["eventTrackerArn"]
    settled(lambda: client.describe_event_tracker(eventTrackerArn=tracker)["eventTracker"])
    schema = client.describe_dataset(datasetArn=dataset)["dataset"]["schemaArn"]

    def gone(arn: str) -> None:
        wait_until_gone(client, [arn], lambda arn: client.describe_dataset(datasetArn=arn)["dataset"])

    client.delete_event_tracker(eventTrackerArn=tracker)
    wait_until_gone(client, [tracker], lambda arn: client.describe_event_tracker(eventTrackerArn=arn)["eventTracker"])
    client.delete_dataset(datasetArn=dataset)
    gone(dataset)
    unseen = dataset.replace("INTERACTIONS", "EVENT_INTERACTIONS")
    client.delete_dataset(datasetArn=unseen)
    client.delete_schema(schemaArn=schema)
    gone(unseen)
    assert client.list_datasets(datasetGroupArn=group)["datasets"] == []
    assert client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"]["status"] == "ACTIVE"


def test_filters_are_rotated_while_their_list_is_read(server):
    """Scheduled functions page over the filters of a group, create today's where it is not among them, poll it, and
    delete those of other days from the same reading."""
    client = server.client()
    group = make_group(client)
    make_dataset(client, group)

    def names() -> list[str]:
        return [each["name"] for each in client.list_filters(datasetGroupArn=group)["Filters"]]

    def rotate(day: str) -> None:
        found, outdated = False, []
        for page in client.get_paginator("list_filters").paginate(datasetGroupArn=group):
            for each in page["Filters"]:
                if each["name"] == f"seen-{day}":
                    found = True
                elif not each["status"].startswith("DELETE "):
                    outdated.append(each["filterArn"])
        if not found:
            arn = client.create_filter(
                name=f"seen-{day}",
                datasetGroupArn=group,
                filterExpression=f'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click-{day}")',
            )["filterArn"]
            assert settled(lambda: client.describe_filter(filterArn=arn)["filter"])["status"] == "ACTIVE"
        for arn in outdated:
            client.delete_filter(filterArn=arn)

    for day in ("1", "2", "2", "3", "1"):
        rotate(day)
        end = time.monotonic() + PATIENCE
        while names() != [f"seen-{day}"]:
            assert time.monotonic() < end, names()
            time.sleep(0.05)


def test_recipes_are_read_with_an_unguarded_token_and_with_a_paginator(server):
    """Notebooks take `nextToken` out of the first page of recipes without asking whether it is there; other programs
    let boto3 page, which gives up when a token comes twice."""
    client = server.client()
    for chosen in ({}, {"domain": "ECOMMERCE"}, {"domain": "VIDEO_ON_DEMAND"}):
        first = client.list_recipes(**chosen)
        second = client.list_recipes(nextToken=first["nextToken"], **chosen)
        by_hand = [recipe["name"] for page in (first, second) for recipe in page["recipes"]]
        for size in (None, 3):
            pages = client.get_paginator("list_recipes").paginate(**chosen, PaginationConfig={"PageSize": size})
            assert [recipe["name"] for page in pages for recipe in page["recipes"]] == by_hand
        assert len(by_hand) == len(set(by_hand)) >= 5


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as one bucket of small objects needs."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        self.objects[self.key()] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, ETag='"1"')

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            keys = [key for key in self.objects if key.startswith(query.get("prefix", [""])[0])]
            rows = "".join(
                f"<Contents><Key>{key}</Key><Size>{len(self.objects[key])}</Size><ETag>1</ETag>"
                "<LastModified>2024-01-31T00:00:00.000Z</LastModified></Contents>"
                for key in sorted(keys)
            )
            listing = f"<ListBucketResult><KeyCount>{len(keys)}</KeyCount><IsTruncated>false</IsTruncated>{rows}"
            return self.answer(200, f"{listing}</ListBucketResult>".encode(), Content_Type="application/xml")
        content = self.objects.get(self.key())
        if content is None:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>", Content_Type="application/xml")
        known = {"ETag": '"1"', "Last_Modified": "Wed, 31 Jan 2024 00:00:00 GMT"}
        if self.command == "GET" and (wanted := self.headers.get("Range")):
            start, _, stop = wanted.removeprefix("bytes=").partition("-")
            part = content[int(start) : int(stop) + 1 if stop else None]
            shown = f"bytes {start}-{int(start) + len(part) - 1}/{len(content)}"
            return self.answer(206, part, Content_Range=shown, **known)
        return self.answer(200, content, **known)

    do_HEAD = do_GET

    def key(self) -> str:
        return urlsplit(self.path).path.removeprefix("/bucket").lstrip("/")

    def log_message(self, *_) -> None:
        """Quietly."""


@pytest.fixture
def objects() -> Iterator[tuple[str, dict[str, bytes]]]:
    """The address of an object store, and what is in its only bucket."""
    handler = type("OneBucket", (Bucket,), {"objects": {}})
    store = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=store.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{store.server_port}", handler.objects
    store.shutdown()
    store.server_close()


def test_questions_and_answers_of_a_batch_lie_in_one_object_store(tmp_path, objects):
    """Every program that asks in batches has the questions, the answers and the data in one bucket behind an address.
    Answers are written there while questions are read from there."""
    address, bucket = objects
    bucket["clicks.csv"] = samples.csv(samples.walks()).encode()
    bucket["questions.json"] = b"".join(json.dumps({"userId": f"u{n:04}"}).encode() + b"\n" for n in range(3))
    keys = {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anything"}
    served = Served(tmp_path / "served", {"AWS_ENDPOINT_URL_S3": address, **keys}).start()
    try:
        client = served.client()
        group = make_group(client)
        dataset = make_dataset(client, group)
        load(client, dataset, "s3://bucket/clicks.csv")
        recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
        solution = client.create_solution(name="top", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
        batch = client.create_batch_inference_job(
            jobName="ask",
            solutionVersionArn=train(client, solution),
            jobInput={"s3DataSource": {"path": "s3://bucket/questions.json"}},
            jobOutput={"s3DataDestination": {"path": "s3://bucket/answers/"}},
            numResults=5,
            roleArn=ROLE,
        )["batchInferenceJobArn"]
        export = client.create_dataset_export_job(
            jobName="out",
            datasetArn=dataset,
            jobOutput={"s3DataDestination": {"path": "s3://bucket/"}},
            ingestionMode="ALL",
            roleArn=ROLE,
        )["datasetExportJobArn"]
        exported = settled(lambda: client.describe_dataset_export_job(datasetExportJobArn=export)["datasetExportJob"])
        assert exported["status"] == "ACTIVE", exported
        asked = settled(lambda: client.describe_batch_inference_job(batchInferenceJobArn=batch)["batchInferenceJob"])
        assert asked["status"] == "ACTIVE", asked
    finally:
        served.stop()
    answers = [json.loads(line) for line in bucket["answers/questions.json.out"].splitlines()]
    assert [answer["input"]["userId"] for answer in answers] == ["u0000", "u0001", "u0002"]
    assert [len(answer["output"]["recommendedItems"]) for answer in answers] == [5, 5, 5]
    parts = [content for key, content in bucket.items() if key.startswith("out/") and key.endswith(".csv")]
    assert sum(len(part.splitlines()) - 1 for part in parts) == len(samples.walks())
