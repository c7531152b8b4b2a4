"""Asking many things: in order, again where unread, as many at once as helps, stopped at once."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asked import Quick, asked_for, live, server_of, tasks, told
from programs import ended

from newswave.core.errors import BadFile, BadValue
from newswave.llm.batch import ATTEMPTS, Pace, Record, Stopped, Task, ask_all, run_apart
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.recording import RecordedReply, Recording, Turn
from newswave.llm.replies import Outcome, Reading
from newswave.llm.server import Refused, Reply, Request, ServerGone


def never(reply: Reply) -> Reading:  # noqa: ARG001
    return Reading(None, Outcome.REFUSED)


keep_nothing: Record = Task.recorded


def keep(
    kept: list[RecordedReply], then: Callable[[RecordedReply], None] = lambda _: None
) -> Record:
    """Return what keeps every reply in a list."""

    def record(task: Task, attempt: int, request: Request, reply: Reply) -> RecordedReply:
        made = task.recorded(attempt, request, reply)
        kept.append(made)
        then(made)
        return made

    return record


# --- order, attempts, the memo


def test_tasks_are_asked_in_their_order_and_each_reply_is_handed_over_as_it_comes() -> None:
    heard: list[RecordedReply] = []
    with StandIn() as stand_in:
        found = ask_all(server_of(stand_in), tasks(12), keep(heard), Pace(1))
        sent = asked_for(stand_in)
    assert [one.key for one in heard] == [Turn(0, 1, agent) for agent in range(12)]
    assert [seed for _, seed in sent] == [1000 * agent for agent in range(12)]
    assert found == {one.key: one for one in heard}
    assert all(said.is_read for said in found.values())
    assert all((one.content or "").startswith("{") for one in heard)


def test_nothing_to_ask_asks_nothing() -> None:
    assert ask_all(Quick("127.0.0.1:9"), [], keep_nothing) == {}


def test_what_is_unread_is_asked_again_with_a_new_seed_and_nothing_else_changed() -> None:
    heard: list[RecordedReply] = []
    with StandIn(faults=(None, Fault.REFUSAL_PROSE, Fault.WRONG_TYPE, None)) as stand_in:
        found = ask_all(server_of(stand_in), tasks(3), keep(heard), Pace(1))
        bodies = stand_in.requests
    made = [(one.key.agent, one.attempt, one.outcome) for one in heard]
    assert made[1:4] == [(1, 0, "REFUSED"), (1, 1, "WRONG_TYPE"), (1, 2, "PLAIN")]
    assert len(made) == len(bodies) == 5
    again = bodies[1:4]
    assert [body["options"].pop("seed") for body in again] == [1000, 1001, 1002]
    assert again[0] == again[1] == again[2]
    assert found[Turn(0, 1, 1)].is_read


def test_after_three_attempts_it_is_given_up() -> None:
    heard: list[RecordedReply] = []
    with StandIn() as stand_in:
        found = ask_all(server_of(stand_in), tasks(2, never), keep(heard), Pace(1))
        assert stand_in.calls == 2 * ATTEMPTS == 6
    assert [one.attempt for one in heard] == [0, 1, 2, 0, 1, 2]
    assert not any(said.is_read for said in found.values())
    assert {said.outcome for said in found.values()} == {"REFUSED"}


def test_attempts_that_were_made_before_are_not_made_again() -> None:
    heard: list[RecordedReply] = []
    with StandIn() as stand_in:
        ask_all(server_of(stand_in), tasks(1, never, attempt=2), keep(heard), Pace(1))
        assert [seed for _, seed in asked_for(stand_in)] == [2]
    assert [one.attempt for one in heard] == [2]


@pytest.mark.parametrize("level", [1, 4])
def test_a_request_without_a_seed_is_sent_once_however_many_ask_it(level: int) -> None:
    heard: list[RecordedReply] = []
    memo: dict[str, Reply] = {}
    with StandIn(delay=0.005) as stand_in:
        server = server_of(stand_in)
        ask_all(server, tasks(96, seeded=False), keep(heard), Pace(level), memo=memo)
        assert stand_in.calls == len(memo) == 32
        ask_all(server, tasks(40, seeded=False), keep(heard), Pace(level), memo=memo)
        assert stand_in.calls == 32
    assert len(heard) == 96 + 40
    by_profile: dict[str, set[str]] = {}
    for one in heard:
        by_profile.setdefault(one.profile, set()).add(one.content or "")
    assert all(len(said) == 1 for said in by_profile.values())


def test_a_request_without_a_seed_that_fails_fails_for_all_and_is_not_remembered() -> None:
    memo: dict[str, Reply] = {}
    same = [tasks(33, seeded=False)[at] for at in (0, 32)]
    with StandIn(models=["synthetic-mute"], delay=0.005) as stand_in:
        with pytest.raises(Exception, match="does not have this model"):
            ask_all(server_of(stand_in), same, keep_nothing, Pace(2), memo=memo)
        assert stand_in.calls == 1
    assert memo == {}


def test_progress_is_told_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    with StandIn(faults=(Fault.REFUSAL_PROSE,)) as stand_in:
        ask_all(server_of(stand_in), tasks(9), keep_nothing, Pace(3), lambda *at: seen.append(at))
    assert seen == [(done, 9) for done in range(1, 10)]


# --- how many at once


def test_a_server_that_answers_side_by_side_is_asked_eight_at_once() -> None:
    """Waits of 300 ms, some 3 ms of work a call: doubling pays even at a twentieth of the speed."""
    pace = Pace()
    with StandIn(delay=0.3, parallel=8) as stand_in:
        ask_all(server_of(stand_in), tasks(60), keep_nothing, pace)
        assert stand_in.peak == 8
    assert (pace.level, pace.is_settled) == (8, True)


def test_a_server_that_answers_one_by_one_is_not_asked_more_at_once() -> None:
    pace = Pace()
    with StandIn(delay=0.15, parallel=1) as stand_in:
        ask_all(server_of(stand_in), tasks(24), keep_nothing, pace)
        assert stand_in.peak <= 4
    assert pace.level <= 2
    assert pace.is_settled


@pytest.mark.parametrize("level", [1, 3, 8])
def test_a_level_that_the_user_set_is_kept_to(level: int) -> None:
    with StandIn(delay=0.02, parallel=8) as stand_in:
        ask_all(server_of(stand_in), tasks(6 * level), keep_nothing, Pace(level))
        assert stand_in.peak == stand_in.served_peak == level


def test_what_was_found_out_is_kept_for_the_next_batch() -> None:
    pace = Pace()
    with StandIn(delay=0.05, parallel=1) as stand_in:
        server = server_of(stand_in)
        ask_all(server, tasks(24), keep_nothing, pace)
        assert pace.is_settled
        tried = stand_in.peak
        for _ in range(3):
            ask_all(server, tasks(4), keep_nothing, pace)
        assert stand_in.peak == tried


def speeds(*each: tuple[int, float]) -> Pace:
    pace = Pace()
    for calls, seconds in each:
        pace.note(calls, seconds)
    return pace


def test_the_pace_is_judged_over_four_calls_and_not_by_the_first_wave() -> None:
    loading, ones, twos = (1, 30.0), [(1, 1.0)] * 4, [(2, 1.0)] * 3
    assert speeds(loading).level == speeds(loading, *ones[:3]).level == 1
    assert speeds(loading, *ones).level == 2
    assert speeds(loading, (1, 0.1), (1, 1.9), (1, 1.0), (1, 1.0), *twos).level == 4
    assert speeds(loading, *ones, *twos[:2], (1, 9.0), (2, 1.0)).level == 4
    slow = speeds(loading, *ones, *twos, (4, 1.0), (4, 1.8))
    assert (slow.level, slow.is_settled) == (2, True)
    quick = speeds(loading, *ones, *twos, (4, 1.0), (4, 1.0), (8, 1.0), (8, 1.0))
    assert (quick.level, quick.is_settled) == (8, True)


def test_a_prompt_that_a_new_place_of_the_server_reads_afresh_is_not_timed() -> None:
    """Measured with Ollama and four places: 2.9 s where the prompt is new, else 0.15 s."""
    ones, cold, warm = [(1, 0.15)] * 4, 2.9, 0.15
    pace = speeds((1, cold), *ones, (2, cold), (2, warm), (2, warm), (4, cold), (4, warm))
    assert (pace.level, pace.is_settled) == (8, False)


@pytest.mark.parametrize("level", [0, 65, 1.5, "2"])
def test_levels_out_of_range_are_refused(level: object) -> None:
    with pytest.raises(BadValue, match=r"concurrency.*1 to 64"):
        Pace(level)


# --- stopping


def test_the_stop_event_stops_at_once_and_keeps_what_was_answered() -> None:
    stop, heard = threading.Event(), list[RecordedReply]()

    def hear(_: RecordedReply) -> None:
        if len(heard) == 3:
            stop.set()

    with StandIn(faults=(None, None, None, *[Fault.SLOW_FIRST_BYTE] * 9), slow=30.0) as stand_in:
        start = time.monotonic()
        with pytest.raises(Stopped, match="Stopped before the end"):
            ask_all(server_of(stand_in), tasks(12), keep(heard, hear), Pace(1), stop=stop)
        assert time.monotonic() - start < 10.0
    assert len(heard) == 3


def test_nothing_more_is_sent_once_it_is_stopped() -> None:
    stop, heard = threading.Event(), list[RecordedReply]()

    def hear(_: RecordedReply) -> None:
        stop.set()

    with StandIn() as stand_in:
        with pytest.raises(Stopped):
            ask_all(server_of(stand_in), tasks(50), keep(heard, hear), Pace(1), stop=stop)
        assert stand_in.calls == len(heard) == 1


def test_a_stop_that_was_set_before_asks_next_to_nothing() -> None:
    stop = threading.Event()
    stop.set()
    with StandIn(delay=0.05) as stand_in:
        with pytest.raises(Stopped):
            ask_all(server_of(stand_in), tasks(40), keep_nothing, Pace(2), stop=stop)
        assert stand_in.calls <= 4


def test_a_reply_that_cannot_be_kept_stops_everything() -> None:
    heard: list[RecordedReply] = []

    def full(_: RecordedReply) -> None:
        if len(heard) == 5:
            raise BadFile("This file cannot be written (No space left on device)")

    with StandIn(delay=0.01) as stand_in:
        with pytest.raises(BadFile, match="No space left"):
            ask_all(server_of(stand_in), tasks(60), keep(heard, full), Pace(2))
        assert stand_in.calls <= 5 + 2
    assert len(heard) <= 6


def test_a_refusal_stops_everything() -> None:
    [task] = tasks(1)
    other = "synthetic-embedding:latest"
    wrong = replace(task, request=replace(task.request, model=other))
    with StandIn() as stand_in:
        with pytest.raises(Refused, match=r"does not support chat.*answers in words"):
            ask_all(server_of(stand_in), [wrong] * 9, keep_nothing, Pace(1))
        assert stand_in.calls == 1


def test_a_server_that_goes_away_is_told_and_what_was_answered_is_kept() -> None:
    heard: list[RecordedReply] = []
    stand_in = StandIn(delay=0.005)

    def hear(_: RecordedReply) -> None:
        if len(heard) == 4:
            threading.Thread(target=stand_in.close).start()

    with pytest.raises(ServerGone, match=r"No Ollama server was reached.*ollama serve"):
        ask_all(server_of(stand_in), tasks(200), keep(heard, hear), Pace(2))
    assert 4 <= len(heard) < 200


CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from asked import live

class There:
    address = sys.argv[1]

def progress(at, done, total):
    if at == 2 and done == 2:
        print("ready", flush=True)

try:
    live(Path(sys.argv[2]), There, concurrency=4, progress=progress)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    time.sleep(0.2)
    print("quiet", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_stops_at_once_and_leaves_a_recording_that_can_be_read(tmp_path: Path) -> None:
    code = CHILD.format(tests=str(Path(__file__).parents[1]))
    path = tmp_path / "run.jsonl"
    faults = [None] * 30 + [Fault.SLOW_FIRST_BYTE] * 200
    with StandIn(faults=faults, slow=3600.0) as stand_in:
        command = [sys.executable, "-c", code, stand_in.address, str(path)]
        with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as child:
            assert child.stdout.readline() == "ready\n"
            while stand_in.calls < 31:
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            assert child.stdout.readline() == "interrupted\n"
            assert child.communicate()[0] == "quiet\n"
            assert child.returncode == 0
        assert stand_in.calls <= 30 + 4
    held = Recording.read(path)
    assert 30 - 4 <= len(held.all_replies) <= 30
    assert held.torn == 0
    with StandIn() as stand_in:
        live(path, stand_in)
        live(tmp_path / "undisturbed.jsonl", stand_in)
    assert told(path) == told(tmp_path / "undisturbed.jsonl")


# --- apart from what runs already


def test_it_works_inside_of_a_running_loop_as_a_notebook_has_one() -> None:
    async def notebook() -> int:
        with StandIn() as stand_in:
            return len(ask_all(server_of(stand_in), tasks(5), keep_nothing))

    assert asyncio.run(notebook()) == 5


def test_an_error_of_the_work_is_raised_where_it_was_begun() -> None:
    async def failing() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_raise())

    with pytest.raises(ZeroDivisionError):
        run_apart(failing)


async def _raise() -> None:
    raise ZeroDivisionError


def test_several_batches_side_by_side_do_not_meet() -> None:
    found: dict[int, int] = {}

    def work(number: int) -> None:
        with StandIn() as stand_in:
            found[number] = len(ask_all(server_of(stand_in), tasks(6), keep_nothing))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert found == dict.fromkeys(range(3), 6)


def test_everything_is_asked_at_any_level() -> None:
    for count, level in itertools.product((1, 2, 7, 19), (None, 1, 8)):
        with StandIn() as stand_in:
            found = ask_all(server_of(stand_in), tasks(count), keep_nothing, Pace(level))
            assert stand_in.calls == count == len(found)
