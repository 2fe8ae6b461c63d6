"""Work on the side: given at once where nobody may not wait, and promised to an event loop."""

import asyncio
import logging
import threading
from concurrent.futures import Future

import pytest

from penchant.serving import aside as module
from penchant.serving.aside import Aside


@pytest.fixture
def aside(monkeypatch):
    """With one thread, so that what was given to it first is done first."""
    monkeypatch.setattr(module, "THREADS", 1)
    aside = Aside()
    yield aside
    aside.close()


def fail() -> None:
    raise ValueError("no")


def until_done(aside: Aside) -> None:
    """Until the thread has done what it was given so far."""
    aside._threads.submit(int).result()


def test_who_may_wait_does_the_work(aside: Aside) -> None:
    assert aside(threading.current_thread) is threading.current_thread()
    with pytest.raises(ValueError, match="no"):
        aside(fail)


def test_an_event_loop_goes_on_meanwhile(aside: Aside) -> None:
    go_on, settled_on = threading.Event(), []

    def work() -> threading.Thread:
        go_on.wait()
        return threading.current_thread()

    async def ask() -> threading.Thread:
        promise = aside(work)
        assert isinstance(promise, Future)
        promise.add_done_callback(lambda _: settled_on.append(threading.current_thread()))
        assert not promise.done()
        go_on.set()
        return await asyncio.wrap_future(promise)

    assert asyncio.run(ask()) is not threading.current_thread()
    assert settled_on == [threading.current_thread()]


def test_an_error_is_told_to_who_waits(aside: Aside) -> None:
    async def ask() -> list[object]:
        wrong, right = aside(fail), aside(lambda: "right")
        assert isinstance(wrong, Future) and isinstance(right, Future)
        return await asyncio.gather(*map(asyncio.wrap_future, (wrong, right)), return_exceptions=True)

    wrong, right = asyncio.run(ask())
    assert isinstance(wrong, ValueError)
    assert right == "right"


def test_work_that_nobody_waits_for_any_more_is_not_done(aside: Aside) -> None:
    go_on, done = threading.Event(), []

    async def ask() -> None:
        first = aside(go_on.wait)
        gone = aside(lambda: done.append("gone"))
        assert isinstance(first, Future) and isinstance(gone, Future)
        assert gone.cancel()
        go_on.set()
        await asyncio.wrap_future(first)

    asyncio.run(ask())
    until_done(aside)
    assert done == []


def test_a_loop_that_was_closed_meanwhile_does_no_harm(aside: Aside) -> None:
    go_on, kept = threading.Event(), []

    async def ask() -> None:
        kept.extend([aside(go_on.wait), aside(fail)])

    asyncio.run(ask())
    go_on.set()
    assert kept[0].result() is True
    with pytest.raises(ValueError, match="no"):
        kept[1].result()


def test_what_is_under_way_is_not_begun_again(aside: Aside) -> None:
    go_on, begun = threading.Event(), []

    def work(name: str) -> None:
        begun.append(name)
        go_on.wait()

    aside.begin("a", lambda: work("first"))
    aside.begin("a", lambda: work("again"))
    aside.begin("b", lambda: work("other"))
    go_on.set()
    until_done(aside)
    assert begun == ["first", "other"]
    aside.begin("a", lambda: work("later"))
    until_done(aside)
    assert begun == ["first", "other", "later"]


def test_work_that_fails_is_logged_and_may_be_begun_again(aside: Aside, caplog) -> None:
    done: list[str] = []
    with caplog.at_level(logging.ERROR):
        aside.begin("a", fail)
        until_done(aside)
    assert "Work on the side failed" in caplog.text
    assert "ValueError: no" in caplog.text
    aside.begin("a", lambda: done.append("again"))
    until_done(aside)
    assert done == ["again"]


def test_what_is_under_way_is_done_before_it_is_closed() -> None:
    aside, begun, go_on, done = Aside(), threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go_on.wait()
        done.append("all")

    aside.begin("a", work)
    begun.wait()
    closing = threading.Thread(target=aside.close)
    closing.start()
    go_on.set()
    closing.join()
    assert done == ["all"]
