"""Many callers at once, on each kind of database: the book stays consistent, and lists page right while it changes."""

import random
import threading
from collections import Counter

import pytest
import sqlalchemy as sa

from penchant.contract.errors import ApiError
from penchant.jobs import ledger
from penchant.store.tables import jobs, links, resources, tags
from tests import samples

CALLS, THREADS = 500, 16


class Storm:
    """Runs functions in threads beside one that works off the jobs; re-raises what any of them raised."""

    def __init__(self, run_jobs):
        self.run_jobs, self.broken, self.over = run_jobs, [], threading.Event()

    def rage(self, *functions) -> None:
        worker = threading.Thread(target=self.work)
        callers = [threading.Thread(target=self.guarded, args=(function,)) for function in functions]
        for thread in (worker, *callers):
            thread.start()
        for thread in callers:
            thread.join()
        self.over.set()
        worker.join()
        if self.broken:
            raise self.broken[0]
        self.run_jobs()

    def work(self) -> None:
        while not self.over.is_set():
            self.guarded(self.run_jobs)
            self.over.wait(0.01)

    def guarded(self, function) -> None:
        try:
            function()
        except Exception as error:
            self.broken.append(error)


def test_500_creates_and_deletes_from_16_threads(call_any, run_any_jobs, any_house):
    told = Counter()

    def caller(number: int):
        chance = random.Random(number)

        def call() -> None:
            for _ in range(CALLS // THREADS + 1):
                name = f"g{chance.randrange(40)}"
                arn = any_house.place.arn("dataset-group", name)
                create = chance.random() < 0.6
                try:
                    if create:
                        call_any("CreateDatasetGroup", name=name, tags=[{"tagKey": "k", "tagValue": name}])
                    else:
                        call_any("DeleteDatasetGroup", datasetGroupArn=arn)
                    told["created" if create else "deleted"] += 1
                except ApiError as error:
                    told[error.code] += 1
                    assert error.code in (
                        "ResourceAlreadyExistsException",
                        "ResourceNotFoundException",
                        "ResourceInUseException",
                    )

        return call

    Storm(run_any_jobs).rage(*(caller(number) for number in range(THREADS)))
    assert sum(told.values()) >= CALLS
    left = call_any("ListDatasetGroups")["datasetGroups"]
    assert len(left) == told["created"] - told["deleted"]
    assert {group["status"] for group in left} <= {"ACTIVE"}
    arns = {group["datasetGroupArn"] for group in left}
    with any_house.reading() as connection:
        assert set(connection.scalars(sa.select(resources.c.arn))) == arns
        assert set(connection.scalars(sa.select(tags.c.arn))) == arns
        assert set(connection.scalars(sa.select(jobs.c.state))) == {"done"}
        assert connection.scalar(sa.select(sa.func.count()).select_from(jobs)) == told["created"] + told["deleted"]
    assert ledger.waiting(any_house.database) == []


def test_resources_that_name_each_other_are_created_and_deleted_at_once(call_any, run_any_jobs, any_house):
    """A dataset must never be left naming a schema or a group that is gone."""
    group = call_any("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_any_jobs()
    place = any_house.place
    dataset = place.arn("dataset", "g/ITEMS")

    def caller(number: int):
        chance = random.Random(number)
        moves = (
            ("CreateSchema", {"name": "s", "schema": samples.ITEMS}),
            ("DeleteSchema", {"schemaArn": place.arn("schema", "s")}),
            (
                "CreateDataset",
                {"name": "d", "datasetGroupArn": group, "schemaArn": place.arn("schema", "s"), "datasetType": "ITEMS"},
            ),
            ("DeleteDataset", {"datasetArn": dataset}),
        )

        def call() -> None:
            for _ in range(20):
                operation, request = chance.choice(moves)
                try:
                    call_any(operation, **request)
                except ApiError as error:
                    assert error.code.startswith("Resource")
                with any_house.reading() as connection:
                    named = connection.scalars(sa.select(links.c.target).where(links.c.arn == dataset)).all()
                    present = set(connection.scalars(sa.select(resources.c.arn).where(resources.c.arn.in_(named))))
                    assert present == set(named)

        return call

    Storm(run_any_jobs).rage(*(caller(number) for number in range(8)))


@pytest.mark.parametrize("number", [1, 100, 101])
def test_pages_hold_all_that_was_there_throughout(call_any, run_any_jobs, any_house, number):
    """Others come and go while somebody pages; those that stay are each seen once, in order."""
    stay = [
        call_any("CreateSchema", name=f"stay{each:03}", schema=samples.ITEMS)["schemaArn"] for each in range(number)
    ]
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            arn = call_any("CreateSchema", name="passing", schema=samples.ITEMS)["schemaArn"]
            call_any("DeleteSchema", schemaArn=arn)

    def page() -> None:
        try:
            for size in (1, 7, 100):
                seen, request = [], {"maxResults": size}
                while True:
                    answer = call_any("ListSchemas", **request)
                    assert len(answer["schemas"]) <= size
                    seen += [schema["schemaArn"] for schema in answer["schemas"]]
                    if "nextToken" not in answer:
                        break
                    request["nextToken"] = answer["nextToken"]
                assert [arn for arn in seen if arn in set(stay)] == stay
        finally:
            over.set()

    Storm(run_any_jobs).rage(come_and_go, page)
