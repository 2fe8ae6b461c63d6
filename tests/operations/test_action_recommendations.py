"""GetActionRecommendations: the shapes, Amazon's rules about actions, filters over them, and what was just done."""

import json
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from penchant import main
from penchant.asking import actions as asking
from penchant.contract.errors import InvalidInputException, ResourceNotFoundException, ThrottlingException
from penchant.lake.action_set import NAMES, NOT_TAKEN
from penchant.lake.selection import EventSelection
from penchant.operations import throttle as throttling
from penchant.operations.updates import updated
from penchant.recipes.next_best_action import NO_ACTIONS
from penchant.settings import Settings
from penchant.work.kept import kept_versions
from tests import samples
from tests.conftest import PLENTY, REGION, caller, job_runner
from tests.recipes.action_world import world

RECIPE = "arn:aws:personalize:::recipe/aws-next-best-action"
LONG = ["long", "null"]
ACTIONS = samples.schema(
    "Actions",
    samples.text("ACTION_ID"),
    {"name": "TYPE", "type": ["string", "null"]},
    {"name": "ABOUT", "type": ["string", "null"], "categorical": True},
    *(
        {"name": name, "type": LONG}
        for name in ("VALUE", "EXPIRATION_TIMESTAMP", "REPEAT_FREQUENCY", "CREATION_TIMESTAMP")
    ),
)
HEADER = "ACTION_ID,TYPE,ABOUT,VALUE,EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY,CREATION_TIMESTAMP"
EVENTS = samples.schema(
    "ActionInteractions",
    samples.text("USER_ID"),
    samples.text("ACTION_ID"),
    samples.text("EVENT_TYPE"),
    {"name": "TIMESTAMP", "type": "long"},
)
USERS = samples.schema("Users", samples.text("USER_ID"), samples.text("PLAN", categorical=True))
SPELLED = {NOT_TAKEN: "Not taken"}
"""As in the guide's sample file."""


class Shop:
    """A server with a group of everything, of which each test takes users of its own: one training for all tests."""

    def __init__(self, folder, data, events: bool):
        self.data = data
        self.settings = Settings(data_dir=folder, strict=True, region=REGION, quotas=PLENTY, managed_exploration=False)
        self.house = main.build_house(self.settings)
        self.call, self.run_jobs = caller(self.house), job_runner(self.house)
        self.group = self.call("CreateDatasetGroup", name="g")["datasetGroupArn"]
        self.run_jobs()
        self.names = iter(f"n{number}" for number in range(1000))
        at = zip(data.user.tolist(), data.item.tolist(), data.timestamp.tolist(), strict=True)
        self.fill(
            "Interactions",
            samples.INTERACTIONS,
            samples.csv([(data.users[u], data.items[i], t, "View", "") for u, i, t in at]),
        )
        plans, kinds = data.user_columns["PLAN"], data.actions.columns
        about, type_ = (kinds[name] for name in ("ABOUT", "TYPE"))
        rows = [
            (id_, type_.words[type_.codes[code]], about.words[about.codes[code]], 1 + code % 10, "", "", "")
            for code, id_ in enumerate(data.actions.actions)
        ]
        self.fill(
            "Users",
            USERS,
            samples.csv([(id_, plans.words[plans.codes[row]]) for row, id_ in enumerate(data.users)], "USER_ID,PLAN"),
        )
        self.fill("Actions", ACTIONS, samples.csv(rows, HEADER))
        if events:
            actions = data.actions
            told = zip(
                actions.user.tolist(),
                actions.action.tolist(),
                actions.kind.tolist(),
                actions.timestamp.tolist(),
                strict=True,
            )
            rows = [(actions.users[u], actions.actions[a], SPELLED.get(k, NAMES[k]), t) for u, a, k, t in told]
            arn = self.fill("Action_Interactions", EVENTS, samples.csv(rows, "USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP"))
            self.tracker = self.call("DescribeDataset", datasetArn=arn)["dataset"]["trackingId"]
        solution = self.call("CreateSolution", name="s", datasetGroupArn=self.group, recipeArn=RECIPE)["solutionArn"]
        self.version = self.call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
        self.run_jobs()
        told = self.call("DescribeSolutionVersion", solutionVersionArn=self.version)["solutionVersion"]
        assert told["status"] == "ACTIVE", told
        self.arn = self.call("CreateCampaign", name="c", solutionVersionArn=self.version)["campaignArn"]
        self.run_jobs()

    def fill(self, dataset_type: str, schema: str, content: str) -> str:
        return fill(self.call, self.run_jobs, self.group, self.settings, dataset_type, schema, content)

    def ask(self, user: str, **more) -> list[dict]:
        request = {"campaignArn": self.arn, "userId": user, "numResults": 100, **more}
        return self.call("GetActionRecommendations", **request)["actionList"]

    def send(self, user: str, action: str, event_type: str, moment: float | None = None) -> None:
        event = {
            "actionId": action,
            "userId": user,
            "sessionId": "s",
            "eventType": event_type,
            "timestamp": moment or time.time(),
        }
        self.call("PutActionInteractions", trackingId=self.tracker, actionInteractions=[event])

    def put(self, action: str, **properties) -> None:
        arn = self.group.replace("dataset-group/g", "dataset/g/ACTIONS")
        self.call("PutActions", datasetArn=arn, actions=[{"actionId": action, "properties": json.dumps(properties)}])

    def filter(self, expression: str) -> str:
        arn = self.call("CreateFilter", name=next(self.names), datasetGroupArn=self.group, filterExpression=expression)[
            "filterArn"
        ]
        self.run_jobs()
        return arn


