"""Interviews: every reply is written down, and those of a model that was changed are taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, interviewed, live, server_of, surveying, tasks, told

from newswave.core.errors import BadFile, BadValue
from newswave.core.population import PROFILES
from newswave.core.streams import request_seed
from newswave.core.wording import Prompt
from newswave.llm.batch import (
    ModelChanged,
    Stopped,
    Task,
    ask_all,
    context_for,
    earlier,
    read,
    seeds_of,
)
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import ask_runs
from newswave.llm.recording import RecordedReply, Recording, RecordingWriter, Turn
from newswave.llm.replies import Outcome, Reading
from newswave.llm.server import ModelMissing, Reply, Request, Sampling, ServerGone
from newswave.llm.survey import Plan

MODEL = "synthetic:latest"


# --- what is written


def test_every_reply_is_in_the_recording_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    faults = (None, Fault.REFUSAL_PROSE, Fault.EMPTY_CONTENT, None, Fault.FENCED)
    with StandIn(faults=faults) as stand_in, interviewed(path, stand_in) as (interview, _):
        found = interview.ask(tasks(6))
        calls, bodies = stand_in.calls, stand_in.requests
    replies = Recording.read(path).all_replies
    assert len(replies) == calls == 8
    assert [(reply.key, reply.attempt) for reply in replies[:4]] == [
        (Turn(0, 1, 0), 0),
        *((Turn(0, 1, 1), attempt) for attempt in range(3)),
    ]
    assert [reply.outcome for reply in replies[:5]] == [
        *("PLAIN", "REFUSED", "ONLY_THINKING", "PLAIN", "FENCED"),
    ]
    prompts = Recording.read(path).prompts
    for reply, body in zip(replies, bodies, strict=True):
        assert reply.seed == body["options"]["seed"]
        assert prompts[reply.prompt].messages == body["messages"]
        assert reply.profile == PROFILES[reply.key.agent].code
        assert reply.exposure == 1
        assert reply.at.startswith("20")
        assert (reply.seconds or 0) > 0
        assert reply.done_reason == "stop"
    assert "rather not say" in (replies[1].content or "")
    assert not replies[2].content
    assert "Synthetic" in (replies[2].thinking or "")
    assert {turn: said.share for turn, said in found.items()} == {
        reply.key: reply.share for reply in replies if reply.share is not None
    }


def test_a_batch_of_nothing_asks_nobody(tmp_path: Path) -> None:
    with StandIn() as stand_in, interviewed(tmp_path / "run.jsonl", stand_in) as (interview, _):
        stand_in.close()
        assert interview.ask([]) == {}


def test_a_stop_keeps_what_was_said(tmp_path: Path) -> None:
    path, stop = tmp_path / "run.jsonl", threading.Event()
    with (
        StandIn(faults=[None] * 4 + [Fault.SLOW_FIRST_BYTE] * 9, slow=30.0) as stand_in,
        interviewed(path, stand_in, stop=stop) as (interview, _),
        pytest.raises(Stopped),
    ):
        interview.ask(tasks(9), lambda done, _: stop.set() if done == 4 else None)
    assert [reply.key for reply in Recording.read(path).all_replies] == [
        Turn(0, 1, agent) for agent in range(4)
    ]


# --- a model that is changed or taken away


@pytest.mark.parametrize("at", [0, 3, 11])
def test_a_model_that_is_changed_in_mid_batch_is_noticed(tmp_path: Path, at: int) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in, interviewed(path, stand_in) as (interview, _):
        interview.ask(tasks(5))
        stand_in.script(*[None] * at, Fault.DIGEST_CHANGED)
        later = [replace(task, key=Turn(1, 1, task.key.agent)) for task in tasks(12)]
        with pytest.raises(ModelChanged, match=r"changed while.*first model back") as caught:
            interview.ask(later)
        assert interview.model.digest[:12] in str(caught.value)
    held = Recording.read(path)
    assert held.voided == 12
    assert {reply.key.run for reply in held.all_replies} == {0}
    assert len(held.all_replies) == 5


def test_a_model_that_is_changed_is_noticed_also_when_the_batch_ends_badly(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    stop = threading.Event()

    def change(done: int, _: int) -> None:
        if done == 3:
            stand_in.change(MODEL)
            stop.set()

    with (
        StandIn(delay=0.01) as stand_in,
        interviewed(path, stand_in, stop=stop) as (interview, _),
        pytest.raises(ModelChanged),
    ):
        interview.ask(tasks(200), change)
    assert Recording.read(path).all_replies == ()


def test_a_changed_model_leaves_the_rounds_before_and_its_own_is_asked_again(
    tmp_path: Path,
) -> None:
    """The first model is brought back by a second server that never changed it."""
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        live(tmp_path / "undisturbed.jsonl", stand_in)
    first = len(Recording.read(tmp_path / "undisturbed.jsonl").replies(0, 1))
    with StandIn(faults=[None] * (first + 2) + [Fault.DIGEST_CHANGED]) as stand_in:
        with pytest.raises(ModelChanged):
            live(path, stand_in)
        assert Recording.read(path).whole_rounds(0) == (1,)
        assert Recording.read(path).replies(0, 2) == ()
        with pytest.raises(BadFile, match=r"recording of something else: digest"):
            live(path, stand_in)
    with StandIn() as stand_in:
        live(path, stand_in)
    assert told(path) == told(tmp_path / "undisturbed.jsonl")


def test_a_change_while_the_server_was_away_takes_back_what_was_not_checked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in, interviewed(path, stand_in) as (interview, _):
        interview.ask(tasks(2))
        port = stand_in.port
        later = [replace(task, key=Turn(1, 1, task.key.agent)) for task in tasks(3)]
        interview.ask(later, lambda done, total: stand_in.close() if done == total else None)
        with StandIn(port=port) as other:
            other.change(MODEL)
            last = [replace(task, key=Turn(2, 1, task.key.agent)) for task in tasks(3)]
            with pytest.raises(ModelChanged):
                interview.ask(last)
    held = Recording.read(path)
    assert (len(held.all_replies), held.voided) == (2, 6)


def test_a_model_that_was_changed_while_nothing_ran_is_refused(tmp_path: Path) -> None:
    run, table = tmp_path / "run.jsonl", tmp_path / "table.jsonl"
    plan = Plan(NEWS, WORDS, PROFILES[:2])
    with StandIn() as stand_in:
        live(run, stand_in)
        with surveying(table, stand_in, plan) as survey:
            survey.finish()
        before = run.read_bytes(), table.read_bytes()
        stand_in.change(MODEL)
        calls = stand_in.calls
        with pytest.raises(BadFile, match=r"something else: digest: .*another name"):
            live(run, stand_in)
        with (
            pytest.raises(BadFile, match="something else: digest"),
            surveying(table, stand_in, plan),
        ):
            pass
        assert stand_in.calls == calls
    assert (run.read_bytes(), table.read_bytes()) == before


def test_a_model_that_is_taken_away_is_missing_and_what_it_said_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    faults = [None] * 7 + [Fault.MODEL_DELETED]
    with StandIn(faults=faults) as stand_in, interviewed(path, stand_in) as (interview, _):
        with pytest.raises(ModelMissing, match=r"does not have this model.*ollama pull"):
            interview.ask(tasks(20))
        assert stand_in.calls == 8
    assert len(Recording.read(path).all_replies) == 7


# --- a server that goes away and comes back


@pytest.mark.parametrize("concurrency", [1, 4])
def test_when_the_server_is_back_the_run_goes_on_and_ends_as_if_undisturbed(
    tmp_path: Path, concurrency: int
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        whole = live(tmp_path / "undisturbed.jsonl", stand_in, concurrency=concurrency)
        port = stand_in.port
    stand_in = StandIn(port=port)

    def close(at: int, done: int, _: int) -> None:
        if at == 3 and done == 5:
            stand_in.close()

    with interviewed(path, stand_in, SMALL, concurrency) as (interview, asking):
        with pytest.raises(ServerGone, match=f"reached at http://127.0.0.1:{port}"):
            ask_runs(asking.setup, interview, asking, close)
        kept = told(path)["replies"]
        assert Recording.read(path).whole_rounds(0) == (1, 2)
        assert len(Recording.read(path).replies(0, 3)) >= 5
        with StandIn(port=port) as back:
            played = ask_runs(asking.setup, interview, asking)
            asked = back.calls
    final = told(path)
    assert final == told(tmp_path / "undisturbed.jsonl")
    assert kept.items() <= final["replies"].items()
    assert asked == len(final["replies"]) - len(kept)
    assert np.array_equal(played.curve.counts, whole.curve.counts)
    assert played.log.equals(whole.log)


# --- what was said before


def reply(attempt: int, share: bool | None) -> RecordedReply:
    outcome = "REFUSED" if share is None else "PLAIN"
    return RecordedReply(Turn(0, 1, 0), "p", outcome, share, attempt, reason=f"{attempt}")


def test_what_the_recording_holds_is_not_asked_again() -> None:
    [task] = tasks(1)
    assert earlier({}, task) == (None, task)
    unread = [reply(attempt, None) for attempt in range(3)]
    said, left = earlier({task.key: unread[:2]}, task)
    assert said is None
    assert left.attempt == 2
    said, _ = earlier({task.key: [*unread[:1], reply(1, False)]}, task)
    assert said == reply(1, False)
    said, _ = earlier({task.key: unread}, task)
    assert said == unread[2]


def test_the_seed_of_an_attempt_hangs_on_setup_place_and_attempt_alone() -> None:
    seeds = seeds_of(5, 0, 3, 41)
    assert seeds == tuple(request_seed(5, 0, 3, 41, attempt) for attempt in range(3))
    assert len({seed for place in ((0, 1), (1, 0), (0, 11)) for seed in seeds_of(5, *place)}) == 9
    task = Task(
        Turn(0, 3, 41), Request(MODEL, Prompt("a", "b"), Sampling(0.7, 40, 2048)), seeds, read
    )
    assert task.asked(1).sampling.seed == seeds[1]
    assert replace(task.asked(2), sampling=task.request.sampling) == task.request


def test_the_context_is_large_enough_for_every_prompt_and_the_same_for_all() -> None:
    short, long = Prompt("x" * 100, "y"), Prompt("x" * 20_000, "y" * 3000)
    assert context_for(short) == 2048
    assert context_for(short, long) == context_for(long) == 16_384
    with StandIn() as stand_in:
        ask_all(server_of(stand_in), tasks(3), Task.recorded)
        assert {body["options"]["num_ctx"] for body in stand_in.requests} == {2048}


def test_a_reply_that_the_recording_refuses_stops_the_batch(tmp_path: Path) -> None:
    """Two tasks of one key: the second reply to one call does not go into a recording."""
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in, interviewed(path, stand_in) as (interview, _):
        with pytest.raises(BadValue, match="two replies to one call"):
            interview.ask([*tasks(1), *tasks(1), *tasks(9)[1:]])
        assert stand_in.calls == 2
    assert len(Recording.read(path).all_replies) == 1


def test_a_writer_that_is_closed_keeps_no_reply_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        with interviewed(path, stand_in) as (interview, _):
            assert isinstance(interview.writer, RecordingWriter)
        with pytest.raises(BadFile, match="cannot be written"):
            interview.ask(tasks(3))


def test_thinking_is_written_down_beside_the_content(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    faults = [Fault.EMPTY_CONTENT]
    with StandIn(faults=faults) as stand_in, interviewed(path, stand_in) as (interview, _):
        interview.ask(tasks(1, _thought))
    assert "the person" in (Recording.read(path).all_replies[0].thinking or "")


def _thought(reply: Reply) -> Reading:
    return Reading(True, Outcome.WORD) if reply.thinking else Reading(None, Outcome.REFUSED)
