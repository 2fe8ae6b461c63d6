"""What the scorer promises at the edges: what is cheap, what fails, who has gone, and when it is closed."""

import asyncio
import threading
import time
from concurrent.futures import Future

import pytest

from penchant.contract.errors import ServiceUnavailable, ThrottlingException
from penchant.serving.batching import Scorer
from tests.serving.test_batching import Cheap, Slow


class Broken(Slow):
    """Cannot score anybody, once it is let go."""

    def score(self, asked: list[str]) -> list[str]:
        super().score(asked)
        raise OSError("the model is gone")


@pytest.fixture
def scorer():
    scorer = Scorer(most_waiting=2)
    yield scorer
    scorer.close()


def held(scorer: Scorer, slow: Slow) -> Future:
    """The first of a batch of its own, which is being scored."""
    first = scorer.submit(slow, "x", str)
    slow.begun.wait()
    return first


def test_what_is_cheap_is_no_promise_and_needs_no_thread(scorer: Scorer) -> None:
    threads: list[threading.Thread] = []

    def finish(scored: str) -> str:
        threads.append(threading.current_thread())
        return scored * 2

    async def ask() -> object:
        return scorer.submit(Cheap(), "a", finish)

    assert scorer.submit(Cheap(), "a", finish) == "AA"
    assert asyncio.run(ask()) == "AA"
    assert threads == [threading.current_thread()] * 2
    assert scorer._thread is None


def test_an_error_of_what_is_cheap_is_raised(scorer: Scorer) -> None:
    def broken(scored: str) -> None:
        raise ValueError(scored)

    with pytest.raises(ValueError, match="A"):
        scorer.submit(Cheap(), "a", broken)


def test_what_is_cheap_is_answered_while_others_wait(scorer: Scorer) -> None:
    slow = Slow()
    promises = [held(scorer, slow), *(scorer.submit(slow, each, str) for each in "ab")]
    assert scorer.submit(Cheap(), "c", str) == "C"
    slow.go_on.set()
    assert [promise.result() for promise in promises] == ["X", "A", "B"]


def test_a_model_that_fails_is_told_to_all_of_the_batch_and_to_nobody_else(scorer: Scorer) -> None:
    broken, slow = Broken(), Slow()
    slow.go_on.set()
    first = held(scorer, broken)
    both = [scorer.submit(broken, each, str) for each in "ab"]
    broken.go_on.set()
    for promise in (first, *both):
        with pytest.raises(OSError, match="the model is gone"):
            promise.result()
    assert broken.batches == [["x"], ["a", "b"]]
    assert scorer.submit(slow, "c", str).result() == "C"


def test_an_error_of_one_of_a_batch_is_not_told_to_the_others(scorer: Scorer) -> None:
    def broken(scored: str) -> None:
        raise ValueError(scored)

    slow = Slow()
    first = held(scorer, slow)
    wrong, right = scorer.submit(slow, "a", broken), scorer.submit(slow, "b", str)
    slow.go_on.set()
    assert [first.result(), right.result()] == ["X", "B"]
    with pytest.raises(ValueError, match="A"):
        wrong.result()
    assert slow.batches == [["x"], ["a", "b"]]


def test_one_who_has_gone_leaves_the_others_of_the_batch(scorer: Scorer) -> None:
    slow = Slow()
    told: list[str] = []
    first = held(scorer, slow)
    gone, stays = scorer.submit(slow, "a", told.append), scorer.submit(slow, "b", str)
    assert gone.cancel()
    slow.go_on.set()
    assert [first.result(), stays.result()] == ["X", "B"]
    assert gone.cancelled()
    assert told == []
    assert slow.batches == [["x"], ["b"]]


def test_who_was_turned_away_may_come_again(scorer: Scorer) -> None:
    slow = Slow()
    waiting = [held(scorer, slow), *(scorer.submit(slow, each, str) for each in "ab")]
    with pytest.raises(ThrottlingException, match=r"^2 requests wait for their scores already"):
        scorer.submit(slow, "c", str)
    slow.go_on.set()
    assert [promise.result() for promise in waiting] == ["X", "A", "B"]
    assert scorer.submit(slow, "c", str).result() == "C"
    assert ["c"] in slow.batches


def test_what_waits_is_answered_before_it_is_closed() -> None:
    scorer, slow, other = Scorer(), Slow(), Slow()
    promises = [held(scorer, slow), scorer.submit(slow, "a", str), scorer.submit(other, "b", str)]
    closing = threading.Thread(target=scorer.close)
    closing.start()
    while not scorer._closing:
        time.sleep(0.001)
    assert not any(promise.done() for promise in promises)
    slow.go_on.set()
    other.go_on.set()
    closing.join()
    assert [promise.result(0) for promise in promises] == ["X", "A", "B"]


def test_one_that_was_never_asked_is_closed() -> None:
    scorer = Scorer()
    scorer.close()
    with pytest.raises(ServiceUnavailable):
        scorer.submit(Slow(), "a", str)


def test_an_event_loop_gathers_too_and_is_told_of_errors(scorer: Scorer) -> None:
    slow = Slow()

    def broken(scored: str) -> None:
        raise ValueError(scored)

    async def ask() -> list[object]:
        first = asyncio.wrap_future(scorer.submit(slow, "x", str))
        await asyncio.to_thread(slow.begun.wait)
        others = [
            asyncio.wrap_future(scorer.submit(slow, each, finish)) for each, finish in (("a", broken), ("b", str))
        ]
        assert not any(promise.done() for promise in (first, *others))  # and the loop is free
        slow.go_on.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    first, wrong, right = asyncio.run(ask())
    assert (first, right) == ("X", "B")
    assert isinstance(wrong, ValueError)
    assert slow.batches == [["x"], ["a", "b"]]


def test_one_who_leaves_an_event_loop_is_not_scored(scorer: Scorer) -> None:
    slow = Slow()
    told: list[str] = []

    async def ask() -> str:
        first = asyncio.wrap_future(scorer.submit(slow, "x", str))
        await asyncio.to_thread(slow.begun.wait)
        gone = asyncio.wrap_future(scorer.submit(slow, "a", told.append))
        gone.cancel()
        await asyncio.sleep(0)
        slow.go_on.set()
        return await first

    assert asyncio.run(ask()) == "X"
    assert scorer.submit(slow, "b", str).result() == "B"
    assert slow.batches == [["x"], ["b"]]
    assert told == []


def test_a_loop_that_was_closed_meanwhile_does_no_harm(scorer: Scorer) -> None:
    slow, kept = Slow(), []

    async def ask() -> None:
        kept.append(scorer.submit(slow, "x", str))

    asyncio.run(ask())
    slow.go_on.set()
    assert kept[0].result() == "X"
    assert scorer.submit(slow, "a", str).result() == "A"
