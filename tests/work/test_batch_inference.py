"""Batch inference: what a user did since the training is read from the journal, where the recipe wants it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penchant.asking.deployed import Deployed
from penchant.lake.selection import EventSelection
from penchant.recipes.catalog import RECIPES
from penchant.serving.answering import Answering, open_answering, seal_answering
from penchant.work.batch_inference import Batch, answered
from tests.recipes.contract import circles

GROUP = "arn:aws:personalize:eu-west-1:000000000000:dataset-group/g"
POSITION = 7
ITEMS = circles().items


@dataclass
class House:
    """What the job asks of a house: one group, and a journal that keeps one call of each user."""

    number: int | None = 3
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[int, str, int]] = field(default_factory=list)

    managed_exploration: bool = False
    extended_filters: bool = False
    answering: Answering | None = None

    @property
    def journal(self) -> "House":
        return self

    @property
    def live(self) -> "House":
        return self

    def model(self, folder: Path) -> Answering | None:
        return self.answering

    def of_subject(self, dataset: int, subject: str, after: int, limit: int) -> list[SimpleNamespace]:
        assert limit > 0
        self.asked.append((dataset, subject, after))
        return [SimpleNamespace(seq=16, records=self.calls[subject])] if subject in self.calls else []


def event(place: int, kind: str = "click") -> dict[str, Any]:
    return {"ITEM_ID": ITEMS[place], "TIMESTAMP": 1_700_000_000 + place, "EVENT_TYPE": kind}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answering]:
    folder, data = tmp_path_factory.mktemp("artifacts"), circles()
    answerings = {}
    for name in ("aws-user-personalization-v2", "aws-popularity-count"):
        recipe = RECIPES[name]()
        model = recipe.fit(data, lambda done, what: None)
        seal_answering(folder / name, recipe, model, data, {}, EventSelection("click"), POSITION)
        answerings[name] = open_answering(folder / name)
    return answerings


def first(answering: Answering, house: House, ranking: bool = False, **question: Any) -> str:
    house.answering = answering
    recipe = RECIPES["aws-personalized-ranking-v2"] if ranking else answering.recipe
    deployed = Deployed("arn", "batchInferenceJob", GROUP, recipe, Path("model"), house.number, {}, 1)
    answer = answered(json.dumps(question).encode(), Batch(house, deployed, None, 5))  # type: ignore[arg-type]
    assert answer["error"] is None
    return answer["output"]["recommendedItems"][0]


@pytest.mark.parametrize("user", ["u00003", "stranger"])
def test_streamed_events_count(sealed: dict[str, Answering], user: str) -> None:
    answering, house = sealed["aws-user-personalization-v2"], House()
    for place in range(0, 24, 6):
        house.calls[user] = [event(place), event(place + 1), event(place + 4, "view")]  # not trained on views
        assert first(answering, house, userId=user) == ITEMS[place + 2]
        assert first(answering, house, ranking=True, userId=user, itemList=ITEMS) == ITEMS[place + 2]
    assert set(house.asked) == {(3, user, POSITION)}


def test_without_events_it_is_as_before(sealed: dict[str, Answering]) -> None:
    answering = sealed["aws-user-personalization-v2"]
    quiet, without_dataset = House(), House(number=None)
    for house in (quiet, without_dataset):
        for user in ("u00003", "stranger"):
            assert first(answering, house, userId=user) == answering.recommend(user, 1)[0][0]
    assert len(quiet.asked) == 2
    assert without_dataset.asked == []


def test_the_journal_is_not_read_for_a_list_that_is_the_same_for_all(sealed: dict[str, Answering]) -> None:
    answering, house = sealed["aws-popularity-count"], House()
    house.calls["u00003"] = [event(5)] * 3
    assert first(answering, house, userId="u00003") == first(answering, house, userId="stranger")
    assert house.asked == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[1]", "not a JSON object"),
        (b"{", "not JSON"),
        (b"{}", "userId must be a string"),
        (b'{"userId": "u", "filterValues": [1]}', "filterValues must be an object"),
        (b'{"userId": "u", "filterValues": {"x y": "a"}}', "filterValues names a parameter 'x y'"),
    ],
)
def test_a_line_that_is_no_question(sealed: dict[str, Answering], line: bytes, why: str) -> None:
    deployed = Deployed("arn", "batchInferenceJob", GROUP, RECIPES["aws-popularity-count"], Path("model"), None, {}, 1)
    house = House(answering=sealed["aws-popularity-count"])
    assert why in answered(line, Batch(house, deployed, None, 5))["error"]  # type: ignore[arg-type]
