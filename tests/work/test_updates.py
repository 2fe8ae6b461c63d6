"""Updates of deployed models, rule by rule, with a clock that the test moves."""

import json
import os
import shutil
import threading
import time

import numpy as np
import pytest

from penchant import main
from penchant.artifacts.sealed import MANIFEST, UPDATES
from penchant.contract.errors import InvalidInputException
from penchant.jobs import ledger
from penchant.operations.measured import measured
from penchant.operations.updates import updated
from penchant.recipes.parts.sequence_model import UNTOUCHED
from penchant.resources import book, updates
from penchant.resources.kinds import KINDS
from penchant.serving.answering import open_answering
from penchant.store import clock as clock_module
from penchant.work import bring_up, refresh
from penchant.work.kept import needed_after
from penchant.work.updates import Updates
from penchant.work.upkeep import SUPERSEDED_SECONDS, Upkeep
from tests import samples
from tests.operations.conftest import dataset, group, load, train  # noqa: F401
from tests.work.moving import HOUR, MINUTE, MovedClock

V2, V1 = "aws-user-personalization-v2", "aws-user-personalization"
SMALL = {"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "32", "bptt": "4"}}}
NEW = "a-new-one"
ITEMS = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    samples.text("GENRE", categorical=True, type=["string", "null"]),
    {"name": "PRICE", "type": "float"},
)


@pytest.fixture
def moved(monkeypatch) -> MovedClock:
    moved = MovedClock(time.time())
    monkeypatch.setattr(clock_module, "source", moved)
    return moved