def fill(call, run_jobs, group, settings, dataset_type: str, schema: str, content: str | None) -> str:
    made = call("CreateSchema", name=dataset_type, schema=schema)["schemaArn"]
    arn = call("CreateDataset", name=dataset_type, datasetGroupArn=group, schemaArn=made, datasetType=dataset_type)[
        "datasetArn"
    ]
    run_jobs()
    if content is not None:
        location = samples.put(settings.data_dir, f"{dataset_type}.csv", content)
        call("CreateDatasetImportJob", jobName=dataset_type, datasetArn=arn, dataSource={"dataLocation": location})
        run_jobs()
    return arn


@pytest.fixture(scope="module")
def made_up():
    return world(users=320, actions=6, offers=16, seed=1).data


@pytest.fixture(scope="module")
def shop(tmp_path_factory, made_up):
    shop = Shop(tmp_path_factory.mktemp("shop"), made_up, events=True)
    yield shop
    shop.house.close()


def soon(answered) -> None:
    """What was put is seen within the second that views look anew after."""
    end = time.monotonic() + 60
    while not answered():
        assert time.monotonic() < end
        time.sleep(0.05)


def ids(actions: list[dict]) -> list[str]:
    return [action["actionId"] for action in actions]


def test_the_answer(shop, made_up):
    ask = {"campaignArn": shop.arn, "userId": "u00003"}
    answer = shop.call("GetActionRecommendations", **ask)
    assert set(answer) == {"actionList", "recommendationId"}
    assert len(answer["actionList"]) == 5
    scores = [action["score"] for action in answer["actionList"]]
    assert all(0 < score < 1 and round(score, 7) == score for score in scores)
    assert all(later <= score * 1.06 for score, later in pairwise(scores))  # near-ties go by value
    assert shop.house.shown.find(answer["recommendationId"]).items == ids(answer["actionList"])
    assert sorted(ids(shop.ask("u00003"))) == made_up.actions.actions
    assert ids(shop.ask("u00003"))[:5] == ids(answer["actionList"])
    assert len({tuple(ids(shop.ask(user))) for user in made_up.users[:30]}) > 5
    assert 0 < shop.ask("nobody", numResults=1)[0]["score"] < 1
    assert shop.ask("u00003", numResults=0) == []


