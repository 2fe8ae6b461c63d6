"""What a request for items may ask beyond a list: filters, promotions, metadata, exploration, items like another."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException, ThrottlingException
from tests import samples
from tests.conftest import caller

SIZE = samples.RING * samples.RINGS
GENRE0 = {f"r0-{place:02}" for place in range(samples.RING)}
ITEMS = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    samples.text("GENRE", categorical=True),
    {"name": "PRICE", "type": ["float", "null"]},
    {"name": "CREATION_TIMESTAMP", "type": ["long", "null"]},
    {"name": "BRAND_NAME", "type": ["string", "null"]},
)


@pytest.fixture
def items_csv() -> str:
    rows = [
        (f"r{ring}-{place:02}", f"genre{ring}|all", place + 0.5, "", f"Brand {ring}")
        for ring in range(samples.RINGS)
        for place in range(samples.RING)
    ]
    return samples.csv(rows, "ITEM_ID,GENRE,PRICE,CREATION_TIMESTAMP,BRAND_NAME")


@pytest.fixture
def shop(call, run_jobs, group, load, settings, items_csv):
    """A group with events, items and users; answers with its ARN."""
    load(samples.csv(samples.walks()))
    for dataset_type, schema, content in (
        ("Items", ITEMS, items_csv),
        ("Users", samples.USERS, samples.csv([("u0000", 15), ("u0001", 40)], "USER_ID,AGE")),
    ):
        made = call("CreateSchema", name=dataset_type, schema=schema)["schemaArn"]
        arn = call("CreateDataset", name=dataset_type, datasetGroupArn=group, schemaArn=made, datasetType=dataset_type)
        run_jobs()
        location = samples.put(settings.data_dir, f"{dataset_type}.csv", content)
        call(
            "CreateDatasetImportJob",
            jobName=dataset_type,
            datasetArn=arn["datasetArn"],
            dataSource={"dataLocation": location},
        )
        run_jobs()
    return group


@pytest.fixture
def deploy(call, run_jobs, shop, train):
    names = iter(f"campaign{number}" for number in range(1000))

    def deploy(recipe: str = "aws-user-personalization-v2", **more) -> str:
        version = train(recipe)["solutionVersionArn"]
        arn = call("CreateCampaign", name=next(names), solutionVersionArn=version, **more)["campaignArn"]
        run_jobs()
        return arn

    return deploy


@pytest.fixture
def filter_(call, run_jobs, shop):
    names = iter(f"filter{number}" for number in range(1000))

    def filter_(expression: str) -> str:
        arn = call("CreateFilter", name=next(names), datasetGroupArn=shop, filterExpression=expression)["filterArn"]
        run_jobs()
        return arn

    return filter_


@pytest.fixture
def tracker(call, run_jobs, shop) -> str:
    tracking = call("CreateEventTracker", name="t", datasetGroupArn=shop)["trackingId"]
    run_jobs()
    return tracking


def ids(answer: dict) -> list[str]:
    return [item["itemId"] for item in answer.get("itemList", answer.get("personalizedRanking"))]


def send(call, tracker: str, user: str, item: str, event_type: str, **more) -> None:
    event = {"eventType": event_type, "itemId": item, "sentAt": 1_800_000_000, **more}
    call("PutEvents", trackingId=tracker, sessionId="s", userId=user, eventList=[event])


def test_a_filter_chooses(call, deploy, filter_):
    arn = deploy()
    ask = {"campaignArn": arn, "userId": "u0002", "numResults": 500}
    plain = ids(call("GetRecommendations", **ask))
    genre = filter_("INCLUDE ItemID WHERE Items.GENRE IN ($G) AND Items.PRICE < $P")
    some = ids(call("GetRecommendations", **ask, filterArn=genre, filterValues={"G": '"genre0"', "P": "5"}))
    assert some == [item for item in plain if item in {f"r0-{place:02}" for place in range(5)}]
    with pytest.raises(InvalidInputException, match="parameter G is missing a value"):
        call("GetRecommendations", **ask, filterArn=genre)
    without = filter_("EXCLUDE ItemID WHERE Items.GENRE IN ($G)")
    assert ids(call("GetRecommendations", **ask, filterArn=without)) == plain  # an EXCLUDE without a value does nothing
    rest = call("GetRecommendations", **ask, filterArn=without, filterValues={"G": '"genre0","genre1"'})
    assert ids(rest) == [item for item in plain if item.startswith("r2")]
    whole = {item["itemId"]: item["score"] for item in call("GetRecommendations", **ask)["itemList"]}
    assert {item["itemId"]: item["score"] for item in rest["itemList"]}.items() <= whole.items()


def test_a_filter_sees_an_event_at_once(call, deploy, filter_, tracker):
    arn = deploy("aws-popularity-count")
    bought = filter_('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")')
    ask = {"campaignArn": arn, "userId": "u0002", "numResults": 500, "filterArn": bought}
    before = ids(call("GetRecommendations", **ask))
    assert len(before) == SIZE
    send(call, tracker, "u0002", before[3], "purchase")
    assert ids(call("GetRecommendations", **ask)) == before[:3] + before[4:]
    with pytest.raises(InvalidInputException, match="userId is required because the filter"):
        call("GetRecommendations", campaignArn=arn, filterArn=bought)


def test_a_filter_asks_about_the_user(call, deploy, filter_):
    arn = deploy("aws-popularity-count")
    young = filter_('EXCLUDE ItemID WHERE Items.GENRE IN ("genre0") IF CurrentUser.AGE < 18')
    for user, length in (("u0000", SIZE - samples.RING), ("u0001", SIZE), ("nobody", SIZE)):
        answer = call("GetRecommendations", campaignArn=arn, userId=user, numResults=500, filterArn=young)
        assert len(ids(answer)) == length


def test_a_filter_that_cannot_choose_here(call, deploy, filter_, run_jobs):
    arn = deploy("aws-popularity-count")
    for expression, why in (
        ("INCLUDE UserID WHERE Users.AGE > 3", "items need one by ItemID"),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "CurrentItem, which only recipes of type RELATED"),
    ):
        with pytest.raises(InvalidInputException, match=why):
            call("GetRecommendations", campaignArn=arn, userId="u", filterArn=filter_(expression))
    group = call("CreateDatasetGroup", name="other")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="other", schema=samples.ITEMS)["schemaArn"]
    call("CreateDataset", name="other", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    run_jobs()
    made = {"name": "other", "datasetGroupArn": group, "filterExpression": "EXCLUDE ItemID WHERE Items.PRICE > 3"}
    foreign = call("CreateFilter", **made)["filterArn"]
    with pytest.raises(InvalidInputException, match="must be ACTIVE"):
        call("GetRecommendations", campaignArn=arn, userId="u", filterArn=foreign)
    run_jobs()
    with pytest.raises(ResourceNotFoundException):
        call("GetRecommendations", campaignArn=arn, userId="u", filterArn=foreign + "x")


def test_a_ranking_is_filtered_too(call, deploy, filter_):
    arn = deploy("aws-personalized-ranking-v2")
    ask = {"campaignArn": arn, "userId": "u0002", "inputList": ["r1-01", "new", "r0-01", "r2-01"]}
    no_genre0 = filter_('EXCLUDE ItemID WHERE Items.GENRE IN ("genre0")')
    answer = call("GetPersonalizedRanking", **ask, filterArn=no_genre0)
    assert set(ids(answer)[:2]) == {"r1-01", "r2-01"}
    assert answer["personalizedRanking"][2] == {"itemId": "new"}
    assert sum(item.get("score", 0) for item in answer["personalizedRanking"]) == pytest.approx(1, abs=1e-6)
    genre0 = filter_('INCLUDE ItemID WHERE Items.GENRE IN ("genre0")')
    assert ids(call("GetPersonalizedRanking", **ask, filterArn=genre0)) == ["r0-01"]


def test_a_promotion_gets_its_places(call, deploy, filter_):
    arn = deploy()
    cheap = filter_("INCLUDE ItemID WHERE Items.PRICE < 3")
    genre0 = filter_('INCLUDE ItemID WHERE Items.GENRE IN ("genre0")')
    promotion = {"name": "sale", "percentPromotedItems": 50, "filterArn": cheap}
    ask = {"campaignArn": arn, "userId": "u0002", "numResults": 10, "filterArn": genre0}
    plain = ids(call("GetRecommendations", campaignArn=arn, userId="u0002", numResults=500))
    places = Counter()
    for _ in range(20):
        items = call("GetRecommendations", **ask, promotions=[promotion])["itemList"]
        promoted = [item["itemId"] for item in items if item.get("promotionName") == "sale"]
        assert len(promoted) == 5
        assert promoted == sorted(promoted, key=plain.index)
        assert all(item["reason"] == ["Promoted item"] for item in items if "promotionName" in item)
        others = [item["itemId"] for item in items if "promotionName" not in item]
        assert set(others) <= GENRE0 - set(promoted)
        assert others == sorted(others, key=plain.index)
        assert any(not item.startswith("r0") for item in promoted)  # the filter of the request has no say
        places.update(place for place, item in enumerate(items) if "promotionName" in item)
    assert len(places) == 10
    few = call(
        "GetRecommendations", **{**ask, "numResults": 50}, promotions=[{**promotion, "percentPromotedItems": 90}]
    )
    assert len([item for item in few["itemList"] if "promotionName" in item]) == 9
    with pytest.raises(InvalidInputException, match="percentPromotedItems is missing"):
        call("GetRecommendations", **ask, promotions=[{"name": "x", "filterArn": cheap}])


def test_metadata_is_told_as_it_is_now(call, deploy, filter_, shop):
    arn = deploy()
    ask = {"campaignArn": arn, "userId": "u0002", "numResults": 3}
    columns = {"ITEMS": ["BRAND_NAME", "price", "GENRE"]}
    items = call("GetRecommendations", **ask, metadataColumns=columns)["itemList"]
    first = items[0]["itemId"]
    ring, place = int(first[1]), int(first[3:])
    expected = {"brand_name": f"Brand {ring}", "price": str(place + 0.5), "genre": f"genre{ring}|all"}
    assert items[0]["metadata"] == expected
    for faulty, why in (
        ({"ITEMS": ["NOPE"]}, "Column NOPE does not exist in the Items dataset."),
        ({"USERS": ["AGE"]}, "columns of ITEMS"),
        ({"ITEMS": [f"C{number}" for number in range(11)]}, "at most 10"),
    ):
        with pytest.raises(InvalidInputException, match=why):
            call("GetRecommendations", **ask, metadataColumns=faulty)
    with pytest.raises(InvalidInputException, match="at most 50 can be asked for with metadata"):
        call("GetRecommendations", **{**ask, "numResults": 51}, metadataColumns=columns)
    plain = deploy("aws-popularity-count")
    with pytest.raises(InvalidInputException, match="Metadata with recommendations is not enabled"):
        call("GetRecommendations", campaignArn=plain, userId="u", metadataColumns=columns)
    told = deploy("aws-popularity-count", campaignConfig={"enableMetadataWithRecommendations": True})
    items = call("GetRecommendations", campaignArn=told, userId="u", metadataColumns=columns)["itemList"]
    assert all(set(item) == {"itemId", "metadata"} for item in items)


def test_a_new_item_can_be_promoted_before_it_is_trained_on(call, deploy, filter_, shop, house):
    arn = deploy()
    fresh = filter_('INCLUDE ItemID WHERE Items.BRAND_NAME IN ("Fresh")')
    promotion = {"name": "fresh", "percentPromotedItems": 20, "filterArn": fresh}
    ask = {"campaignArn": arn, "userId": "u0002", "numResults": 10, "promotions": [promotion]}
    assert not any("promotionName" in item for item in call("GetRecommendations", **ask)["itemList"])
    properties = json.dumps({"genre": "genre0", "brandName": "Fresh"})
    items = [{"itemId": "brand-new", "properties": properties}]
    call("PutItems", datasetArn=shop.replace(":dataset-group/", ":dataset/") + "/ITEMS", items=items)
    house.views.refresh()
    found = call("GetRecommendations", **ask, metadataColumns={"ITEMS": ["BRAND_NAME"]})["itemList"]
    promoted = [item for item in found if "promotionName" in item]
    assert [item["itemId"] for item in promoted] == ["brand-new"]
    assert promoted[0]["metadata"] == {"brand_name": "Fresh"}
    assert "score" not in promoted[0]


def test_exploration_brings_new_items_and_can_be_turned_off(call, deploy, shop, house):
    properties = json.dumps({"genre": "genre0", "creationTimestamp": 1_700_000_000})
    items = [{"itemId": f"new-{number}", "properties": properties} for number in range(8)]
    everything = {"itemExplorationConfig": {"explorationWeight": "1"}}
    arn = deploy("aws-user-personalization", campaignConfig=everything)
    call("PutItems", datasetArn=shop.replace(":dataset-group/", ":dataset/") + "/ITEMS", items=items)
    house.views.refresh()
    found: Counter = Counter()
    for user in range(120):
        ask = {"campaignArn": arn, "userId": f"u{user:04}", "numResults": 10}
        answer = call("GetRecommendations", **ask)
        assert ids(call("GetRecommendations", **ask)) == ids(answer)  # the same page for an hour
        found.update(item for item in ids(answer) if item.startswith("new"))
        shown = house.shown.find(answer["recommendationId"])
        assert shown.items == ids(answer)
        assert all(0 < each <= 1 for each in shown.probabilities)
    assert len(found) == 8
    never = deploy("aws-user-personalization", campaignConfig={"itemExplorationConfig": {"explorationWeight": "0"}})
    for user in range(20):
        answer = call("GetRecommendations", campaignArn=never, userId=f"u{user:04}", numResults=10)
        assert not any(item.startswith("new") for item in ids(answer))


def test_items_like_another(call, deploy, filter_):
    arn = deploy("aws-sims")
    related = ids(call("GetRecommendations", campaignArn=arn, itemId="r0-05", numResults=10))
    assert "r0-05" not in related
    assert {"r0-04", "r0-06"} <= set(related[:4])
    cheaper = filter_("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND Items.GENRE IN CurrentItem.GENRE")
    kept = ids(call("GetRecommendations", campaignArn=arn, itemId="r0-05", numResults=500, filterArn=cheaper))
    assert sorted(kept) == [
        f"r{ring}-{place:02}" for ring in range(samples.RINGS) for place in range(5)
    ]  # they share "all"
    assert len(ids(call("GetRecommendations", campaignArn=arn, itemId="unknown", numResults=10))) == 10
    with pytest.raises(InvalidInputException, match="itemId is required for recipe type RELATED_ITEMS"):
        call("GetRecommendations", campaignArn=arn, userId="u0001")


def test_what_was_shown_is_found_again_as_impressions(call, deploy, tracker, house):
    arn = deploy("aws-popularity-count")
    answer = call("GetRecommendations", campaignArn=arn, userId="u0002", numResults=5)
    assert len(answer["recommendationId"]) == 40
    send(call, tracker, "u0002", "r0-01", "click", recommendationId=answer["recommendationId"])
    entry = house.journal.of_subject(house.interactions_of(arn_group(house)), "u0002", 0, 10)[-1]
    assert json.loads(entry.records[0]["_extra"])["IMPRESSION"] == ids(answer)


def arn_group(house) -> str:
    return f"arn:aws:personalize:{house.place.region}:{house.place.account}:dataset-group/g"


def test_rate_limits_are_kept_where_they_are_wanted(call, deploy, house):
    arn = deploy("aws-popularity-count", minProvisionedTPS=3)
    for _ in range(10):
        call("GetRecommendations", campaignArn=arn, userId="u")
    call = caller(replace(house, throttle="provisioned"))
    answered = 0
    with pytest.raises(ThrottlingException, match="More than 3 requests a second of GetRecommendations"):
        for _ in range(100):
            call("GetRecommendations", campaignArn=arn, userId="u")
            answered += 1
    assert 3 <= answered < 100


def test_a_request_may_exclude_items_where_the_language_is_extended(call, deploy, house):
    arn = deploy("aws-popularity-count")
    ask = {"campaignArn": arn, "userId": "u", "numResults": 500, "filterValues": {"EXCLUDE_ITEM_IDS": "r0-01, r0-02"}}
    assert len(ids(call("GetRecommendations", **ask))) == SIZE
    call = caller(replace(house, extended_filters=True))
    assert set(ids(call("GetRecommendations", **ask))) == {
        f"r{ring}-{place:02}" for ring in range(samples.RINGS) for place in range(samples.RING)
    } - {"r0-01", "r0-02"}


def test_actions_need_a_recipe_of_actions(call, deploy):
    arn = deploy("aws-popularity-count")
    with pytest.raises(InvalidInputException, match="does not support GetActionRecommendations"):
        call("GetActionRecommendations", campaignArn=arn, userId="u")
    for request, why in (({"userId": "u"}, "campaignArn"), ({"campaignArn": arn}, "userId is required")):
        with pytest.raises(InvalidInputException, match=why):
            call("GetActionRecommendations", **request)


def test_a_batch_is_filtered_line_by_line(call, run_jobs, deploy, filter_, settings):
    arn = deploy()
    version = call("DescribeCampaign", campaignArn=arn)["campaign"]["solutionVersionArn"]
    genre = filter_("INCLUDE ItemID WHERE Items.GENRE IN ($G)")
    lines = [{"userId": "u0002", "filterValues": {"G": f'"genre{ring}"'}} for ring in range(3)] + [{"userId": "u0002"}]
    source = samples.put(settings.data_dir, "in/users.json", "\n".join(map(json.dumps, lines)))
    job = call(
        "CreateBatchInferenceJob",
        jobName="batch",
        solutionVersionArn=version,
        filterArn=genre,
        numResults=30,
        roleArn="arn:aws:iam::000000000000:role/r",
        jobInput={"s3DataSource": {"path": source}},
        jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
    )["batchInferenceJobArn"]
    run_jobs()
    assert call("DescribeBatchInferenceJob", batchInferenceJobArn=job)["batchInferenceJob"]["status"] == "ACTIVE"
    written = settings.data_dir / "buckets" / "bucket" / "out" / "users.json.out"
    told = [json.loads(line) for line in written.read_text().splitlines()]
    for ring in range(3):
        found = told[ring]["output"]["recommendedItems"]
        assert set(found) == {f"r{ring}-{place:02}" for place in range(samples.RING)}
    assert "parameter G is missing a value" in told[3]["error"]


def test_an_update_under_load_drops_no_request(call, run_jobs, deploy, train, filter_):
    arn = deploy("aws-popularity-count")
    genre = filter_('INCLUDE ItemID WHERE Items.GENRE IN ("genre0")')
    newer = train("aws-user-personalization-v2")["solutionVersionArn"]
    done, lengths = threading.Event(), []

    def ask() -> None:
        while not done.is_set() or not lengths:
            lengths.append(len(ids(call("GetRecommendations", campaignArn=arn, userId="u0002", filterArn=genre))))

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        call("UpdateCampaign", campaignArn=arn, solutionVersionArn=newer)
        run_jobs()
        for _ in range(200):
            answer = call("GetRecommendations", campaignArn=arn, userId="u0002", filterArn=genre)["itemList"]
            if "score" in answer[0]:
                break
            time.sleep(0.05)
        done.set()
        for each in asking:
            each.result()  # raises what a request raised
    assert "score" in answer[0]  # the new version answers
    assert set(lengths) == {samples.RING}


def test_campaigns_on_one_version_share_its_model(call, run_jobs, deploy, house):
    first = deploy("aws-popularity-count")
    version = call("DescribeCampaign", campaignArn=first)["campaign"]["solutionVersionArn"]
    second = call("CreateCampaign", name="second", solutionVersionArn=version)["campaignArn"]
    run_jobs()
    for arn in (first, second):
        call("GetRecommendations", campaignArn=arn, userId="u")
    assert len(house.live.models) == 1
