"""Jobs behind the page of language-model agents: how they end, what they tell, how they stop."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from programs import PATIENCE

from newswave.app.jobs import Job, JobState, Stage
from newswave.core.errors import BadValue
from newswave.llm.batch import Stopped

Told = list[tuple[JobState, Any]]


def begun(work: Any, **how: Any) -> tuple[Job, Told]:
    told: Told = []
    job = Job(work, lambda state, seen: told.append((state, seen)), **how)
    job.start()
    return job, told


def test_the_last_state_is_told_with_what_came_of_it() -> None:
    def work(job: Job) -> str:
        for done in range(1, 1001):
            job.tell(done, 1000, f"{done}", lambda done=done: done)
        return "made"

    job, told = begun(work)
    assert job.wait(PATIENCE)
    assert told[-1] == (JobState(Stage.DONE, 1000, 1000, "1000"), "made")
    shown = [seen for _, seen in told[:-1] if seen is not None]
    assert shown
    assert len(shown) < 100, "a thousand steps at once are not told one by one"
    assert all(state.words == str(seen) for state, seen in told[1:-1] if seen is not None)


def test_what_has_to_be_seen_is_told_at_once() -> None:
    def work(job: Job) -> None:
        for done in range(5):
            job.tell(done, 5, "", lambda done=done: done, now=True)

    job, told = begun(work)
    assert job.wait(PATIENCE)
    assert [seen for _, seen in told if seen is not None] == [0, 1, 2, 3, 4]


def test_a_job_that_is_stopped_says_so_twice() -> None:
    def work(job: Job) -> None:
        assert job.stopping.wait(PATIENCE)
        job.check()

    job, told = begun(work)
    job.stop()
    assert job.wait(PATIENCE)
    assert [state.stage for state, _ in told] == [Stage.RUNNING, Stage.STOPPING, Stage.STOPPED]
    assert told[-1][0].can_go_on
    assert not told[-1][0].is_under_way
    job.stop()
    assert job.state.stage is Stage.STOPPED


def test_stopped_by_what_it_asks_counts_as_stopped() -> None:
    def work(_: Job) -> None:
        raise Stopped("Stopped before the end")

    job, _ = begun(work)
    assert job.wait(PATIENCE)
    assert job.state.stage is Stage.STOPPED


def test_errors_become_words_and_leave_no_thread_behind() -> None:
    def wrong(_: Job) -> None:
        raise BadValue("The table is wrong", given=3)

    def broken(_: Job) -> None:
        raise ZeroDivisionError("secret detail")

    for work, words in ((wrong, "The table is wrong. Given: 3."), (broken, "in newswave itself")):
        job, told = begun(work)
        assert job.wait(PATIENCE)
        assert told[-1][0].stage is Stage.FAILED
        assert words in told[-1][0].error
        assert "secret detail" not in told[-1][0].error
    job, told = begun(wrong, words_of=lambda _: "own words")
    assert job.wait(PATIENCE)
    assert told[-1][0].error == "own words"


def test_where_no_thread_can_be_started_the_work_is_done_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    _, told = begun(lambda job: job.tell(1, 2, "half") or "whole")
    assert told[-1] == (JobState(Stage.DONE, 1, 2, "half"), "whole")
