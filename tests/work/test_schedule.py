"""Automatic training, rule by rule, with a clock that the test moves."""

import logging
import threading

import pytest

from penchant import main
from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.events.entry import NewEntry
from penchant.operations.schedules import scheduled
from penchant.resources import book, schedules
from penchant.resources.kinds import KINDS
from penchant.store import clock as clock_module
from penchant.work.schedule import Schedule
from tests import samples
from tests.conftest import caller
from tests.operations.conftest import dataset, group, load  # noqa: F401
from tests.operations.test_recommenders import VIEWS, recommender, shop  # noqa: F401
from tests.work.moving import BEGIN, DAY, HOUR, MINUTE, MovedClock, Trainer, automatic, near, versions

RECIPE = "arn:aws:personalize:::recipe/aws-popularity-count"
SEMANTIC = "arn:aws:personalize:::recipe/aws-semantic-similarity"
FIRST = 50 * MINUTE / DAY


@pytest.fixture
def moved(monkeypatch) -> MovedClock:
    moved = MovedClock()
    monkeypatch.setattr(clock_module, "source", moved)
    return moved


@pytest.fixture
def trainer(house) -> Trainer:
    return Trainer(house)


@pytest.fixture
def at(house, trainer, moved):
    """Move on to a time, in days since BEGIN, look at the schedules and run what is to be run."""

    def at(days: float) -> None:
        assert BEGIN + days * DAY >= moved.moment
        moved.moment = BEGIN + days * DAY
        Schedule(house, 1).look()
        trainer.run()

    return at


