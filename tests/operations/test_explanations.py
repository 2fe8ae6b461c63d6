import pytest

from penchant.contract.errors import InvalidInputException
from penchant.operations.explanations import explain
from tests.operations.test_runtime import deploy, filter_, ids, items_csv, send, shop, tracker  # noqa: F401


def test_an_answer_is_explained(call, deploy, filter_, tracker, house):  # noqa: F811
    arn = deploy()
    send(call, tracker, "u0002", "r0-07", "click")
    genre = filter_('EXCLUDE ItemID WHERE Items.GENRE IN ("genre1") AND Items.PRICE > 2')
    request = {"campaignArn": arn, "userId": "u0002", "numResults": 60, "filterArn": genre}
    told = explain(house, request)
    assert [item["itemId"] for item in told["items"]] == ids(call("GetRecommendations", **request))
    assert told["history"][-1] == {"itemId": "r0-07", "source": "streamed since training"}
    assert told["history"][-2]["source"] == "training"
    for item in told["items"]:
        assert sum(item["terms"].values()) == pytest.approx(item["logScore"], abs=0.01)
    # People walk from one item to the next: what comes after the newest event is there because of it.
    follower = next(item for item in told["items"] if item["itemId"] == "r0-08")
    assert follower["movedUpBy"][0]["itemId"] == "r0-07"
    removed = {item["itemId"]: item["stages"] for item in told["removed"]}
    assert set(removed) == {f"r1-{place:02}" for place in range(2, 20)}
    (stage,) = removed["r1-05"]
    assert stage["stage"] == genre
    assert 'Items.GENRE IN ("genre1"), Items.PRICE > 2 held' in stage["clauses"][0]


def test_a_list_for_everyone_has_no_causes(call, deploy, house):  # noqa: F811
    told = explain(house, {"campaignArn": deploy("aws-popularity-count"), "userId": "u0002"})
    assert len(told["items"]) == 25
    assert all(item["movedUpBy"] == [] for item in told["items"])


def test_what_cannot_be_asked_cannot_be_explained(house):
    for request in (
        {},
        {"campaignArn": "x", "numResults": "y"},
        {"campaignArn": "x"},
        {"campaignArn": 3, "filterArn": []},
    ):
        with pytest.raises(InvalidInputException):
            explain(house, request)
