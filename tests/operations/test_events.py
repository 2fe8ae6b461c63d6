"""Events through the API: what is accepted, where it is afterwards, and what it changes."""

import json
import time

import polars as pl
import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.lake.table import Table
from penchant.serving.shown import ShownList
from penchant.work.fold import fold
from tests import samples

GOOD = samples.csv(samples.walks())
ACTION_INTERACTIONS = samples.schema(
    "ActionInteractions",
    samples.text("USER_ID"),
    samples.text("ACTION_ID"),
    samples.text("EVENT_TYPE"),
    {"name": "TIMESTAMP", "type": "long"},
)


@pytest.fixture
def tracking_id(call, run_jobs, group) -> str:
    answer = call("CreateEventTracker", name="t", datasetGroupArn=group)
    run_jobs()
    return answer["trackingId"]


@pytest.fixture
def send(call, tracking_id):
    """Send one event for each item; None is an event without one."""
    moments = iter(range(1_800_000_000, 1_900_000_000))

    def send(*item_ids: str | None, user: str | None = "u0000", session: str = "s", **more) -> None:
        for item_id in item_ids:
            event = {"eventType": "click", "sentAt": next(moments), **more}
            who = {} if user is None else {"userId": user}
            event |= {} if item_id is None else {"itemId": item_id}
            call("PutEvents", trackingId=tracking_id, sessionId=session, eventList=[event], **who)

    return send


@pytest.fixture
def stored(house, dataset):
    """The streamed rows of the Interactions dataset, oldest first."""

    def stored() -> list[dict]:
        if not fold(house, dataset):
            return []
        rows = Table(house.dataset_folder(dataset)).rows()
        return rows.filter(pl.col("_provenance") == "PUT").sort("_sequence").collect().to_dicts()

    return stored


def test_an_event_with_everything_in_its_properties(call, tracking_id, stored):
    """Test vector 7: how Segment's and mParticle's programs send it."""
    properties = json.dumps({"itemId": "a", "eventValue": "4"})
    event = {"eventType": "click", "sentAt": 1553631760, "properties": properties}
    assert call("PutEvents", trackingId=tracking_id, sessionId="s", userId="u", eventList=[event]) == {}
    (row,) = stored()
    assert {name: row[name] for name in ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE")} == {
        "USER_ID": "u",
        "ITEM_ID": "a",
        "TIMESTAMP": 1553631760,
        "EVENT_TYPE": "click",
        "EVENT_VALUE": 4.0,
    }


def test_the_example_of_the_guide(call, tracking_id, stored):
    event = {
        "eventType": "click",
        "sentAt": 1553631760.25,
        "itemId": "i9",
        "eventValue": 1.5,
        "properties": json.dumps({"device": "phone"}),
        "recommendationId": "RID-279bc670-9f3a-4633-b670-1183fd50c323",
        "impression": ["i9", "i2"],
        "metricAttribution": {"eventAttributionSource": "homepage"},
    }
    call("PutEvents", trackingId=tracking_id, sessionId="s1", userId="u1", eventList=[event])
    (row,) = stored()
    assert (row["ITEM_ID"], row["TIMESTAMP"], row["EVENT_VALUE"]) == ("i9", 1553631760, 1.5)
    assert (row["_session"], row["_anonymous"]) == ("s1", False)
    # What the schema has no column for is not lost.
    assert json.loads(row["_extra"]) == {
        "device": "phone",
        "RECOMMENDATION_ID": "RID-279bc670-9f3a-4633-b670-1183fd50c323",
        "IMPRESSION": ["i9", "i2"],
        "EVENT_ATTRIBUTION_SOURCE": "homepage",
    }


def note_list(house, *items: str, source: str = "campaign/c") -> str:
    """A list as it was answered; gives its recommendationId."""
    arn = (
        source
        if source.startswith("arn:")
        else f"arn:aws:personalize:{house.place.region}:{house.place.account}:{source}"
    )
    return house.shown.note(ShownList(time.time(), arn, "u1", list(items)))


def test_an_event_that_names_a_list_tells_what_was_shown(call, house, send, stored):
    """The guide: implicit impressions, and that an explicit one goes before them."""
    shown = note_list(house, "a", "b")
    send("a", recommendationId=shown)
    send("a", recommendationId=shown, impression=["c"])
    send("a", recommendationId="RID-279bc670-9f3a-4633-b670-1183fd50c323")
    rows = [json.loads(row["_extra"]) for row in stored()]
    assert [row.get("IMPRESSION") for row in rows] == [["a", "b"], ["c"], None]
    assert rows[0]["RECOMMENDATION_ID"] == shown


