"""Folding once, whatever comes between."""

import threading

import pytest

from penchant.contract.arns import Place
from penchant.events.entry import NewEntry
from penchant.lake.table import Table
from penchant.operations.api import Api
from penchant.work import fold as module
from penchant.work.fold import fold
from tests import samples


@pytest.fixture
def dataset(any_house, run_any_jobs) -> str:
    return made(any_house, run_any_jobs)


def made(house, run_jobs) -> str:
    def call(operation: str, **request) -> dict:
        answer = Api(house).call(operation, request, house.place)
        run_jobs()
        return answer

    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    request = {"name": "d", "datasetGroupArn": group, "schemaArn": schema, "datasetType": "Interactions"}
    return call("CreateDataset", **request)["datasetArn"]


@pytest.fixture
def number(any_house, dataset) -> int:
    return any_house.interactions_of(dataset.replace("dataset/g/INTERACTIONS", "dataset-group/g"))


@pytest.fixture
def stream(any_house, number):
    def stream(*item_ids: str) -> None:
        record = {"TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
        entries = [NewEntry(number, "u", "s", False, [{"ITEM_ID": item, **record}]) for item in item_ids]
        any_house.writer.submit(entries).result()

    return stream


def read(house, dataset) -> list[str]:
    return Table(house.dataset_folder(dataset)).rows().sort("_sequence").collect()["ITEM_ID"].to_list()


def test_nothing_streamed_makes_no_table(any_house, dataset):
    assert fold(any_house, dataset) == 0
    assert not Table(any_house.dataset_folder(dataset)).exists()


def test_each_record_once(any_house, dataset, number, stream):
    stream("a", "b")
    position = fold(any_house, dataset)
    assert position == any_house.journal.newest(number) == fold(any_house, dataset)
    assert Table(any_house.dataset_folder(dataset)).version() == 0
    stream("c")
    assert fold(any_house, dataset) > position
    assert read(any_house, dataset) == ["a", "b", "c"]


def test_a_long_journal_is_folded_in_pieces(any_house, dataset, stream, monkeypatch):
    monkeypatch.setattr(module, "ENTRIES", 2)
    stream(*"abcde")
    fold(any_house, dataset)
    assert read(any_house, dataset) == list("abcde")
    assert Table(any_house.dataset_folder(dataset)).version() == 2


def test_a_crash_after_the_commit_doubles_nothing(any_house, dataset, stream, monkeypatch):
    put = module.put_records

    def crashing(*args, **given):
        put(*args, **given)
        raise KeyboardInterrupt

    stream("a", "b")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "put_records", crashing)
        fold(any_house, dataset)
    stream("c")
    fold(any_house, dataset)
    assert read(any_house, dataset) == ["a", "b", "c"]


def test_another_machine_that_is_faster(any_house, dataset, stream, monkeypatch):
    """It has no lock in common with this one, and folds between our look and our commit."""
    put, others = module.put_records, []

    def late(table, schema, frame, after, until):
        if not others:
            others.append(put(table, schema, frame.head(1), after, until))
            stream("c")
        return put(table, schema, frame, after, until)

    stream("a", "b")
    monkeypatch.setattr(module, "put_records", late)
    fold(any_house, dataset)
    fold(any_house, dataset)
    assert others == [True]
    assert read(any_house, dataset) == [
        "a",
        "c",
    ]  # what the other wrote, and what came after; "b" was the other's to write


def test_many_at_once(any_house, dataset, stream, monkeypatch):
    monkeypatch.setattr(module, "ENTRIES", 3)
    stream(*map(str, range(40)))
    threads = [threading.Thread(target=fold, args=(any_house, dataset)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(any_house, dataset) == list(map(str, range(40)))


def test_datasets_of_two_regions_are_two(house, run_jobs):
    elsewhere = house.at(Place("000000000000", "us-west-2"))
    arns = [made(each, run_jobs) for each in (house, elsewhere)]
    for arn, each in zip(arns, (house, elsewhere), strict=True):
        number = each.interactions_of(arn.replace("dataset/g/INTERACTIONS", "dataset-group/g"))
        each.writer.submit([NewEntry(number, "u", None, False, [{"ITEM_ID": arn[-5:], "TIMESTAMP": 1}])]).result()
        fold(each, arn)
        assert len(read(each, arn)) == 1
