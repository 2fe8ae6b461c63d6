"""What a worker does beside its jobs: fold, compact, clear away, and never more than may go."""

import logging

import polars as pl
import pytest

from penchant.events.entry import NewEntry, position_at
from penchant.lake.table import Table
from penchant.work import kept, upkeep
from penchant.work.upkeep import Upkeep
from tests import samples
from tests.operations.conftest import dataset, group, load, train  # noqa: F401


@pytest.fixture
def number(house, group) -> int:  # noqa: F811
    return house.interactions_of(group)


@pytest.fixture
def stream(house, number):
    def stream(*item_ids: str) -> None:
        record = {"TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
        entries = [NewEntry(number, "u0000", "s", False, [{"ITEM_ID": item, **record}]) for item in item_ids]
        house.writer.submit(entries).result()

    return stream


@pytest.fixture
def rounds(house) -> Upkeep:
    return Upkeep(house, 1, 1, recent_days=30)


@pytest.fixture
def table(house, dataset) -> Table:  # noqa: F811
    return Table(house.dataset_folder(dataset))


def entries(house, number) -> int:
    return len(house.journal.since(number, 0, 1000))


def test_a_round_folds_every_dataset(rounds, stream, table):
    stream("a", "b")
    rounds.fold()
    assert table.count() == 2


def test_what_nobody_reads_goes_when_it_is_in_the_table(house, rounds, stream, table, number):
    stream("a", "b")
    rounds.tend()
    assert entries(house, number) == 2  # not in the table yet
    rounds.fold()
    rounds.tend()
    assert entries(house, number) == 1  # the newest tells where the next numbers begin
    stream("c")
    rounds.fold()
    assert table.count() == 3


def test_what_a_model_has_not_learnt_from_stays(house, rounds, stream, table, number, load, train):  # noqa: F811
    load(samples.csv(samples.walks()))
    stream("r0-01")
    train()
    stream("r0-02", "r0-03")
    rounds.fold()
    rounds.tend()
    assert entries(house, number) == 2
    train()  # in another solution; the first one's model may still be deployed
    rounds.tend()
    assert entries(house, number) == 2
    upkeep_of_old = Upkeep(house, 1, 1, recent_days=0)
    upkeep_of_old.tend()
    assert entries(house, number) == 1


def test_a_training_on_its_way_keeps_what_comes_meanwhile(call, house, rounds, stream, number, group, load):  # noqa: F811
    load(samples.csv(samples.walks()))
    stream("r0-01", "r0-02")
    rounds.fold()
    solution = call(
        "CreateSolution", name="s", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-popularity-count"
    )["solutionArn"]
    before = position_at(1)
    assert kept.needed_after(house, group) is None
    call("CreateSolutionVersion", solutionArn=solution)
    stream("r0-03")
    needed = kept.needed_after(house, group)
    assert needed is not None and before < needed <= house.journal.newest(number)
    rounds.fold()
    rounds.tend()
    assert entries(house, number) >= 1


def test_small_files_become_one(rounds, stream, table):
    for item in range(30):
        stream(str(item))
        rounds.fold()
    assert len(table.files()) == 30
    rounds.tend()
    assert len(table.files()) < 10
    assert sorted(table.read().collect()["ITEM_ID"].cast(pl.Int64)) == list(range(30))


def test_old_versions_go_and_those_of_models_stay(rounds, table, load, train, monkeypatch):  # noqa: F811
    monkeypatch.setattr(upkeep, "UNTOUCHED_HOURS", 0)
    rows = samples.walks()
    load(samples.csv(rows))
    load(samples.csv(rows[:1500]))
    assert train()["status"] == "ACTIVE"  # of version 1
    load(samples.csv(rows[:1200]))
    rounds.tend()
    assert table.rows(1).collect().height == 1500
    assert table.rows(2).collect().height == 1200
    with pytest.raises(Exception, match=r"(?i)not found|no such file"):
        table.rows(0).collect()


def test_what_was_replaced_lately_stays(rounds, table, load):  # noqa: F811
    """A job may have begun to read it."""
    rows = samples.walks()
    load(samples.csv(rows))
    load(samples.csv(rows[:1500]))
    rounds.tend()
    assert table.rows(0).collect().height == len(rows)


def test_entries_of_a_dataset_that_is_gone_go_too(house, rounds, stream, number):
    house.writer.submit([NewEntry(12345, "u", None, False, [{"ITEM_ID": "a"}])]).result()
    stream("b")
    rounds.fold()
    assert house.journal.datasets() == [number]


def test_a_round_that_fails_is_told_and_the_next_one_tries_again(house, rounds, stream, table, monkeypatch, caplog):
    def broken(house, arn):
        raise OSError("No space left on device")

    stream("a")
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(upkeep, "fold_unless_busy", broken)
        rounds.fold()
    assert "No space left on device" in caplog.text
    rounds.fold()
    assert table.count() == 1
