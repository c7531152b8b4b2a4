"""Everything that can go wrong with a server, one after another, through the whole path.

Each fault comes once in the middle of a run, and then with every call, in a run and in a survey.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, asked_for, live, survey, surveying, told, truth

from newswave.core.errors import NewswaveError
from newswave.core.population import PROFILES
from newswave.core.provenance import Cell, Method
from newswave.core.rules import Asked
from newswave.llm.batch import ModelChanged
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import replay
from newswave.llm.recording import CellTurn, Recording
from newswave.llm.server import ModelMissing, ServerGone, ServerTrouble, TooSlow
from newswave.llm.survey import MustCount, Plan, Surveyed, Unanswered

RUN = replace(SMALL, rounds=2)
AT = 6
"""The call that goes wrong, in the first or second round."""

CHANGES = (Fault.MODEL_DELETED, Fault.DIGEST_CHANGED)
PLAN = Plan(NEWS, WORDS, PROFILES[:2], repeats=6)
CELLS = 6
MIND = Mind()
WORD = Method.LOG_PROBABILITIES
PROBE = len(PLAN.probe(Method.DECISION))
"""The first calls of a table: three cells in both orders, a batch of their own."""
ASKED = 2 * CELLS + PROBE // 2
"""Each cell in both orders, and those of the probe once more."""
TRIED = PROBE + len(PLAN.probe(WORD))
"""The calls that show that neither way of reading is possible."""


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
        assert found.calls == ASKED == stand_in.calls - 3
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
    path = tmp_path / "table.jsonl"
    with StandIn(faults=[None] * (PROBE + 3) + [fault]) as stand_in, pytest.raises(error):
        survey(path, stand_in, PLAN, concurrency=1)
    kept = len(Recording.read(path).all_replies)
    assert kept == (PROBE + 3 if error is ModelMissing else PROBE)  # the probe is a batch


# --- versions and limits

NO_READING = (
    r"has to be counted.*of true and false no log-probabilities are told; of yes and no no "
    r"log-probabilities are told.*--count-if-needed"
)


def test_a_version_without_log_probabilities_is_counted_instead_if_that_is_wanted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in:
        with pytest.raises(MustCount, match=NO_READING) as stopped:
            survey(path, stand_in, PLAN, model="synthetic-mute")
        assert stopped.value.calls == CELLS * PLAN.repeats
        assert stand_in.calls == TRIED + 1  # one answer is timed, and not recorded
        assert tall(path) == {"NO_LOG_PROBABILITIES": TRIED}
        found = survey(path, stand_in, PLAN, model="synthetic-mute", count_if_needed=True)
        assert stand_in.calls == TRIED + 1 + CELLS * PLAN.repeats
    assert found.way is Method.REPEATED_ANSWERS
    assert {cell.method for cell in found.measured.cells} == {Method.REPEATED_ANSWERS}
    assert {cell.asked for cell in found.measured.cells} == {PLAN.repeats}
    assert found.leaning is not None
    assert found.leaning.answers == CELLS * PLAN.repeats
    assert tall(path) == {"NO_LOG_PROBABILITIES": TRIED, "PLAIN": CELLS * PLAN.repeats}


def test_a_server_that_begins_answers_anew_is_asked_for_one_word_and_live_runs_are_as_ever(
    tmp_path: Path, undisturbed: Path
) -> None:
    with StandIn() as stand_in:
        stand_in.fault_always(Fault.NO_PREFIX)
        live(tmp_path / "run.jsonl", stand_in, RUN)
        before = stand_in.calls
        found = survey(tmp_path / "table.jsonl", stand_in, PLAN)
        assert found.calls == stand_in.calls - before == PROBE + ASKED
    assert told(tmp_path / "run.jsonl") == told(undisturbed)
    assert {cell.method for cell in found.measured.cells} == {found.way} == {WORD}
    assert all(off(found, cell) < 1e-9 for cell in found.measured.cells)


SILENT = (Fault.ONLY_LOADED, Fault.EMPTY_CONTENT, Fault.NO_LOGPROBS, Fault.NO_PREFIX)
"""Faults after which nothing of a decision can be read."""


def off(found: Surveyed, cell: Cell) -> float:
    return abs(cell.probability - truth(MIND, PLAN, cell, found.way))


def struck_once(path: Path, fault: Fault, at: int) -> tuple[Surveyed, Cell, int]:
    """Return a table whose call `at` went wrong, the cell that it was about, and all calls."""
    with StandIn(MIND, faults=[None] * at + [fault]) as stand_in:
        found = survey(path, stand_in, PLAN, concurrency=1)
        calls = stand_in.calls
    key = Recording.read(path).all_replies[at].key
    assert isinstance(key, CellTurn)
    [cell] = (c for c in found.measured.cells if (c.row, c.exposure) == (key.row, key.exposure))
    return found, cell, calls


@pytest.mark.parametrize("at", [0, 3, PROBE + 2])
@pytest.mark.parametrize("fault", SILENT, ids=lambda fault: fault.value)
def test_one_answer_that_says_nothing_is_no_sign_of_an_old_version_and_no_chance_of_one_half(
    tmp_path: Path, fault: Fault, at: int
) -> None:
    """As the first answer, later among those that show the way, and after them."""
    found, struck, calls = struck_once(tmp_path / "table.jsonl", fault, at)
    assert calls == found.calls == ASKED
    assert found.way is Method.DECISION
    assert not any(cell.is_counted for cell in found.measured.cells)
    others = [cell for cell in found.measured.cells if cell != struck]
    assert len(others) == CELLS - 1
    assert all(off(found, cell) < 1e-9 for cell in others)
    assert all((cell.covered or 0) > 0.9 for cell in others)
    assert struck.low - 1e-9 <= truth(MIND, PLAN, struck, found.way) <= struck.high + 1e-9
    assert found.leaning is not None
    assert found.leaning.log_odds == pytest.approx(MIND.order_bias, abs=1e-9)
    assert found.rounding == 0


@pytest.mark.parametrize(
    "fault", [Fault.EMPTY_CONTENT, Fault.ONLY_LOADED, Fault.NO_LOGPROBS], ids=lambda f: f.value
)
def test_a_survey_that_gets_no_log_probabilities_counts_or_says_that_it_cannot(
    tmp_path: Path, fault: Fault
) -> None:
    path, every = tmp_path / "table.jsonl", CELLS * PLAN.repeats
    with StandIn() as stand_in:
        stand_in.fault_always(fault)
        with pytest.raises(MustCount, match=NO_READING) as stopped:
            survey(path, stand_in, PLAN)
        assert stopped.value.calls == every
        assert stand_in.calls == TRIED + 1
        assert len(Recording.read(path).all_replies) == TRIED
        if fault is Fault.NO_LOGPROBS:
            found = survey(path, stand_in, PLAN, count_if_needed=True)
            assert all(cell.is_counted for cell in found.measured.cells)
            assert stand_in.calls == TRIED + 1 + every
            return
        with pytest.raises(Unanswered, match=rf"No answer about {CELLS} of {CELLS} cells") as told_:
            survey(path, stand_in, PLAN, count_if_needed=True)
        assert "newswave recording" in str(told_.value)
        assert stand_in.calls == TRIED + 1 + 3 * every


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
    told = {Fault.MODEL_DELETED, Fault.DIGEST_CHANGED, Fault.NO_SYSTEM, *SILENT}
    assert named | told == set(Fault)
    assert issubclass(ServerTrouble, NewswaveError)