def test_what_is_refused(shop):
    for request, sentence in (
        ({"userId": "u"}, "campaignArn is required"),
        ({"campaignArn": shop.arn}, "userId is required"),
        ({"campaignArn": shop.arn, "userId": "u", "numResults": 101}, "cannot be greater than 100"),
    ):
        with pytest.raises(InvalidInputException, match=sentence):
            shop.call("GetActionRecommendations", **request)
    with pytest.raises(InvalidInputException, match="call GetActionRecommendations"):
        shop.call("GetRecommendations", campaignArn=shop.arn, userId="u")
    with pytest.raises(ResourceNotFoundException):
        shop.ask("u", filterArn=shop.arn.replace("campaign/c", "filter/none"))


def test_metrics_and_what_the_version_was_made_of(shop):
    metrics = shop.call("GetSolutionMetrics", solutionVersionArn=shop.version)["metrics"]
    gains = {f"normalized_discounted_cumulative_gain_at_{cutoff}" for cutoff in (5, 10, 25)}
    assert set(metrics) == {"coverage", "precision", "recall", "auc"} | gains
    assert 0.5 < metrics["auc"] < 1
    for dataset_type in ("ACTIONS", "ACTION_INTERACTIONS"):
        assert kept_versions(shop.house, shop.group, dataset_type) == [0]


def test_without_any_events_nothing_has_a_score(tmp_path, made_up):
    shop = Shop(tmp_path / "data", made_up, events=False)
    lists = [shop.ask(user) for user in ("u00000", "u00001", "x")]
    shop.house.close()
    assert lists[0] == lists[1] == lists[2]
    assert [action["score"] for action in lists[0]] == [0.0] * 6
    assert ids(lists[0]) == ["a005", "a004", "a003", "a002", "a001", "a000"]  # by VALUE


def test_no_actions_no_training(call, run_jobs, group, load, settings):
    load(samples.csv(samples.walks()))
    fill(call, run_jobs, group, settings, "Actions", ACTIONS, None)
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    told = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert (told["status"], told["failureReason"]) == ("CREATE FAILED", NO_ACTIONS)


@pytest.mark.parametrize("written", ["NOT_TAKEN", "Not Taken", "not taken"])
def test_filters_see_events_however_their_type_is_written(shop, written):
    actions = shop.data.actions
    gone = shop.filter(f'EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("{written}")')
    user = len(written) + sum(map(str.isupper, written))  # another for each spelling
    mine = slice(*actions.offsets[user : user + 2].tolist())
    refused = {actions.actions[code] for code in actions.action[mine][actions.kind[mine] == NOT_TAKEN].tolist()}
    assert set(ids(shop.ask(actions.users[user], filterArn=gone))) == set(actions.actions) - refused
    more = next(action for action in actions.actions if action not in refused)
    shop.send(actions.users[user], more, "Not Taken")
    assert set(ids(shop.ask(actions.users[user], filterArn=gone))) == set(actions.actions) - refused - {more}


