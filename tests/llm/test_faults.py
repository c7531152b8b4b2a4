"""Everything that can go wrong with a server, one after another, through the whole path.

Each fault comes once in the middle of a run, and then with every call, in a run and in a survey.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, asked_for, live, survey, surveying, told

from newswave.core.errors import NewswaveError
from newswave.core.population import PROFILES
from newswave.core.provenance import Method
from newswave.core.rules import Asked
from newswave.llm.batch import ModelChanged
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import replay
from newswave.llm.recording import Recording
from newswave.llm.server import ModelMissing, ServerGone, ServerTrouble, TooSlow
from newswave.llm.survey import Plan, Unanswered

RUN = replace(SMALL, rounds=2)
AT = 6
"""The call that goes wrong, in the first or second round."""

CHANGES = (Fault.MODEL_DELETED, Fault.DIGEST_CHANGED)
PLAN = Plan(NEWS, WORDS, PROFILES[:2], repeats=6)
CELLS = 6


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed") / "run.jsonl"
    with StandIn() as stand_in:
        live(path, stand_in, RUN)
    return path


def tall(path: Path) -> Counter[str]:
    return Counter(Recording.read(path).outcomes)


# --- faults of the answer: read, or asked for again

READ = {
    Fault.FENCED: "FENCED",
    Fault.THINK_CLOSED: "AFTER_THINKING",
}
UNREAD = {
    Fault.NOT_DONE: "UNFINISHED",
    Fault.EMPTY_CONTENT: "ONLY_THINKING",
    Fault.THINK_OPEN: "ONLY_THINKING",
    Fault.WRONG_TYPE: "WRONG_TYPE",
    Fault.WHITESPACE: "CUT",
    Fault.REFUSAL_PROSE: "REFUSED",
    Fault.ONLY_LOADED: "EMPTY",
}


@pytest.mark.parametrize("fault", READ, ids=lambda fault: fault.value)
def test_an_answer_in_the_wrong_dress_is_read_and_not_asked_for_again(
    tmp_path: Path, undisturbed: Path, fault: Fault
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(faults=[None] * AT + [fault]) as stand_in:
        live(path, stand_in, RUN)
        assert stand_in.calls == len(Recording.read(undisturbed).all_replies)
    assert tall(path) - tall(undisturbed) == {READ[fault]: 1}
    assert told(path)["rounds"] == told(undisturbed)["rounds"]


@pytest.mark.parametrize("fault", UNREAD, ids=lambda fault: fault.value)
def test_an_answer_that_cannot_be_read_is_counted_and_asked_for_again(
    tmp_path: Path, undisturbed: Path, fault: Fault
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(faults=[None] * AT + [fault]) as stand_in:
        played = live(path, stand_in, RUN)
        sent = asked_for(stand_in)
        assert {body["options"]["temperature"] for body in stand_in.requests} == {1.0}
    unread, again = Recording.read(path).all_replies[AT : AT + 2]
    assert (unread.outcome, unread.share, unread.attempt) == (UNREAD[fault], None, 0)
    assert (again.key, again.outcome, again.attempt) == (unread.key, "PLAIN", 1)
    assert sent[AT][0] == sent[AT + 1][0]
    assert sent[AT][1] == unread.seed != again.seed == sent[AT + 1][1]
    assert played.abstained == 0
    others = told(undisturbed)["replies"]
    same = {key: held for key, held in told(path)["replies"].items() if key[0] != unread.key}
    first = {key: held for key, held in same.items() if key[0].round == unread.key.round}
    assert first.items() <= others.items()


@pytest.mark.parametrize("fault", UNREAD, ids=lambda fault: fault.value)
def test_agents_abstain_if_three_answers_cannot_be_read_and_nobody_is_made_to_say_no(
    tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswave.llm.batch._MOST_UNREAD", 10_000)  # else it stops at ten
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        stand_in.fault_always(fault)
        played = live(path, stand_in, RUN, concurrency=4)
        asked = stand_in.calls // 3
        assert stand_in.calls == 3 * asked > 0
    assert tall(path) == {UNREAD[fault]: 3 * asked}
    assert played.abstained == asked == len(played.log)
    assert played.log["abstained"].all()
    assert played.decisions.asked.sum() == 0
    assert np.array_equal(played.curve.counts[0], np.full(RUN.rounds + 1, 3))
    again = replay(Recording.read(path))
    assert again.abstained == played.abstained
    assert again.log.equals(played.log)


# --- troubles of the server: waited for, then the same is asked again

PASSING = {
    Fault.BUSY: r"failed \(status 503\).*server busy, please try again.*lower --concurrency",
    Fault.CRASH: r"failed \(status 500\).*model runner has unexpectedly stopped.*start the server",
    Fault.RESET: r"connection to the server at .* broke.*look at the server's log",
    Fault.CUT: r"connection to the server at .* broke.*look at the server's log",
    Fault.ERROR_LINE: r"failed \(status 500\).*error was encountered while running the model",
    Fault.NOT_JSON: r"not that of an Ollama server.*JSONDecodeError.*--host or OLLAMA_HOST",
}


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.value)
def test_a_trouble_that_passes_leaves_no_trace(
    tmp_path: Path, undisturbed: Path, fault: Fault
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(faults=[None] * AT + [fault] * 3) as stand_in:
        played = live(path, stand_in, RUN)
        sent = asked_for(stand_in)
    assert len(set(sent[AT : AT + 4])) == 1
    assert len(sent) == len(set(sent)) + 3
    assert told(path) == told(undisturbed)
    assert played.abstained == 0


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.value)
def test_a_trouble_that_stays_is_told_and_the_run_goes_on_later(
    tmp_path: Path, undisturbed: Path, fault: Fault
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(faults=[None] * AT) as stand_in:
        stand_in.fault_always(fault)
        with pytest.raises(ServerTrouble, match=PASSING[fault]):
            live(path, stand_in, RUN)
        assert stand_in.calls == AT + 4
        assert len(Recording.read(path).all_replies) == AT
        stand_in.fault_always(None)
        live(path, stand_in, RUN)
    assert told(path) == told(undisturbed)


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.value)
def test_a_survey_waits_for_what_passes_and_tells_what_stays(tmp_path: Path, fault: Fault) -> None:
    path = tmp_path / "table.jsonl"
    with StandIn(faults=[fault, None, fault, fault]) as stand_in:
        found = survey(path, stand_in, PLAN, concurrency=1)
        assert found.calls == 2 * CELLS == stand_in.calls - 3
        stand_in.fault_always(fault)
        with pytest.raises(ServerTrouble, match=PASSING[fault]):
            survey(tmp_path / "other.jsonl", stand_in, PLAN)


# --- slowness


@pytest.mark.parametrize("fault", [Fault.SLOW_FIRST_BYTE, Fault.SLOW_LOAD], ids=lambda f: f.value)
def test_slowness_within_the_time_out_is_waited_for(
    tmp_path: Path, undisturbed: Path, fault: Fault
) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(faults=[None] * AT + [fault], slow=0.3) as stand_in:
        live(path, stand_in, RUN)
    assert told(path) == told(undisturbed)
    replies = Recording.read(path).all_replies
    assert (replies[AT].seconds or 0) > 0.3


@pytest.mark.parametrize("fault", [Fault.SLOW_FIRST_BYTE, Fault.SLOW_LOAD], ids=lambda f: f.value)
def test_slowness_beyond_the_time_out_is_too_slow(tmp_path: Path, fault: Fault) -> None:
    """The time-out of 1 s is far above what an answer takes; a slow one takes 60 s."""
    path = tmp_path / "run.jsonl"
    words = r"gave no answer within 1 s.*--timeout.*smaller model"
    with StandIn(faults=[None] * AT + [fault] * 4, slow=60.0) as stand_in:
        with pytest.raises(TooSlow, match=words):
            live(path, stand_in, RUN, timeout=1.0)
        assert stand_in.calls == AT + 2
    assert len(Recording.read(path).all_replies) == AT


# --- no server, no model, another model


def test_a_server_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        pass
    with pytest.raises(ServerGone, match=r"No Ollama server was reached at .*'ollama serve'"):
        live(tmp_path / "run.jsonl", stand_in, RUN)
    assert not (tmp_path / "run.jsonl").exists()


def test_a_server_that_closes_in_mid_run_is_told_and_what_was_said_is_kept(
    tmp_path: Path, undisturbed: Path
) -> None:
    path = tmp_path / "run.jsonl"
    stand_in = StandIn()

    def close(at: int, done: int, _: int) -> None:
        if (at, done) == (2, 3):
            stand_in.close()

    with pytest.raises(ServerGone, match="No Ollama server was reached"):
        live(path, stand_in, RUN, progress=close)
    said = told(path)["replies"]
    assert sum(key.round == 2 for key, _ in said) == 3
    assert said.items() <= told(undisturbed)["replies"].items()


def test_a_model_that_is_deleted_between_calls_is_missing(tmp_path: Path) -> None:
    words = r"does not have this model.*'synthetic:latest'.*ollama pull"
    with StandIn(faults=[None] * AT + [Fault.MODEL_DELETED]) as stand_in:
        with pytest.raises(ModelMissing, match=words):
            live(tmp_path / "run.jsonl", stand_in, RUN)
        assert stand_in.calls == AT + 1
        with pytest.raises(ModelMissing, match=r"does not have this model.*synthetic-thinking"):
            live(tmp_path / "run.jsonl", stand_in, RUN)
    assert len(Recording.read(tmp_path / "run.jsonl").all_replies) == AT


def test_a_digest_that_changes_between_calls_takes_the_round_back(tmp_path: Path) -> None:
    words = r"model synthetic:latest was changed while.*digest [0-9a-f]{12}.*new recording"
    faults = [None] * AT + [Fault.DIGEST_CHANGED]
    with StandIn(faults=faults) as stand_in, pytest.raises(ModelChanged, match=words):
        live(tmp_path / "run.jsonl", stand_in, RUN)
    held = Recording.read(tmp_path / "run.jsonl")
    assert held.voided > 0
    assert {reply.key.round for reply in held.all_replies} == set(held.whole_rounds(0))


@pytest.mark.parametrize(
    "fault", [Fault.MODEL_DELETED, Fault.DIGEST_CHANGED], ids=lambda f: f.value
)
def test_a_survey_tells_them_too(tmp_path: Path, fault: Fault) -> None:
    error = ModelMissing if fault is Fault.MODEL_DELETED else ModelChanged
    with StandIn(faults=[None] * 4 + [fault]) as stand_in, pytest.raises(error):
        survey(tmp_path / "table.jsonl", stand_in, PLAN, concurrency=1)
    kept = len(Recording.read(tmp_path / "table.jsonl").all_replies)
    assert kept == (4 if error is ModelMissing else 1)  # the first question is a batch of its own


# --- versions and limits


def test_a_version_without_log_probabilities_is_counted_instead(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, PLAN, model="synthetic-mute")
        assert stand_in.calls == 1 + CELLS * PLAN.repeats
    assert {cell.method for cell in found.measured.cells} == {Method.REPEATED_ANSWERS}
    assert {cell.asked for cell in found.measured.cells} == {PLAN.repeats}
    assert found.leaning is None
    assert tall(tmp_path / "table.jsonl")["NO_LOG_PROBABILITIES"] == 1


def test_log_probabilities_that_are_missing_once_are_counted_for_that_cell_alone(
    tmp_path: Path,
) -> None:
    with StandIn(faults=[None] * 3 + [Fault.NO_LOGPROBS]) as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, PLAN, concurrency=1)
        assert stand_in.calls == 2 * CELLS + PLAN.repeats
    counted = [cell.is_counted for cell in found.measured.cells]
    assert counted == [False, True, *[False] * 4]


@pytest.mark.parametrize("fault", [Fault.ONLY_LOADED, Fault.EMPTY_CONTENT], ids=lambda f: f.value)
def test_a_first_answer_that_says_nothing_is_no_sign_of_an_old_version(
    tmp_path: Path, fault: Fault
) -> None:
    with StandIn(faults=[fault]) as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, PLAN, concurrency=1)
        assert stand_in.calls == 2 * CELLS + PLAN.repeats
    assert [cell.is_counted for cell in found.measured.cells] == [True, *[False] * 5]


@pytest.mark.parametrize(
    "fault", [Fault.EMPTY_CONTENT, Fault.ONLY_LOADED, Fault.NO_LOGPROBS], ids=lambda f: f.value
)
def test_a_survey_that_gets_no_log_probabilities_counts_or_says_that_it_cannot(
    tmp_path: Path, fault: Fault
) -> None:
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in:
        stand_in.fault_always(fault)
        if fault is Fault.NO_LOGPROBS:
            assert all(cell.is_counted for cell in survey(path, stand_in, PLAN).measured.cells)
            return
        with pytest.raises(Unanswered, match=rf"No answer about {CELLS} of {CELLS} cells") as told_:
            survey(path, stand_in, PLAN)
        assert "newswave recording" in str(told_.value)
        assert stand_in.calls == 2 * CELLS + 3 * CELLS * PLAN.repeats


@pytest.mark.parametrize("fault", [*UNREAD, *READ], ids=lambda fault: fault.value)
def test_counted_cells_hold_the_answers_that_could_not_be_read_apart(
    tmp_path: Path, fault: Fault
) -> None:
    plan = replace(PLAN, method=Method.REPEATED_ANSWERS)
    with StandIn(faults=[None, fault, fault, fault]) as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan, concurrency=1)
        extra = stand_in.calls - CELLS * plan.repeats
    first, *others = found.measured.cells
    assert (first.abstained, extra) == ((0, 0) if fault in READ else (1, 2))
    assert first.asked + first.abstained == plan.repeats
    assert not any(cell.abstained for cell in others)


@pytest.mark.parametrize("level", [1, 3])
def test_no_more_calls_are_under_way_than_was_said(tmp_path: Path, level: int) -> None:
    with StandIn(parallel=1, delay=0.003) as stand_in:
        live(tmp_path / "run.jsonl", stand_in, RUN, concurrency=level)
        assert stand_in.peak == level
        with surveying(tmp_path / "t.jsonl", stand_in, PLAN, concurrency=level) as begun:
            begun.finish()
        assert stand_in.peak == level
        assert stand_in.served_peak == 1


def test_a_model_that_can_think_is_told_not_to(tmp_path: Path) -> None:
    setup = replace(RUN, sharing=Asked("synthetic-thinking", WORDS))
    with StandIn() as stand_in:
        live(tmp_path / "run.jsonl", stand_in, setup)
        found = survey(tmp_path / "table.jsonl", stand_in, PLAN, model="synthetic-thinking")
        assert {body["think"] for body in stand_in.requests} == {False}
        assert {body["stream"] for body in stand_in.requests} == {False}
    assert set(tall(tmp_path / "run.jsonl")) == {"PLAIN"}
    assert all(not reply.thinking for reply in Recording.read(tmp_path / "run.jsonl").all_replies)
    assert not any(cell.is_counted for cell in found.measured.cells)


def test_every_fault_has_its_row() -> None:
    named = {*READ, *UNREAD, *PASSING, Fault.SLOW_FIRST_BYTE, Fault.SLOW_LOAD}
    told = {Fault.MODEL_DELETED, Fault.DIGEST_CHANGED, Fault.NO_LOGPROBS, Fault.NO_SYSTEM}
    assert named | told == set(Fault)
    assert issubclass(ServerTrouble, NewswaveError)