@pytest.fixture
def items(call, run_jobs, group, settings) -> str:  # noqa: F811
    """An Items dataset whose genres are the rings that people walk."""
    schema = call("CreateSchema", name="items", schema=ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    location = samples.put(settings.data_dir, "items.csv", samples.items_csv())
    call("CreateDatasetImportJob", jobName="items", datasetArn=arn, dataSource={"dataLocation": location})
    run_jobs()
    return arn


@pytest.fixture
def trained(moved, load, items, train):  # noqa: F811
    """The version of a solution on items with genres."""

    def trained(recipe: str = V2, **more) -> str:
        load(samples.csv(samples.walks()))
        moved.moment += MINUTE
        version = train(recipe, **more)
        assert version["status"] == "ACTIVE", version
        return version["solutionVersionArn"]

    return trained


@pytest.fixture
def shop(trained, call, run_jobs):
    """The same, and its campaign."""

    def shop(recipe: str = V2, **more) -> tuple[str, str]:
        arn = trained(recipe, **more)
        campaign = call("CreateCampaign", name="c", solutionVersionArn=arn, **plain(recipe))["campaignArn"]
        run_jobs()
        return arn, campaign

    return shop


def plain(recipe: str) -> dict:
    """Without exploration, which knows new items at once."""
    return {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0"}}} if recipe == V1 else {}


@pytest.fixture
def put(call, items, moved):
    def put(item: str, genre: str, price: float = 1.0) -> None:
        moved.moment += 1
        call(
            "PutItems",
            datasetArn=items,
            items=[{"itemId": item, "properties": json.dumps({"GENRE": genre, "PRICE": price})}],
        )

    return put


@pytest.fixture
def click(call, group, moved, run_jobs):  # noqa: F811
    tracker = call("CreateEventTracker", name="t", datasetGroupArn=group)["trackingId"]

    def click(user: str, item: str, at: int = 1_700_100_000) -> None:
        run_jobs()
        moved.moment += 1
        event = {"eventType": "click", "itemId": item, "sentAt": at, "eventValue": 1.0}
        call("PutEvents", trackingId=tracker, userId=user, sessionId="s" + user, eventList=[event])

    return click


@pytest.fixture
def after(house, moved, run_jobs):
    """Some time later the worker looks, and does what it finds; answers with the number of jobs."""

    def after(seconds: float) -> int:
        moved.moment += seconds
        house.pointers.known.clear()
        Updates(house, 1).look()
        ran = run_jobs()
        house.pointers.known.clear()
        return ran

    return after


def folder_of(house, version: str):
    with house.reading() as connection:
        return house.model_folder(connection, {"solutionVersionArn": version})


def lines(house) -> list[updates.Line]:
    with house.reading() as connection:
        return updates.every(connection)


def listed(call, campaign: str, user: str, n: int = 100) -> list[str]:
    found = call("GetRecommendations", campaignArn=campaign, userId=user, numResults=n)["itemList"]
    return [item["itemId"] for item in found]


def test_a_new_item_and_a_new_user_are_known_after_two_hours(call, house, shop, put, click, after):
    version, campaign = shop()
    told = {
        name: call(f"Describe{name}", **{f"{name[0].lower()}{name[1:]}Arn": arn})
        for name, arn in (("SolutionVersion", version), ("Campaign", campaign))
    }
    metrics = call("GetSolutionMetrics", solutionVersionArn=version)
    put(NEW, "genre1")
    for item in ("r1-03", "r1-04", "r1-05"):
        click("somebody", item)
    before = listed(call, campaign, "somebody")
    assert NEW not in listed(call, campaign, "u0001")
    assert after(1.9 * HOUR) == 0
    assert after(0.2 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    assert model.code(NEW) == 60 and model.user("somebody") == 120
    # Ring 1 is genre 1: the item belongs to those who walk it.
    places = np.array([listed(call, campaign, f"u{at:04}").index(NEW) for at in range(30)])
    assert places[1::3].mean() + 3 < min(places[0::3].mean(), places[2::3].mean())
    # The three events are in the model now, and are not counted twice.
    assert listed(call, campaign, "somebody", 5) == [item for item in before if item != NEW][:5]
    assert model.asked("somebody").history.tolist() == model.codes(["r1-03", "r1-04", "r1-05"])
    for name, arn in (("SolutionVersion", version), ("Campaign", campaign)):
        assert call(f"Describe{name}", **{f"{name[0].lower()}{name[1:]}Arn": arn}) == told[name]
    assert call("GetSolutionMetrics", solutionVersionArn=version) == metrics
    assert measured(house, version, "")["metrics"].keys() == metrics["metrics"].keys()
    click("somebody", "r1-06")
    preparing = listed(call, campaign, "somebody", 5)
    assert "r1-07" in preparing  # what comes after it is read behind what the update has


def test_the_rest_is_as_it_was(call, house, shop, put, after):
    version, campaign = shop()
    before = {user: listed(call, campaign, user) for user in ("u0000", "u0001", "nobody")}
    put(NEW, "genre1")
    assert after(2 * HOUR + 1) == 1
    for user, found in before.items():
        assert [item for item in listed(call, campaign, user) if item != NEW] == [i for i in found if i != NEW]
    old, new = open_answering(house.artifact_folder(version)), open_answering(folder_of(house, version))
    np.testing.assert_array_equal(old.model.user_vectors, new.model.user_vectors[: len(old.users)])
    np.testing.assert_array_equal(old.model.item_vectors, new.model.item_vectors[:60])


def test_nothing_new_is_no_update_and_what_comes_later_is_one(house, shop, put, click, after):
    version, _ = shop()
    assert after(3 * HOUR) == 0
    put(NEW, "genre1")
    assert after(1) == 1
    first = folder_of(house, version)
    assert after(5 * HOUR) == 0
    click("u0000", NEW)
    assert after(1) == 1
    click("u0000", NEW, at=1_700_100_001)
    assert after(HOUR) == 0
    assert after(HOUR) == 1
    second = folder_of(house, version)
    assert len({first, second, house.artifact_folder(version)}) == 3
    model = open_answering(second)
    assert model.asked("u0000").history[-2:].tolist() == [60, 60]


def test_only_the_newest_full_version_that_is_deployed(call, house, shop, put, after, run_jobs, train, moved):  # noqa: F811
    version, campaign = shop(V1, **SMALL)
    solution = version.rsplit("/", 1)[0]
    call("DeleteCampaign", campaignArn=campaign)
    run_jobs()
    put(NEW, "genre1")
    assert after(3 * HOUR) == 0
    assert "not deployed" in updated(house, version, "")["reason"]
    call("CreateCampaign", name="again", solutionVersionArn=version)
    run_jobs()
    assert updated(house, version, "")["active"] is True
    later = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    put("another", "genre1")
    assert after(3 * HOUR) == 0  # there is a newer one, which is not deployed
    assert "newest version" in updated(house, version, "")["reason"]
    call("UpdateCampaign", campaignArn=campaign.replace("/c", "/again"), solutionVersionArn=later)
    run_jobs()
    assert after(1) == 1
    assert open_answering(folder_of(house, later)).code("another") is not None
    assert lines(house)[0].arn == later and len(lines(house)) == 1


def test_other_recipes_have_none(house, shop, put, after):
    version, _ = shop("aws-popularity-count")
    put(NEW, "genre1")
    assert after(3 * HOUR) == 0
    assert updated(house, version, "")["updates"] == "never"


def test_it_can_be_turned_off(house, shop, put, moved):
    shop()
    put(NEW, "genre1")
    moved.moment += 3 * HOUR
    house.update_seconds["automatic"] = 0
    Updates(house, 1).look()
    assert lines(house) == []


def test_many_items_are_enough(house, shop, put, click, after, monkeypatch):
    version, _ = shop()
    monkeypatch.setattr(bring_up, "MOST_ITEMS", 61)
    put(NEW, "genre1")
    put("taken", "genre1")
    click("u0000", "taken")
    click("u0000", NEW)
    click("u0000", "taken", at=1_700_100_001)
    assert after(3 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    assert (model.size, model.code("taken"), model.code(NEW)) == (61, 60, None)


def test_counts_and_the_journal_follow(house, shop, put, click, after, group):  # noqa: F811
    version, _ = shop(V1, **SMALL)
    put(NEW, "genre1")
    with house.reading() as connection:
        trained = book.find(connection, KINDS["solutionVersion"], version)
    assert needed_after(house, group) == trained["journalPosition"]
    click("u0000", NEW)
    click("u0001", NEW)
    assert after(3 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    assert model.more["exposure.clicks"][60] == 2
    assert model.position == house.journal.newest(house.interactions_of(group)) == needed_after(house, group)
    put("younger", "genre1")
    assert after(3 * HOUR) == 1
    first = open_answering(folder_of(house, version)).more["exposure.created"]
    click("u0000", "r0-01", at=1_800_000_000)
    assert after(3 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    # Nobody took it, so it is as old as it was when it was first known.
    assert model.more["exposure.created"][61] == first[61] < 1_800_000_000 == model.more["exposure.latest"][0]


def test_what_is_said_of_known_items_now_counts(call, house, shop, put, click, after, moved, settings, run_jobs, items):
    """One that people take, one that nobody took, one of which nothing was known; by PutItems and by an import."""
    for item in ("nobodys", "again"):
        put(item, "genre0")
    call("PutItems", datasetArn=items, items=[{"itemId": "mute", "properties": json.dumps({"PRICE": 1.0})}])
    version, campaign = shop(
        V2, solutionConfig={"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}
    )
    trained = open_answering(house.artifact_folder(version))
    put("nobodys", "genre1")
    put("mute", "genre1")
    put("r0-03", "genre1")
    put("r0-04", "genre0", 7.0)  # the model does not read prices
    put(NEW, "genre1")
    assert after(2 * HOUR + 1) == 1
    brought = updated(house, version, "")["brought"]
    assert (brought["newItems"], brought["changedItems"], brought["newUsers"]) == (1, 3, 0)
    now = open_answering(folder_of(house, version))
    old, new = trained.model, now.model

    def vector(answering, item: str) -> np.ndarray:
        return answering.model.item_vectors[answering.code(item)]

    said = vector(trained, "again") - old.item_vectors[trained.code("nobodys")]
    np.testing.assert_array_equal(said, 0)  # both were of genre0, and nobody took them
    for item in ("nobodys", "mute"):
        np.testing.assert_allclose(vector(now, item), vector(now, NEW), atol=1e-5)
    assert old.item_bias[trained.code("mute")] <= UNTOUCHED and new.item_bias[now.code("mute")] == 0
    # What was learnt of the id stays.
    moved_by = vector(now, "r0-03") - vector(trained, "r0-03")
    np.testing.assert_allclose(moved_by, vector(now, NEW) - vector(trained, "again"), atol=1e-5)
    assert np.abs(vector(now, "r0-03") - vector(now, NEW)).max() > 0.01
    for item in ("r0-04", "r0-05", "again"):
        np.testing.assert_array_equal(vector(now, item), vector(trained, item))
    # Those who have the item in their history are read again, and nobody else.
    has = np.array(
        [trained.code("r0-03") in trained.history[slice(*trained.offsets[at : at + 2])] for at in range(120)]
    )
    same = np.isclose(old.user_vectors, new.user_vectors, atol=1e-6).all(axis=1)
    assert same[~has].all() and not same[has].any() and has.any()
    moved.moment += 1
    location = samples.put(
        settings.data_dir, "again.csv", samples.csv([("again", "genre1", 3.0)], "ITEM_ID,GENRE,PRICE")
    )
    call(
        "CreateDatasetImportJob",
        jobName="again",
        datasetArn=items,
        dataSource={"dataLocation": location},
        importMode="INCREMENTAL",
    )
    run_jobs()
    assert after(3 * HOUR) == 1
    last = open_answering(folder_of(house, version))
    np.testing.assert_allclose(vector(last, "again"), vector(last, NEW), atol=1e-5)
    assert "again" in listed(call, campaign, "u0001")


def test_another_dataset_of_items_does_not_tell_what_the_first_said(
    call,
    house,
    trained,
    put,
    after,
    run_jobs,
    group,  # noqa: F811
    items,
):
    put("nobodys", "genre0")
    version = trained()
    schema = call("DescribeDataset", datasetArn=items)["dataset"]["schemaArn"]
    call("DeleteDataset", datasetArn=items)
    run_jobs()
    call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    call("CreateCampaign", name="c", solutionVersionArn=version)
    run_jobs()
    put("nobodys", "genre1")
    assert after(2 * HOUR + 1) == 1
    assert updated(house, version, "")["brought"]["changedItems"] == 0
    old, new = open_answering(house.artifact_folder(version)), open_answering(folder_of(house, version))
    np.testing.assert_array_equal(old.model.item_vectors, new.model.item_vectors)


def test_an_item_of_which_nothing_is_known_is_an_ordinary_one(call, house, shop, click, after, run_jobs):
    version, campaign = shop(V1, **SMALL)
    click("u0000", "mystery")
    assert after(3 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    for user in ("u0000", "u0001", "nobody"):
        scores, asked = model.scores(user).copy(), model.asked(user)
        if len(asked.history):  # but for what the own history says: whoever has just taken it may have it last
            codes, gained = model.model.added(asked.history)
            scores[codes] -= gained
        place = int((scores > scores[model.code("mystery")]).sum())
        assert 3 < place < 60, (user, place)
    # No record names it, so exploration finds it in the model, or not at all.
    explored = {"itemExplorationConfig": {"explorationWeight": "1"}}
    call("UpdateCampaign", campaignArn=campaign, campaignConfig=explored)
    run_jobs()
    house.pointers.known.clear()
    with_it = [user for user in range(120) if "mystery" in listed(call, campaign, f"u{user:04}", 5)]
    assert 0 < len(with_it) < 120


def test_what_an_update_took_the_place_of_goes(house, shop, put, after, moved):
    version, _ = shop()
    for number in range(3):
        put(f"new-{number}", "genre1")
        assert after(3 * HOUR) == 1
    room = house.artifact_folder(version) / UPDATES
    assert len(list(room.iterdir())) == 3
    upkeep = Upkeep(house, 1, 1, 30)
    upkeep.tend()
    assert len(list(room.iterdir())) == 3  # somebody may be about to open one
    for each in room.iterdir():
        os.utime(each, (0, 0))
    upkeep.tend()
    assert list(room.iterdir()) == [folder_of(house, version)]
    assert SUPERSEDED_SECONDS >= 60


def test_a_death_in_the_middle_leaves_the_old_one_and_the_next_attempt_ends_it(
    call, house, shop, put, moved, run_jobs, monkeypatch
):
    version, campaign = shop()
    put(NEW, "genre1")
    moved.moment += 3 * HOUR
    Updates(house, 1).look()
    (job,) = ledger.waiting(house.database)

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    def attempt() -> None:
        from penchant.jobs.runner import Runner
        from penchant.work.all import follower, perform

        Runner(house.database, follower(house), lambda job: perform(job, house)).run(job)

    for where, name in ((bring_up, "seal_model"), (refresh, "read_manifest")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, killed)
            with pytest.raises(Killed):
                attempt()
        assert folder_of(house, version) == house.artifact_folder(version)
        assert NEW not in listed(call, campaign, "u0001")
        Updates(house, 1).look()
        assert ledger.waiting(house.database) == []  # it is still at work
    sealed = (house.artifact_folder(version) / UPDATES / job / MANIFEST).stat()
    attempt()
    assert folder_of(house, version).name == job
    assert (folder_of(house, version) / MANIFEST).stat() == sealed
    house.pointers.known.clear()
    assert NEW in listed(call, campaign, "u0001")


def test_a_solution_that_is_deleted_meanwhile_leaves_nothing(call, house, shop, put, moved, run_jobs, monkeypatch):
    version, campaign = shop()
    put(NEW, "genre1")
    moved.moment += 3 * HOUR
    Updates(house, 1).look()
    real = bring_up.seal_model

    def slowly(folder, *rest) -> None:
        folders = house.artifact_folder(version).parent
        with house.writing() as connection:
            for kind in ("campaign", "solution"):
                arn = campaign if kind == "campaign" else version.rsplit("/", 1)[0]
                book.strike(connection, KINDS[kind], arn)
        shutil.rmtree(folders)
        real(folder, *rest)

    monkeypatch.setattr(bring_up, "seal_model", slowly)
    run_jobs()
    assert not house.artifact_folder(version).exists()
    assert lines(house) == []


def test_of_many_workers_one_does_it(settings, house, shop, put, moved, run_jobs):
    version, _ = shop()  # noqa: RUF059
    put(NEW, "genre1")
    moved.moment += 3 * HOUR
    others = [main.build_house(settings) for _ in range(3)]
    try:
        together = threading.Barrier(4)

        def look(house) -> None:
            together.wait()
            Updates(house, 1).look()

        threads = [threading.Thread(target=look, args=(each,)) for each in (house, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for other in others:
            other.close()
    assert len(ledger.waiting(house.database)) == 1
    assert run_jobs() == 1


def test_what_is_told_of_updates(house, shop, put, click, after, moved):
    version, _ = shop()
    told = updated(house, version, "")
    assert (told["updates"], told["active"], told["running"]) == ("automatic", True, False)
    assert "lastUpdate" not in told and told["nextUpdate"] == told["trainedSince"] + 2 * HOUR
    put(NEW, "genre1")
    click("somebody", NEW)
    assert after(2 * HOUR) == 1
    told = updated(house, version, "")
    assert told["lastUpdate"] == moved.moment and told["nextUpdate"] == moved.moment + 2 * HOUR
    brought = told["brought"]
    assert brought["items"] == [NEW]
    assert (brought["newItems"], brought["newUsers"], brought["newInteractions"]) == (1, 1, 1)
    for arguments in (("", ""), (version, version)):
        with pytest.raises(InvalidInputException):
            updated(house, *arguments)


# trainingMode UPDATE


def test_an_update_that_was_asked_for(call, house, shop, put, after, run_jobs):
    version, campaign = shop(V1, **SMALL)
    solution = version.rsplit("/", 1)[0]
    with pytest.raises(
        InvalidInputException, match="There should be updates to at least one dataset after last active"
    ):
        call("CreateSolutionVersion", solutionArn=solution, trainingMode="UPDATE")
    put(NEW, "genre1")
    asked = call("CreateSolutionVersion", solutionArn=solution, trainingMode="UPDATE")["solutionVersionArn"]
    run_jobs()
    told = call("DescribeSolutionVersion", solutionVersionArn=asked)["solutionVersion"]
    assert (told["status"], told["trainingMode"], told["trainingType"]) == ("ACTIVE", "UPDATE", "MANUAL"), told
    metrics = [call("GetSolutionMetrics", solutionVersionArn=arn)["metrics"] for arn in (version, asked)]
    assert metrics[0] == metrics[1]
    assert measured(house, asked, "")["metrics"].keys() == metrics[0].keys()
    assert NEW not in listed(call, campaign, "u0001")
    call("UpdateCampaign", campaignArn=campaign, solutionVersionArn=asked)
    run_jobs()
    house.pointers.known.clear()
    assert listed(call, campaign, "u0001").index(NEW) < listed(call, campaign, "u0002").index(NEW)
    # Neither it nor the one it was made of is updated by itself from now on.
    put("another", "genre1")
    assert after(3 * HOUR) == 0
    assert "trainingMode FULL" in updated(house, version, "")["reason"]
    full = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    call("UpdateCampaign", campaignArn=campaign, solutionVersionArn=full)
    run_jobs()
    put("third", "genre1")
    assert after(3 * HOUR) == 1


def test_a_campaign_in_step_follows_what_was_trained_and_not_an_update(call, house, shop, put, run_jobs):
    version, _ = shop(V1, **SMALL)
    solution = version.rsplit("/", 1)[0]
    latest = {"syncWithLatestSolutionVersion": True}
    call("CreateCampaign", name="step", solutionVersionArn=f"{solution}/$LATEST", campaignConfig=latest)
    run_jobs()
    put(NEW, "genre1")
    call("CreateSolutionVersion", solutionArn=solution, trainingMode="UPDATE")
    run_jobs()
    campaign = version.replace(":solution/", ":campaign/").rsplit("/", 2)[0] + "/step"
    assert call("DescribeCampaign", campaignArn=campaign)["campaign"]["solutionVersionArn"] == version
    full = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    assert call("DescribeCampaign", campaignArn=campaign)["campaign"]["solutionVersionArn"] == full


def test_an_objective_holds_for_new_items_and_new_values_too(call, house, shop, put, after):
    objective = {"itemAttribute": "PRICE", "objectiveSensitivity": "HIGH"}
    config = {"algorithmHyperParameters": SMALL["solutionConfig"]["algorithmHyperParameters"]}
    version, _ = shop(V1, solutionConfig=config | {"optimizationObjective": objective})
    trained = open_answering(house.artifact_folder(version)).model.item_bias
    put("cheap", "genre1", 0.5)
    put("dear", "genre1", 19.5)
    put("r0-00", "genre0", 19.5)  # the cheapest was one of .5
    assert after(3 * HOUR) == 1
    model = open_answering(folder_of(house, version))
    weight = json.loads((folder_of(house, version) / MANIFEST).read_text())["objective"]["weight"]
    assert weight > 0
    scores = model.scores("u0001")
    gain = scores[model.code("dear")] - scores[model.code("cheap")]
    bias = model.model.item_bias
    np.testing.assert_allclose(bias[model.code("dear")] - bias[model.code("cheap")], weight, rtol=0.1)
    assert gain > 0
    np.testing.assert_allclose(bias[0] - trained[0], weight, rtol=0.1)
    np.testing.assert_array_equal(bias[1:60], trained[1:60])


# Batch inference


def test_a_batch_job_brings_the_newest_version_up_first(call, house, moved, trained, put, run_jobs, settings):
    first = trained(V1, **SMALL)
    moved.moment += MINUTE
    put(NEW, "genre1")
    location = samples.put(settings.data_dir, "who.json", '{"userId": "u0001"}\n')

    def answered(version: str, name: str) -> list[str]:
        call(
            "CreateBatchInferenceJob",
            jobName=name,
            solutionVersionArn=version,
            roleArn="arn:aws:iam::000000000000:role/r",
            jobInput={"s3DataSource": {"path": location}},
            jobOutput={"s3DataDestination": {"path": f"s3://bucket/{name}/"}},
            numResults=100,
            batchInferenceJobConfig={"itemExplorationConfig": {"explorationWeight": "0"}},
        )
        run_jobs()
        (found,) = (settings.data_dir / "buckets" / "bucket" / name).glob("*.out")
        return json.loads(found.read_text())["output"]["recommendedItems"]

    assert NEW in answered(first, "one")
    (line,) = lines(house)
    assert NEW in answered(first, "two")
    assert lines(house) == [line]  # nothing came in between
    second = call("CreateSolutionVersion", solutionArn=first.rsplit("/", 1)[0])["solutionVersionArn"]
    run_jobs()
    put("another", "genre1")
    assert "another" not in answered(first, "three")  # it is not the newest any more
    assert "another" in answered(second, "four")


# Recommenders, and cold items


def test_a_recommender_is_updated_and_a_later_training_begins_anew(call, house, moved, run_jobs, settings, after):
    shelf = call("CreateDatasetGroup", name="shelf", domain="ECOMMERCE")["datasetGroupArn"]
    run_jobs()
    made = {}
    for kind, fields, rows, header in (
        (
            "Interactions",
            INTERACTIONS,
            [(*row[:3], "View") for row in samples.walks()],
            "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE",
        ),
        (
            "Items",
            CATALOGUE,
            [(f"r{at // 20}-{at % 20:02}", 2.0, f"genre{at // 20}") for at in range(60)],
            "ITEM_ID,PRICE,CATEGORY_L1",
        ),
    ):
        schema = call("CreateSchema", name=kind, domain="ECOMMERCE", schema=samples.schema(kind, *fields))["schemaArn"]
        arn = call("CreateDataset", name=kind, datasetGroupArn=shelf, schemaArn=schema, datasetType=kind)["datasetArn"]
        run_jobs()
        location = samples.put(settings.data_dir, f"{kind}.csv", samples.csv(rows, header))
        call("CreateDatasetImportJob", jobName=kind, datasetArn=arn, dataSource={"dataLocation": location})
        run_jobs()
        made[kind] = arn
    moved.moment += MINUTE
    recipe = "arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"
    config = {"itemExplorationConfig": {"explorationWeight": "0"}}
    arn = call("CreateRecommender", name="r", datasetGroupArn=shelf, recipeArn=recipe, recommenderConfig=config)[
        "recommenderArn"
    ]
    run_jobs()
    told = call("DescribeRecommender", recommenderArn=arn)["recommender"]
    assert told["status"] == "ACTIVE", told

    def put(item: str) -> None:
        moved.moment += 1
        properties = json.dumps({"CATEGORY_L1": "genre1", "PRICE": 2.0})
        call("PutItems", datasetArn=made["Items"], items=[{"itemId": item, "properties": properties}])

    def known(item: str) -> bool:
        house.pointers.known.clear()
        found = call("GetRecommendations", recommenderArn=arn, userId="u0001", numResults=100)["itemList"]
        return item in [each["itemId"] for each in found]

    put("first")
    assert not known("first")
    assert after(2 * HOUR) == 1
    assert known("first")
    assert call("DescribeRecommender", recommenderArn=arn)["recommender"] == told
    assert updated(house, "", arn)["brought"]["items"] == ["first"]
    put("second")
    moved.moment += MINUTE
    more = {"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}
    call("UpdateRecommender", recommenderArn=arn, recommenderConfig=config | more)
    run_jobs()
    assert known("first") and known("second")  # it was trained with both
    assert "lastUpdate" not in updated(house, "", arn)
    assert after(3 * HOUR) == 0
    put("third")
    assert after(1) == 1
    assert known("third")
    call("StopRecommender", recommenderArn=arn)
    run_jobs()
    put("fourth")
    assert after(3 * HOUR) == 0
    assert "INACTIVE" in updated(house, "", arn)["reason"]
    call("DeleteRecommender", recommenderArn=arn)
    run_jobs()
    assert lines(house) == [] and not house.recommender_folder(arn).exists()


INTERACTIONS = (
    samples.text("USER_ID"),
    samples.text("ITEM_ID"),
    {"name": "TIMESTAMP", "type": "long"},
    samples.text("EVENT_TYPE"),
)
CATALOGUE = (
    samples.text("ITEM_ID"),
    {"name": "PRICE", "type": "float"},
    samples.text("CATEGORY_L1", categorical=True),
)


# Semantic similarity


TEXTS = samples.schema(
    "Items", samples.text("ITEM_ID"), samples.text("NAME", itemName=True), samples.text("DESCRIPTION", textual=True)
)


def test_new_texts_are_compared_after_half_an_hour(call, house, moved, run_jobs, settings, after):
    shelf = call("CreateDatasetGroup", name="texts")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="texts", schema=TEXTS)["schemaArn"]
    arn = call("CreateDataset", name="i", datasetGroupArn=shelf, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    kinds = ("red wooden chair", "blue cotton shirt", "silver kitchen knife")
    rows = [(f"i{at:03}", f"{kinds[at % 3]} {at}", f"a fine {kinds[at % 3]} of size {at}") for at in range(60)]
    location = samples.put(settings.data_dir, "texts.csv", samples.csv(rows, "ITEM_ID,NAME,DESCRIPTION"))
    call("CreateDatasetImportJob", jobName="t", datasetArn=arn, dataSource={"dataLocation": location})
    run_jobs()
    moved.moment += MINUTE
    recipe = "arn:aws:personalize:::recipe/aws-semantic-similarity"
    solution = call("CreateSolution", name="t", datasetGroupArn=shelf, recipeArn=recipe)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    campaign = call("CreateCampaign", name="t", solutionVersionArn=version)["campaignArn"]
    run_jobs()

    def put(item: str, words: str) -> None:
        moved.moment += 1
        told = {"itemId": item, "properties": json.dumps({"NAME": words, "DESCRIPTION": words})}
        call("PutItems", datasetArn=arn, items=[told])

    def nearest(item: str) -> list[str]:
        found = call("GetRecommendations", campaignArn=campaign, itemId=item, numResults=10)["itemList"]
        return [each["itemId"] for each in found]

    put("a-chair", "red wooden chair")
    put("i000", "silver kitchen knife")  # it was a chair
    assert after(HOUR) == 0
    assert "performIncrementalUpdate" in updated(house, version, "")["reason"]
    call("UpdateSolution", solutionArn=solution, performIncrementalUpdate=True)
    run_jobs()
    assert after(1) == 1
    assert {int(item[1:]) % 3 for item in nearest("a-chair")} == {0}
    assert "i000" not in nearest("a-chair")
    assert {int(item[1:]) % 3 for item in nearest("i000")} == {2}
    brought = updated(house, version, "")["brought"]
    assert (brought["newItems"], brought["changedItems"]) == (1, 1)
    old, new = open_answering(house.artifact_folder(version)), open_answering(folder_of(house, version))
    assert new.code("a-chair") == 0 and new.model.popularity[0] == 0
    np.testing.assert_array_equal(old.model.freshness, new.model.freshness[1:])
    put("b-chair", "red wooden chair")
    assert after(20 * MINUTE) == 0
    assert after(10 * MINUTE) == 1
    assert "b-chair" in nearest("a-chair")