@pytest.mark.parametrize(
    "source",
    ["arn:aws:personalize:us-west-2:000000000000:campaign/c", "arn:aws:personalize:eu-west-1:111111111111:campaign/c"],
)
def test_a_list_of_another_place_is_none_of_the_caller_s(house, send, stored, source):
    send("a", recommendationId=note_list(house, "a", "b", source=source))
    assert "IMPRESSION" not in json.loads(stored()[0]["_extra"])


def test_properties_that_are_no_json(call, tracking_id, stored):
    """Test vector 8, with Amazon's words."""
    good, bad = ({"eventType": "c", "sentAt": 1, "itemId": "a", "properties": text} for text in ("{}", "{bad"))
    with pytest.raises(InvalidInputException, match=r"^Error parsing properties json$"):
        call("PutEvents", trackingId=tracking_id, sessionId="s", userId="u", eventList=[good, bad])
    assert stored() == []  # all of a call or nothing


def test_eleven_events(call, tracking_id):
    """Test vector 9."""
    events = [{"eventType": "c", "sentAt": 1, "itemId": "a"}] * 11
    with pytest.raises(InvalidInputException, match="eventList"):
        call("PutEvents", trackingId=tracking_id, sessionId="s", eventList=events)


def test_a_tracker_that_does_not_exist_is_not_active_or_is_gone(call, run_jobs, group):
    request = {"sessionId": "s", "eventList": [{"eventType": "c", "sentAt": 1, "itemId": "a"}]}
    with pytest.raises(InvalidInputException, match="Invalid trackingId"):
        call("PutEvents", trackingId="nope", **request)
    tracker = call("CreateEventTracker", name="t", datasetGroupArn=group)
    with pytest.raises(InvalidInputException, match="CREATE PENDING"):
        call("PutEvents", trackingId=tracker["trackingId"], **request)
    call("DeleteEventTracker", eventTrackerArn=tracker["eventTrackerArn"]) if run_jobs() else None
    with pytest.raises(InvalidInputException, match="DELETE PENDING"):
        call("PutEvents", trackingId=tracker["trackingId"], **request)
    run_jobs()
    with pytest.raises(InvalidInputException, match="Invalid trackingId"):
        call("PutEvents", trackingId=tracker["trackingId"], **request)


def test_a_group_without_interactions_takes_no_events(call, run_jobs):
    group = call("CreateDatasetGroup", name="bare")["datasetGroupArn"]
    run_jobs()
    tracker = call("CreateEventTracker", name="t", datasetGroupArn=group)
    run_jobs()
    with pytest.raises(InvalidInputException, match="no Interactions dataset"):
        call(
            "PutEvents",
            trackingId=tracker["trackingId"],
            sessionId="s",
            eventList=[{"eventType": "c", "sentAt": 1, "itemId": "a"}],
        )


def test_events_go_to_the_tracker_s_own_place_only(house, tracking_id):
    from penchant.contract.arns import Place
    from penchant.operations.api import Api

    request = {"trackingId": tracking_id, "sessionId": "s", "eventList": [{"eventType": "c", "sentAt": 1}]}
    with pytest.raises(InvalidInputException, match="Invalid trackingId"):
        Api(house).call("PutEvents", request, Place("000000000000", "us-west-2"))


def recommended(call, campaign: str, user: str, number: int = 3) -> list[str]:
    items = call("GetRecommendations", campaignArn=campaign, userId=user, numResults=number)["itemList"]
    return [item["itemId"] for item in items]


@pytest.fixture
def campaign(call, run_jobs, load, train):
    def campaign(name: str = "c", recipe: str = "aws-user-personalization-v2") -> str:
        version = train(recipe)
        assert version["status"] == "ACTIVE", version
        arn = call("CreateCampaign", name=name, solutionVersionArn=version["solutionVersionArn"])["campaignArn"]
        run_jobs()
        return arn

    return campaign