def test_filters_of_actions_and_users(shop):
    every = shop.ask("u00002")
    dear = shop.filter("INCLUDE ActionID WHERE Actions.VALUE > $V")
    some = shop.ask("u00002", filterArn=dear, filterValues={"V": "4"})
    assert some == [action for action in every if action["actionId"] in ("a004", "a005")]
    plan = shop.data.user_columns["PLAN"]
    of_type = 'EXCLUDE ActionID WHERE Actions.TYPE IN ("type1") IF CurrentUser.PLAN = '
    mine, others = (shop.filter(f'{of_type}"{word}"') for word in (plan.words[plan.codes[2]], "other"))
    assert shop.ask("u00002", filterArn=mine) == [each for each in every if each["actionId"] not in ("a001", "a005")]
    assert shop.ask("u00002", filterArn=others) == every
    items = shop.filter('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
    with pytest.raises(InvalidInputException, match="actions need one by ActionID"):
        shop.ask("u00002", filterArn=items)
    with pytest.raises(InvalidInputException, match="parameter V is missing a value"):
        shop.ask("u00002", filterArn=dear)


def test_the_throttle(shop, monkeypatch):
    monkeypatch.setattr(throttling, "OF_CAMPAIGN", 2.0)
    slow = caller(replace(shop.house, throttle="amazon"))
    with pytest.raises(ThrottlingException, match="2 requests a second of GetActionRecommendations"):
        for _ in range(500):
            slow("GetActionRecommendations", campaignArn=shop.arn, userId="u")


def test_what_was_just_done_moves_the_scores(shop):
    before = {each["actionId"]: each["score"] for each in shop.ask("fresh")}
    for _ in range(3):
        shop.send("fresh", "a000", "Not Taken")
    after = {each["actionId"]: each["score"] for each in shop.ask("fresh")}
    assert before.keys() == after.keys() and before != after


def test_item_events_below_the_threshold_move_nothing(shop, monkeypatch):
    tracker = shop.call("CreateEventTracker", name="items", datasetGroupArn=shop.group)["trackingId"]
    shop.run_jobs()
    opened = asking.answering

    def with_threshold(*given):
        return replace(opened(*given), selection=EventSelection(value_threshold=5.0))

    monkeypatch.setattr(asking, "answering", with_threshold)

    def scores() -> dict[str, float]:
        return {each["actionId"]: each["score"] for each in shop.ask("buyer")}

    def bought(value: float) -> None:
        event = {"eventType": "View", "itemId": shop.data.items[0], "sentAt": time.time(), "eventValue": value}
        shop.call("PutEvents", trackingId=tracker, userId="buyer", sessionId="b", eventList=[event] * 3)

    before = scores()
    bought(4.0)
    assert scores() == before
    bought(5.0)
    assert scores() != before


def test_a_new_action_comes_last_without_a_score_and_is_explored(shop):
    """After this one the group has an action more."""
    shop.put("brand new", type="type1")
    soon(lambda: len(shop.ask("u00001")) == 7)
    assert shop.ask("u00001")[-1] == {"actionId": "brand new", "score": 0.0}
    exploring = caller(replace(shop.house, managed_exploration=True))
    ask = {"campaignArn": shop.arn, "numResults": 3}
    lists = [exploring("GetActionRecommendations", userId=f"user{each}", **ask)["actionList"] for each in range(300)]
    explored = [each for each in lists if each[-1] == {"actionId": "brand new", "score": 0.0}]
    assert 10 <= len(explored) <= 60  # a tenth
    assert all("brand new" not in ids(each[:-1]) for each in lists)
    assert lists[0][:2] == shop.ask("user0")[:2]


def test_there_is_nothing_to_update_for_everything_is_known_at_once(shop):
    told = updated(shop.house, shop.version, "")
    assert told["updates"] == "live" and "every request" in told["note"]
    assert "active" not in told and "nextUpdate" not in told


def test_expiry_and_repeat_frequency_hold_at_once(shop):
    """And this one changes records of actions."""
    assert {"a001", "a002", "a003"} <= set(ids(shop.ask("new")))
    now = int(time.time())
    shop.put("a001", type="type1", expirationTimestamp=now - 1)
    shop.put("a002", type="type2", repeatFrequency=2)
    shop.put("a003", type="type3", expirationTimestamp=now + 3600)
    soon(lambda: "a001" not in ids(shop.ask("new")))
    assert {"a002", "a003"} <= set(ids(shop.ask("new")))
    shop.send("new", "a002", "Viewed")
    assert "a002" not in ids(shop.ask("new")) and "a002" in ids(shop.ask("other"))
    shop.send("other", "a002", "Taken", now - 2 * 86_400 - 10)
    assert "a002" in ids(shop.ask("other"))  # that is over
    shop.send("other", "a002", "Not Taken", now - 86_400)
    assert "a002" not in ids(shop.ask("other"))
