"""The book, on each kind of database."""

import pytest

from penchant.contract.arns import Place
from penchant.contract.errors import ResourceAlreadyExistsException, ResourceNotFoundException
from penchant.resources import book
from penchant.resources.kinds import KINDS
from penchant.store.database import Database

HERE, ELSEWHERE = Place("000000000000", "eu-west-1"), Place("000000000000", "us-east-1")
GROUP, DATASET = KINDS["datasetGroup"], KINDS["dataset"]


@pytest.fixture
def connection(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    with database.write() as connection:
        yield connection
    database.close()


def enter(connection, name: str, place: Place = HERE, **more) -> str:
    arn = place.arn("dataset-group", name)
    book.enter(
        connection, GROUP, {"name": name, "datasetGroupArn": arn, "status": "ACTIVE", **more}, more.pop("tags", ())
    )
    return arn


def test_what_was_entered_is_found_with_its_times(connection):
    arn = enter(connection, "shop")
    document = book.find(connection, GROUP, arn)
    assert document["name"] == "shop"
    assert document["creationDateTime"] == document["lastUpdatedDateTime"] > 1.7e9


def test_an_arn_is_taken_once(connection):
    arn = enter(connection, "shop")
    with pytest.raises(ResourceAlreadyExistsException, match=f"Another resource with Arn {arn} already exists."):
        enter(connection, "shop")


def test_a_resource_is_found_as_its_own_kind_only(connection):
    arn = enter(connection, "shop")
    with pytest.raises(ResourceNotFoundException, match="The given dataset does not exist"):
        book.find(connection, DATASET, arn)


def test_amending_changes_members_and_takes_away_those_that_are_none(connection):
    arn = enter(connection, "shop", domain="ECOMMERCE")
    before = book.find(connection, GROUP, arn)
    book.amend(connection, GROUP, arn, status="CREATE FAILED", failureReason="because", domain=None)
    after = book.find(connection, GROUP, arn)
    assert after["status"] == "CREATE FAILED"
    assert after["failureReason"] == "because"
    assert "domain" not in after
    assert after["creationDateTime"] == before["creationDateTime"] <= after["lastUpdatedDateTime"]


def test_lists_are_per_place_in_order_of_creation(connection):
    for name in ("c", "a", "b"):
        enter(connection, name)
    enter(connection, "z", ELSEWHERE)
    rows = book.page(connection, GROUP, HERE, None, 0, 10)
    assert [document["name"] for _, document in rows] == ["c", "a", "b"]
    assert book.page(connection, GROUP, HERE, None, rows[0][0], 1) == rows[1:2]


def test_a_list_can_be_of_those_that_name_another_resource(connection):
    shop, cinema = enter(connection, "shop"), enter(connection, "cinema")
    for group, name in ((shop, "shop"), (cinema, "cinema")):
        arn = HERE.arn("dataset", f"{name}/ITEMS")
        book.enter(connection, DATASET, {"name": name, "datasetArn": arn, "datasetGroupArn": group, "status": "ACTIVE"})
    rows = book.page(connection, DATASET, HERE, shop, 0, 10)
    assert [document["name"] for _, document in rows] == ["shop"]
    assert book.naming(connection, cinema, DATASET) == [HERE.arn("dataset", "cinema/ITEMS")]


def test_struck_resources_leave_neither_tags_nor_links(connection):
    shop = enter(connection, "shop")
    arn = HERE.arn("dataset", "shop/ITEMS")
    document = {"name": "d", "datasetArn": arn, "datasetGroupArn": shop, "status": "ACTIVE"}
    book.enter(connection, DATASET, document, [{"tagKey": "k", "tagValue": "v"}])
    book.strike(connection, DATASET, arn)
    assert book.naming(connection, shop, DATASET) == []
    assert book.tags_of(connection, arn) == []
    assert book.kind_of(connection, arn) is None


def test_a_solutions_versions_vanish_with_it(connection):
    solution, version = HERE.arn("solution", "s"), HERE.arn("solution", "s/01234567")
    book.enter(connection, KINDS["solution"], {"solutionArn": solution, "status": "ACTIVE"})
    book.enter(
        connection,
        KINDS["solutionVersion"],
        {"solutionVersionArn": version, "solutionArn": solution, "status": "ACTIVE"},
    )
    book.strike(connection, KINDS["solution"], solution)
    assert book.kind_of(connection, version) is None


def test_a_tag_that_is_there_gets_the_new_value(connection):
    arn = enter(connection, "shop")
    book.tag(connection, arn, [{"tagKey": "b", "tagValue": "1"}, {"tagKey": "a", "tagValue": "1"}])
    book.tag(connection, arn, [{"tagKey": "b", "tagValue": "2"}])
    assert book.tags_of(connection, arn) == [{"tagKey": "a", "tagValue": "1"}, {"tagKey": "b", "tagValue": "2"}]
    book.untag(connection, arn, ["a", "never"])
    assert book.tags_of(connection, arn) == [{"tagKey": "b", "tagValue": "2"}]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("running", "CREATE IN_PROGRESS"),
        ("done", "ACTIVE"),
        ("failed", "CREATE FAILED"),
        ("stopping", "CREATE STOPPING"),
    ],
)
def test_a_jobs_event_is_told_in_amazons_words(connection, event, status):
    version = HERE.arn("solution", "s/01234567")
    book.enter(connection, KINDS["solutionVersion"], {"solutionVersionArn": version, "status": "CREATE PENDING"})
    book.follow(connection, "solutionVersion.create", version, event, {})
    assert book.find(connection, KINDS["solutionVersion"], version)["status"] == status


def test_a_delete_that_is_done_strikes(connection):
    arn = enter(connection, "shop")
    book.follow(connection, "datasetGroup.delete", arn, "running", {})
    assert book.find(connection, GROUP, arn)["status"] == "DELETE IN_PROGRESS"
    book.follow(connection, "datasetGroup.delete", arn, "done", {})
    assert book.kind_of(connection, arn) is None