def test_the_next_request_knows_what_somebody_did(call, load, campaign, send):
    load(GOOD)
    arn = campaign()
    assert recommended(call, arn, "u0000")[0].startswith("r0")  # the ring where this user always walked
    send("r1-03", "r1-04", "r1-05")
    assert recommended(call, arn, "u0000")[0] == "r1-06"
    for user in ("new", "other"):
        send("r2-10", "r2-11", user=user)
        assert recommended(call, arn, user)[0] == "r2-12"


def test_it_changes_a_ranking_too(call, load, campaign, send):
    load(GOOD)
    arn = campaign("ranking", "aws-personalized-ranking-v2")

    def ranked() -> str:
        items = ["r0-00", "r2-06", "unknown"]
        return call("GetPersonalizedRanking", campaignArn=arn, userId="x", inputList=items)["personalizedRanking"]

    send("r2-04", "r2-05", user="x")
    assert [item["itemId"] for item in ranked()] == ["r2-06", "r0-00", "unknown"]


def test_a_list_that_is_the_same_for_all_stays_the_same(call, load, campaign, send):
    load(GOOD)
    arn = campaign("popular", "aws-popularity-count")
    before = recommended(call, arn, "u0000", 25)
    send("r1-03", "r1-04")
    assert recommended(call, arn, "u0000", 25) == before


def test_items_that_the_model_does_not_know_are_passed_over(call, load, campaign, send):
    load(GOOD)
    arn = campaign()
    send("brand-new", user="x")
    assert recommended(call, arn, "x") == recommended(call, arn, "nobody")
    send("r1-03", "brand-new", "r1-04", user="x")
    assert recommended(call, arn, "x")[0] == "r1-05"


def test_the_anonymous_become_known_at_the_next_training(call, load, campaign, send):
    """Test vector 37."""
    load(GOOD)
    first = campaign("first")
    send("r1-03", "r1-04", user=None, session="visit")
    assert recommended(call, first, "visit")[0] == "r1-05"
    assert recommended(call, first, "anna")[0] == recommended(call, first, "nobody")[0]
    send(None, user="anna", session="visit")  # signing in is no interaction, and links the two
    second = campaign("second")
    assert recommended(call, second, "anna")[0] == "r1-05"
    assert recommended(call, second, "visit")[0] == recommended(call, second, "nobody")[0]
    send("r1-05", user="anna", session="another")
    assert recommended(call, second, "anna")[0] == "r1-06"


def test_a_training_counts_an_event_id_once_and_leaves_unlinked_visits_out(call, house, load, campaign, send, train):
    load(GOOD)
    send("r1-03", user="new", eventId="same")
    send("r2-03", user="new", eventId="same")
    send("r2-03", user=None, session="visit")
    version = train("aws-user-personalization-v2")
    model = house.live.model(house.artifact_folder(version["solutionVersionArn"]))
    code = model.users.code("new")
    history = model.history[model.offsets[code] : model.offsets[code + 1]]
    assert [model.items.id(item) for item in history.tolist()] == ["r1-03"]
    assert model.users.code("visit") is None


def test_only_events_that_the_model_was_trained_on_count(call, load, campaign, send, train, run_jobs):
    load(GOOD)
    version = train("aws-user-personalization-v2", eventType="click")["solutionVersionArn"]
    arn = call("CreateCampaign", name="clicks", solutionVersionArn=version)["campaignArn"]
    run_jobs()
    send("r2-03", "r2-04", user="x", eventType="hover")
    assert recommended(call, arn, "x") == recommended(call, arn, "nobody")
    send("r1-03", "r1-04", user="x")
    assert recommended(call, arn, "x")[0] == "r1-05"


def test_a_deleted_user_is_forgotten_everywhere(call, house, load, campaign, send, group, settings, run_jobs, stored):
    load(GOOD)
    arn = campaign()
    send("r1-03", "r1-04", user=None, session="visit")
    send("r1-05", user="anna", session="visit")
    send("r2-05", "r2-06", user="ben")
    samples.put(settings.data_dir, "gone/users.csv", "USER_ID\nanna\n")
    job = call(
        "CreateDataDeletionJob",
        jobName="d",
        datasetGroupArn=group,
        dataSource={"dataLocation": "s3://bucket/gone/"},
        roleArn="arn:aws:iam::000000000000:role/r",
    )["dataDeletionJobArn"]
    run_jobs()
    done = call("DescribeDataDeletionJob", dataDeletionJobArn=job)["dataDeletionJob"]
    assert (done["status"], done["numDeleted"]) == ("COMPLETED", 3)
    assert {row["USER_ID"] for row in stored()} == {"ben"}
    nobody = recommended(call, arn, "nobody")
    assert recommended(call, arn, "anna") == nobody and recommended(call, arn, "visit") == nobody
    assert recommended(call, arn, "ben")[0] == "r2-07"
    send("r1-03", user="anna")  # one who comes back is somebody new
    assert recommended(call, arn, "anna")[0] == "r1-04"


