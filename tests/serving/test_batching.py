import asyncio
import threading
from concurrent.futures import Future

import pytest

from penchant.contract.errors import ServiceUnavailable, ThrottlingException
from penchant.serving.batching import Scorer


class Slow:
    """An answering that is held until it is let go, and remembers its batches."""

    cheap, at_once = False, 3

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def score(self, asked: list[str]) -> list[str]:
        self.batches.append(list(asked))
        self.begun.set()
        self.go_on.wait()
        return [each.upper() for each in asked]


class Cheap(Slow):
    cheap = True

    def __init__(self) -> None:
        super().__init__()
        self.go_on.set()


@pytest.fixture
def scorer():
    scorer = Scorer(most_waiting=6)
    yield scorer
    scorer.close()


def test_what_is_cheap_is_answered_at_once(scorer):
    assert scorer.submit(Cheap(), "a", lambda scored: scored + "!") == "A!"


def test_those_who_come_meanwhile_are_scored_together(scorer):
    slow = Slow()
    first = scorer.submit(slow, "a", str)
    slow.begun.wait()
    others = [scorer.submit(slow, each, str) for each in "bcdef"]
    slow.go_on.set()
    assert [each.result() for each in (first, *others)] == list("ABCDEF")
    assert slow.batches == [["a"], ["b", "c", "d"], ["e", "f"]]


def test_models_are_not_mixed(scorer):
    one, other = Slow(), Slow()
    first = scorer.submit(one, "a", str)
    one.begun.wait()
    waiting = [scorer.submit(model, each, str) for model, each in ((one, "b"), (other, "c"), (one, "d"))]
    one.go_on.set()
    other.go_on.set()
    assert [each.result() for each in (first, *waiting)] == list("ABCD")
    assert one.batches == [["a"], ["b", "d"]]
    assert other.batches == [["c"]]


def test_an_error_is_told_to_whose_it_is(scorer):
    slow = Slow()
    slow.go_on.set()

    def broken(scored: str) -> str:
        raise ValueError(scored)

    wrong, right = scorer.submit(slow, "a", broken), scorer.submit(slow, "b", str)
    assert right.result() == "B"
    with pytest.raises(ValueError, match="A"):
        wrong.result()


def test_who_has_gone_is_not_answered(scorer):
    slow = Slow()
    told: list[str] = []
    first = scorer.submit(slow, "a", str)
    slow.begun.wait()
    gone = scorer.submit(slow, "b", told.append)
    assert gone.cancel()
    slow.go_on.set()
    first.result()
    assert scorer.submit(slow, "c", str).result() == "C"
    assert told == []
    assert slow.batches == [["a"], ["c"]]


def test_too_many_are_turned_away(scorer):
    slow = Slow()
    first = scorer.submit(slow, "x", str)
    slow.begun.wait()
    waiting = [scorer.submit(slow, "a", str) for _ in range(6)]
    with pytest.raises(ThrottlingException, match="wait for their scores"):
        scorer.submit(slow, "b", str)
    slow.go_on.set()
    assert {each.result() for each in (first, *waiting)} == {"X", "A"}


def test_an_event_loop_is_told_on_its_own_thread(scorer):
    slow = Slow()
    slow.go_on.set()

    async def ask() -> list[str]:
        threads: list[str] = []
        promises: list[Future[str]] = [scorer.submit(slow, each, str) for each in "ab"]
        for promise in promises:
            promise.add_done_callback(lambda _: threads.append(threading.current_thread().name))
        answers = [await asyncio.wrap_future(promise) for promise in promises]
        assert set(threads) == {threading.current_thread().name}
        return answers

    assert asyncio.run(ask()) == ["A", "B"]


def test_nothing_is_taken_after_the_end():
    scorer, slow = Scorer(), Slow()
    slow.go_on.set()
    assert scorer.submit(slow, "a", str).result() == "A"
    scorer.close()
    with pytest.raises(ServiceUnavailable, match="ending"):
        scorer.submit(slow, "b", str)