@pytest.fixture
def click(house, moved, group):  # noqa: F811
    """Stream an event into the group, at a time in days since BEGIN."""
    number = house.interactions_of(group)

    def click(days: float) -> None:
        moved.moment = BEGIN + days * DAY
        record = {"ITEM_ID": "r0-01", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
        house.writer.submit([NewEntry(number, "u0000", "s", False, [record])]).result()

    return click


@pytest.fixture
def make(call, moved, load, group):  # noqa: F811
    """A solution, made at BEGIN in a group with data."""

    def make(expression: str | None = None, data: bool = True, name: str = "s", **more) -> str:
        if data:
            moved.moment = BEGIN - HOUR
            load(samples.csv(samples.walks()))
        moved.moment = BEGIN
        if expression is not None:
            more["solutionConfig"] = {"autoTrainingConfig": {"schedulingExpression": expression}}
        request = {"recipeArn": RECIPE, "datasetGroupArn": group, **more}
        return call("CreateSolution", name=name, **request)["solutionArn"]

    return make


def test_the_first_comes_within_an_hour_and_the_next_a_week_after_it_began(call, make, at, click):
    solution = make()
    at(FIRST - 0.001)
    assert automatic(call, solution) == []
    at(FIRST)
    (version,) = versions(call, solution)
    assert (version["status"], version["trainingMode"], version["trainingType"]) == ("ACTIVE", "FULL", "AUTOMATIC")
    described = call("DescribeSolution", solutionArn=solution)["solution"]
    assert described["latestSolutionVersion"]["solutionVersionArn"] == version["solutionVersionArn"]
    click(3)
    for days in (6.9, 7, 7 + FIRST - 0.001):
        at(days)
    assert automatic(call, solution) == near([FIRST])
    at(7 + FIRST)
    assert automatic(call, solution) == near([FIRST, 7 + FIRST])


def test_a_version_made_by_hand_within_the_hour_takes_the_place_of_the_first(call, make, at, moved, click):
    solution = make()
    moved.moment = BEGIN + 30 * MINUTE
    call("CreateSolutionVersion", solutionArn=solution)
    at(1)
    click(2)
    at(7)
    assert automatic(call, solution) == []
    at(7 + 30 * MINUTE / DAY)
    assert len(automatic(call, solution)) == 1


def test_a_version_made_by_hand_later_begins_the_interval_anew(call, make, at, click):
    solution = make("rate(2 days)")
    at(FIRST)
    click(1)
    at(1.5)
    call("CreateSolutionVersion", solutionArn=solution)
    click(1.6)
    at(2 + FIRST)
    at(3.4)
    assert automatic(call, solution) == near([FIRST])
    at(3.5)
    assert automatic(call, solution) == near([FIRST, 3.5])


def test_without_new_interactions_it_waits_until_there_are_some(call, make, at, click):
    solution = make("rate(1 day)")
    at(FIRST)
    for days in (1, 1.5, 2, 9):
        at(days)
    assert automatic(call, solution) == near([FIRST])
    click(9.25)
    at(9.5)
    assert automatic(call, solution) == near([FIRST, 9.5])
    click(9.6)
    for days in (10, 10.49):  # counted from where it began, not from when it was due
        at(days)
    assert len(automatic(call, solution)) == 2
    at(10.5)
    assert len(automatic(call, solution)) == 3


def test_an_import_counts_as_new_interactions_and_a_failed_one_does_not(call, make, at, moved, load):  # noqa: F811
    solution = make("rate(1 day)")
    at(FIRST)
    moved.moment = BEGIN + 0.5 * DAY
    assert load("USER_ID\nu1\n", "INCREMENTAL")["status"] == "CREATE FAILED"
    at(2)
    assert len(automatic(call, solution)) == 1
    moved.moment = BEGIN + 2.5 * DAY
    assert load(samples.csv(samples.walks(seed=1)), "INCREMENTAL")["status"] == "ACTIVE"
    at(3)
    assert automatic(call, solution) == near([FIRST, 3])


def test_what_was_streamed_counts_when_the_journal_has_let_go_of_it(call, house, make, at, click, group):  # noqa: F811
    from penchant.work.fold import fold_unless_busy

    solution = make("rate(1 day)")
    at(FIRST)
    click(0.5)
    click(0.6)
    fold_unless_busy(house, group.replace(":dataset-group/", ":dataset/") + "/INTERACTIONS")
    number = house.interactions_of(group)
    with house.journal.database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM journal WHERE dataset = {number}")
    at(2)
    assert automatic(call, solution) == near([FIRST, 2])


def test_a_group_without_data_is_not_trained_until_it_has_some(call, make, at, click):
    solution = make(data=False)
    at(1)
    at(5)
    assert versions(call, solution) == []
    click(5.5)
    at(6)
    assert automatic(call, solution) == near([6])


def test_new_items_are_what_a_recipe_without_interactions_goes_by(
    call, make, at, moved, settings, run_jobs, group  # noqa: F811
):  # fmt: skip
    named = (samples.text("NAME", itemName=True), samples.text("DESCRIPTION", textual=True))
    fields = samples.schema("Items", samples.text("ITEM_ID"), *named)
    schema = call("CreateSchema", name="i", schema=fields)["schemaArn"]
    items = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    popular, semantic = make("rate(1 day)"), make("rate(1 day)", False, "t", recipeArn=SEMANTIC)
    at(FIRST)
    assert (len(automatic(call, popular)), len(automatic(call, semantic))) == (1, 1)  # it may learn from interactions
    source = {"dataLocation": samples.put(settings.data_dir, "items.csv", "ITEM_ID,NAME,DESCRIPTION\nr,ring,round\n")}
    moved.moment = BEGIN + 0.5 * DAY
    call("CreateDatasetImportJob", jobName="items", datasetArn=items, dataSource=source)
    run_jobs()
    at(2)
    assert (len(automatic(call, popular)), len(automatic(call, semantic))) == (1, 2)


def test_one_that_fails_is_tried_again_a_period_later(call, make, at, trainer):
    solution = make("rate(2 days)")
    trainer.fails = True
    for days in (FIRST, 0.1, 1, 1.9, 2, 2 + FIRST, 2.1, 3.9):
        at(days)
    assert automatic(call, solution) == near([FIRST, 2 + FIRST])
    assert {each["status"] for each in versions(call, solution)} == {"CREATE FAILED"}
    trainer.fails = False
    at(4 + FIRST)  # nothing came in, but nothing has been learnt either
    at(6 + FIRST)
    assert automatic(call, solution) == near([FIRST, 2 + FIRST, 4 + FIRST])


def test_no_second_one_is_begun_while_one_is_being_made(call, house, make, at, moved, click, trainer):
    solution = make("rate(1 day)")
    moved.moment = BEGIN + HOUR
    Schedule(house, 1).look()
    assert len(versions(call, solution)) == 1
    click(1)
    moved.moment = BEGIN + 3 * DAY  # its training takes days
    Schedule(house, 1).look()
    assert len(versions(call, solution)) == 1
    trainer.run()
    at(3.1)
    assert automatic(call, solution) == near([HOUR / DAY, 3.1])


def test_an_update_of_the_period_begins_anew_and_any_other_does_not(call, make, at, click):
    solution = make("rate(10 days)")
    at(FIRST)
    click(1)
    at(4)
    call("UpdateSolution", solutionArn=solution, performAutoTraining=True)
    at(4)
    at(5)
    assert automatic(call, solution) == near([FIRST])
    config = {"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}}
    call("UpdateSolution", solutionArn=solution, solutionUpdateConfig=config)
    at(5)
    at(5 + FIRST)
    click(6)
    at(8)
    assert automatic(call, solution) == near([FIRST, 5 + FIRST])
    at(8 + FIRST)
    assert automatic(call, solution) == near([FIRST, 5 + FIRST, 8 + FIRST])


def test_turned_off_it_stays_off_and_turned_on_it_begins_within_the_hour(call, make, at, click):
    solution = make("rate(1 day)")
    call("UpdateSolution", solutionArn=solution, performAutoTraining=False)
    for days in (0, 1, 2):
        at(days)
    assert versions(call, solution) == []
    click(20)
    call("UpdateSolution", solutionArn=solution, performAutoTraining=True)
    at(20)
    at(20 + FIRST - 0.001)
    assert versions(call, solution) == []
    at(20 + FIRST)
    assert automatic(call, solution) == near([20 + FIRST])


def test_a_solution_made_without_it_is_not_trained(call, house, make, at):
    solution = make(performAutoTraining=False)
    Schedule(house, 1).adopt()
    at(30)
    assert versions(call, solution) == []


def test_a_machine_that_was_off_for_weeks_trains_once(call, make, at, click):
    solution = make("rate(1 day)")
    at(FIRST)
    click(10)
    for days in (25, 25.1, 25.9):
        at(days)
    assert automatic(call, solution) == near([FIRST, 25])


def test_looks_do_not_move_the_schedule(call, house, make, at, click):
    solution = make("rate(1 day)")
    for day in range(40):
        click(day + 0.01)
        at(day + FIRST + 10 * MINUTE / DAY)
    assert automatic(call, solution) == near([day + FIRST + 10 * MINUTE / DAY for day in range(40)])
    with house.reading() as connection:
        assert schedules.find(connection, solution).due == BEGIN + (40 + FIRST) * DAY


def test_a_quota_that_is_full_makes_it_wait(call, settings, house, make, moved, trainer, at, caplog):
    solution = make()
    caplog.set_level(logging.INFO)
    limits = house.quotas.limits
    limits["solutionVersion"] = 0
    at(FIRST)
    assert versions(call, solution) == []
    assert "is to be trained, and waits: More than 0 resources" in caplog.text
    del limits["solutionVersion"]
    at(1)
    assert automatic(call, solution) == near([1])


def test_a_deleted_solution_leaves_no_schedule(call, house, make, at, run_jobs):
    solution = make()
    call("DeleteSolution", solutionArn=solution)
    at(30)
    with house.reading() as connection:
        assert schedules.due(connection, BEGIN + 1_000 * DAY) == []


def test_solutions_of_an_earlier_release_get_a_schedule_that_begins_with_their_newest_version(
    call, house, make, at, moved, trainer, click
):
    solution, untrained, off = make(), make(None, False, "u"), make(None, False, "o", performAutoTraining=False)
    call("CreateSolutionVersion", solutionArn=solution)
    trainer.run()
    with house.writing() as connection:
        connection.execute(schedules.schedules.delete())
    click(1)
    Schedule(house, 1).adopt()
    with house.reading() as connection:
        assert schedules.find(connection, solution).due == BEGIN + 7 * DAY
        assert schedules.find(connection, untrained).due == BEGIN + (1 + FIRST) * DAY
        assert schedules.find(connection, off) is None
    Schedule(house, 1).adopt()
    with house.reading() as connection:
        assert schedules.find(connection, untrained).due == BEGIN + (1 + FIRST) * DAY


@pytest.mark.parametrize("expression", ["rate(2 hours)", "rate(90 minutes)", "rate(1 minute)", "rate(720 hours)"])
def test_short_schedules_are_taken_where_the_setting_allows_them(expression, call, make, settings):
    config = {"autoTrainingConfig": {"schedulingExpression": expression}}
    solution = make(data=False)
    for request in ({"operation": "CreateSolution", "name": "x"}, {"operation": "UpdateSolution"}):
        more = {"solutionConfig": config} if "name" in request else {"solutionUpdateConfig": config}
        with pytest.raises(InvalidInputException, match=r"must be rate\(<n> days\) with n between 1 and 30"):
            group_arn = call("DescribeSolution", solutionArn=solution)["solution"]["datasetGroupArn"]
            named = {"datasetGroupArn": group_arn, "recipeArn": RECIPE, "name": "x"} if "name" in request else {}
            call(request["operation"], **named, **more, **({} if named else {"solutionArn": solution}))


@pytest.fixture
def short_settings(settings):
    return settings.model_copy(update={"short_schedules": True})


def test_a_schedule_of_minutes_has_its_first_training_after_one_of_them(short_settings, call, make, moved, click):
    solution = make(data=False)
    house = main.build_house(short_settings)
    trainer, call = Trainer(house), caller(house)
    config = {"autoTrainingConfig": {"schedulingExpression": "rate(15 minutes)"}}
    call("UpdateSolution", solutionArn=solution, solutionUpdateConfig=config)
    trainer.run()
    assert call("DescribeSolution", solutionArn=solution)["solution"]["solutionConfig"] == config
    for minute in range(61):
        click(minute / 1440)
        Schedule(house, 1).look()
        trainer.run()
    assert [round(days * 1440) for days in automatic(call, solution)] == [15, 30, 45, 60]
    bad = {"autoTrainingConfig": {"schedulingExpression": "rate(0 hours)"}}
    with pytest.raises(InvalidInputException, match="or rate\\(<n> minutes\\), of 30 days at most"):
        call("UpdateSolution", solutionArn=solution, solutionUpdateConfig=bad)
    house.close()


def test_of_many_workers_that_look_at_once_one_trains(settings, database_url, moved):
    """Each has connections of its own, and all find the same solutions due at the same time."""
    settings = settings.model_copy(update={"database_url": database_url})
    houses = [main.build_house(settings) for _ in range(4)]
    house, call = houses[0], caller(houses[0])
    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]  # noqa: F811
    Trainer(house).run()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    Trainer(house).run()
    record = {"ITEM_ID": "r0-01", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
    house.writer.submit([NewEntry(house.interactions_of(group), "u", "s", False, [record])]).result()
    solutions = [
        call("CreateSolution", name=f"s{n}", datasetGroupArn=group, recipeArn=RECIPE)["solutionArn"] for n in range(8)
    ]
    moved.moment += HOUR
    threads = [threading.Thread(target=Schedule(each, 1).look) for each in houses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(versions(call, solution)) for solution in solutions] == [1] * 8
    for each in houses:
        each.close()


def test_looks_updates_and_callers_at_once_leave_everything_in_order(settings, database_url, moved):
    """A line is written by whoever looks, by the end of an update and by a caller; on PostgreSQL, truly at once."""
    settings = settings.model_copy(update={"database_url": database_url})
    houses = [main.build_house(settings) for _ in range(4)]
    call = caller(houses[0])
    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]  # noqa: F811
    Trainer(houses[0]).run()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    Trainer(houses[0]).run()
    number = houses[0].interactions_of(group)
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE)["solutionArn"]
    record = {"ITEM_ID": "r0-01", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
    faults: list[Exception] = []

    def look(house) -> None:
        house.writer.submit([NewEntry(number, "u", "s", False, [record])]).result()
        Schedule(house, 1).look()

    def update(turn: int) -> None:
        config = {"autoTrainingConfig": {"schedulingExpression": f"rate({1 + turn % 3} days)"}}
        caller(houses[2])(
            "UpdateSolution", solutionArn=solution, solutionUpdateConfig=config, performAutoTraining=turn % 4 > 0
        )
        Trainer(houses[2]).run()  # alone runs jobs, and so ends updates

    def make(turn: int) -> None:
        caller(houses[3])("CreateSolutionVersion", solutionArn=solution)

    def often(work) -> None:
        try:
            for turn in range(15):
                moved.moment += 3 * HOUR
                work(turn)
        except Exception as error:
            faults.append(error)

    works = [lambda _: look(houses[0]), lambda _: look(houses[1]), update, make]
    threads = [threading.Thread(target=often, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    Trainer(houses[0]).run()
    made = versions(call, solution)
    assert {each["status"] for each in made} == {"ACTIVE"}
    assert len([each for each in made if each["trainingType"] == "MANUAL"]) == 15
    described = call("DescribeSolution", solutionArn=solution)["solution"]
    assert described["latestSolutionUpdate"]["status"] == "ACTIVE"
    with houses[0].reading() as connection:
        line = schedules.find(connection, solution)
    assert (line.period if line else None) == (3 * DAY if described["performAutoTraining"] else None)
    for each in houses:
        each.close()


def test_a_campaign_in_step_answers_with_the_automatic_version(call, house, run_jobs, make, moved, load):  # noqa: F811
    """With real trainings."""
    solution = make("rate(1 day)")
    moved.moment = BEGIN + HOUR
    Schedule(house, 1).look()
    run_jobs()
    version, config = f"{solution}/$LATEST", {"syncWithLatestSolutionVersion": True}
    request = {"name": "c", "solutionVersionArn": version, "campaignConfig": config}
    campaign = call("CreateCampaign", **request)["campaignArn"]
    run_jobs()
    moved.moment = BEGIN + 1.1 * DAY
    rows = [(f"u{user:04}", "r2-07", 1_800_000_000 + user, "click", 1.0) for user in range(120)]
    assert load(samples.csv([*samples.walks(), *rows * 10]))["status"] == "ACTIVE"
    moved.moment = BEGIN + 1.2 * DAY
    Schedule(house, 1).look()
    run_jobs()
    first, second = versions(call, solution)
    assert [each["trainingType"] for each in (first, second)] == ["AUTOMATIC"] * 2
    described = call("DescribeCampaign", campaignArn=campaign)["campaign"]
    assert described["solutionVersionArn"] == second["solutionVersionArn"]
    assert described["latestCampaignUpdate"]["status"] == "ACTIVE"
    house.pointers.known.clear()
    answer = call("GetRecommendations", campaignArn=campaign, userId="u0001", numResults=1)
    assert answer["itemList"][0]["itemId"] == "r2-07"
    assert call("GetSolutionMetrics", solutionVersionArn=second["solutionVersionArn"])["metrics"]


@pytest.fixture
def retrained(call, house, run_jobs, moved, recommender):  # noqa: F811
    """Move on to a time, in days since the recommender was made, and look; answers with its description."""

    def retrained(days: float) -> dict:
        moved.moment = BEGIN + days * DAY
        Schedule(house, 1).look()
        run_jobs()
        return call("DescribeRecommender", recommenderArn=recommender)["recommender"]

    return retrained


def begun(told: dict) -> float:
    return (told["latestRecommenderUpdate"]["creationDateTime"] - BEGIN) / DAY


def test_a_recommender_is_trained_again_every_week_and_answers_meanwhile(
    call, house, run_jobs, moved, recommender, retrained  # noqa: F811
):  # fmt: skip
    def model() -> str:
        with house.reading() as connection:
            return book.find(connection, KINDS["recommender"], recommender)["model"]

    first = model()
    assert "latestRecommenderUpdate" not in retrained(6.99)
    moved.moment = BEGIN + 7 * DAY
    Schedule(house, 1).look()
    meanwhile = call("DescribeRecommender", recommenderArn=recommender)["recommender"]
    assert (meanwhile["status"], meanwhile["latestRecommenderUpdate"]["status"]) == ("ACTIVE", "CREATE PENDING")
    assert meanwhile["latestRecommenderUpdate"]["recommenderConfig"] == meanwhile["recommenderConfig"]
    assert call("GetRecommendations", recommenderArn=recommender, userId="u0001", numResults=3)["itemList"]
    run_jobs()
    told = retrained(7.1)
    assert told["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert model() != first
    assert len(list(house.recommender_folder(recommender).iterdir())) == 2  # the old one until the next training
    house.pointers.known.clear()
    assert call("GetRecommendations", recommenderArn=recommender, userId="u0001", numResults=3)["itemList"]
    assert begun(retrained(14.5)) == near(14.5)
    assert begun(retrained(20.9)) == near(14.5)
    assert begun(retrained(21)) == near(21)  # counted from the creation
    assert begun(retrained(63.2)) == near(63.2)  # once for all the weeks that the machine was off


def test_a_stopped_recommender_is_not_trained_and_starting_it_does_not_train(
    call, run_jobs, retrained, recommender  # noqa: F811
):  # fmt: skip
    call("StopRecommender", recommenderArn=recommender)
    assert "latestRecommenderUpdate" not in retrained(8)
    call("StartRecommender", recommenderArn=recommender)
    assert "latestRecommenderUpdate" not in retrained(13.9)
    assert begun(retrained(14)) == near(14)


def test_a_retraining_waits_for_an_update_and_an_update_for_a_retraining(
    call, house, run_jobs, moved, retrained, recommender  # noqa: F811
):  # fmt: skip
    config = {"minRecommendationRequestsPerSecond": 3}
    moved.moment = BEGIN + 6.9 * DAY
    call("UpdateRecommender", recommenderArn=recommender, recommenderConfig=config)
    moved.moment = BEGIN + 7 * DAY
    Schedule(house, 1).look()
    told = retrained(7)  # its look comes before its jobs
    assert begun(told) == near(6.9)
    assert told["recommenderConfig"] == config
    told = retrained(7.1)
    assert (begun(told), told["recommenderConfig"]) == (near(7.1), config)


def test_a_retraining_that_fails_is_told_and_the_old_model_answers(
    call, house, moved, retrained, recommender  # noqa: F811
):  # fmt: skip
    moved.moment = BEGIN + 7 * DAY
    Schedule(house, 1).look()
    Trainer(house, fails=True).run()
    told = retrained(8)
    assert (told["status"], told["latestRecommenderUpdate"]["status"]) == ("ACTIVE", "CREATE FAILED")
    assert told["latestRecommenderUpdate"]["failureReason"] == "The training was told to fail."
    assert call("GetRecommendations", recommenderArn=recommender, userId="u0001", numResults=3)["itemList"]
    assert begun(retrained(14)) == near(14)
    assert (
        call("DescribeRecommender", recommenderArn=recommender)["recommender"]["latestRecommenderUpdate"]["status"]
        == "ACTIVE"
    )


def test_what_is_told_of_the_schedule_of_a_solution(call, house, make, at, moved, click, trainer):
    solution = make("rate(1 day)")
    told = scheduled(house, solution, "")
    assert told == {
        "arn": solution,
        "automatic": True,
        "periodSeconds": DAY,
        "nextTraining": BEGIN + FIRST * DAY,
        "newestData": told["newestData"],
    }
    assert BEGIN - HOUR <= told["newestData"] <= BEGIN
    moved.moment = BEGIN + FIRST * DAY
    Schedule(house, 1).look()
    (version,) = versions(call, solution)
    told = scheduled(house, solution, "")
    arn = version["solutionVersionArn"]
    assert told["lastTraining"] == {"solutionVersionArn": arn, "status": "CREATE PENDING", "began": moved.moment}
    assert told["reason"] == f"Its version {arn} is in status CREATE PENDING."
    trainer.run()
    at(3)
    told = scheduled(house, solution, "")
    assert told["lastTraining"]["status"] == "ACTIVE"
    assert told["nextTraining"] == BEGIN + (1 + FIRST) * DAY < moved.moment
    assert (
        told["reason"] == "Nothing came in since the last training: INTERACTIONS. It begins as soon as something does."
    )
    click(3.5)
    told = scheduled(house, solution, "")
    assert "reason" not in told and told["newestData"] == pytest.approx(BEGIN + 3.5 * DAY, abs=1)
    at(3.5)
    assert automatic(call, solution) == near([FIRST, 3.5])  # as it was told
    call("UpdateSolution", solutionArn=solution, performAutoTraining=False)
    trainer.run()
    told = scheduled(house, solution, "")
    assert (told["automatic"], told["reason"]) == (False, "The solution does not have performAutoTraining.")
    assert "nextTraining" not in told
    for arguments in (("", ""), (solution, solution)):
        with pytest.raises(InvalidInputException):
            scheduled(house, *arguments)
    with pytest.raises(ResourceNotFoundException):
        scheduled(house, solution + "x", "")


def test_what_is_told_of_the_schedule_of_a_recommender(
    call, house, run_jobs, moved, recommender, retrained  # noqa: F811
):  # fmt: skip
    told = scheduled(house, "", recommender)
    assert told == {
        "arn": recommender,
        "automatic": True,
        "periodSeconds": 7 * DAY,
        "nextTraining": pytest.approx(BEGIN + 7 * DAY),
    }
    call("StopRecommender", recommenderArn=recommender)
    run_jobs()
    told = scheduled(house, "", recommender)
    assert told["reason"] == "The recommender is in status INACTIVE, and is passed over until its next time."
    retrained(8)
    assert scheduled(house, "", recommender)["nextTraining"] == pytest.approx(BEGIN + 14 * DAY)


def test_what_is_wrong_with_one_schedule_does_not_hold_up_the_others(call, house, make, at, caplog):
    broken, sound = make(name="a"), make(None, False, "b")
    with house.writing() as connection:
        document = book.find(connection, KINDS["solution"], broken)
        del document["datasetGroupArn"]
        connection.exec_driver_sql("UPDATE resources SET document = ? WHERE arn = ?", (book.encode(document), broken))
    at(1)
    assert len(versions(call, sound)) == 1
    assert f"the schedule of {broken} failed" in caplog.text