def test_a_dataset_of_the_same_name_knows_nothing_of_the_one_before(
    call, house, run_jobs, dataset, group, send, stored
):
    send("a")
    assert len(stored()) == 1
    send("b")
    for tracker in call("ListEventTrackers", datasetGroupArn=group)["eventTrackers"]:
        call("DeleteEventTracker", eventTrackerArn=tracker["eventTrackerArn"])
    run_jobs()
    call("DeleteDataset", datasetArn=dataset)
    run_jobs()
    schema = call("ListSchemas")["schemas"][0]["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    run_jobs()
    assert fold(house, dataset) == 0 and not Table(house.dataset_folder(dataset)).exists()


def test_a_full_import_leaves_what_was_streamed(load, send, stored):
    """Test vector 25."""
    send("a")
    load(GOOD)
    send("b")
    load(GOOD)
    assert [row["ITEM_ID"] for row in stored()] == ["a", "b"]


def test_training_on_streamed_events_alone(call, run_jobs, group, tracking_id, train):
    for start in range(0, 1920, 10):
        rows = samples.walks()[start : start + 10]
        by_user: dict[str, list] = {}
        for user, item, moment, kind, value in rows:
            event = {"eventType": kind, "sentAt": moment, "itemId": item, "eventValue": value}
            by_user.setdefault(user, []).append(event)
        for user, events in by_user.items():
            call("PutEvents", trackingId=tracking_id, userId=user, sessionId="s" + user, eventList=events)
    assert train("aws-user-personalization-v2")["status"] == "ACTIVE"


@pytest.fixture
def actions(call, run_jobs, group) -> str:
    """The tracking id of an Action_Interactions dataset."""
    schema = call("CreateSchema", name="ai", schema=ACTION_INTERACTIONS)["schemaArn"]
    arn = call("CreateDataset", name="ai", datasetGroupArn=group, schemaArn=schema, datasetType="Action_Interactions")
    run_jobs()
    return call("DescribeDataset", **arn)["dataset"]["trackingId"]


def test_interactions_with_actions(call, house, actions, dataset):
    def entry(user: str, event_type: str) -> dict:
        return {"actionId": "a", "userId": user, "sessionId": "s", "timestamp": 1_700_000_000, "eventType": event_type}

    entries = [entry("u1", "Viewed"), entry("u1", "Not Taken"), entry("u2", "TAKEN")]
    assert call("PutActionInteractions", trackingId=actions, actionInteractions=entries) == {}
    arn = dataset.replace("INTERACTIONS", "ACTION_INTERACTIONS")
    fold(house, arn)
    rows = Table(house.dataset_folder(arn)).rows().sort("_sequence").collect()
    assert rows.select("USER_ID", "EVENT_TYPE").rows() == [("u1", "VIEWED"), ("u1", "NOT_TAKEN"), ("u2", "TAKEN")]
    with pytest.raises(InvalidInputException, match="Not Taken"):
        call("PutActionInteractions", trackingId=actions, actionInteractions=[entry("u1", "Clicked")])
    with pytest.raises(ResourceNotFoundException, match="Invalid trackingId"):
        call("PutActionInteractions", trackingId="nope", actionInteractions=entries)


def test_event_trackers_and_action_interactions_have_ids_of_their_own(call, actions, tracking_id):
    event = {"eventType": "c", "sentAt": 1, "itemId": "a"}
    with pytest.raises(InvalidInputException, match="Invalid trackingId"):
        call("PutEvents", trackingId=actions, sessionId="s", eventList=[event])
    entry = {"actionId": "a", "userId": "u", "sessionId": "s", "timestamp": 1, "eventType": "Viewed"}
    with pytest.raises(ResourceNotFoundException):
        call("PutActionInteractions", trackingId=tracking_id, actionInteractions=[entry])
