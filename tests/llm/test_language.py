"""The decider that asks a language model: what it sends, what it makes of what comes back."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, asked_for, asked_of, interviewed, live, told

from newswave.core.deciders import Hearing, TableDecider
from newswave.core.errors import BadValue
from newswave.core.mesa_model import NewsModel
from newswave.core.population import Profile, TwoGroups
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.core.streams import request_seed
from newswave.core.wording import Prompt, Question
from newswave.llm.batch import Stopped, context_for, read
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import Asking, LanguageDecider, answered_by, run_header
from newswave.llm.recording import Recording, Turn
from newswave.llm.replies import Outcome
from newswave.llm.server import Found, Model, Reply, ServerTrouble

SEEN = Found("", "0.33.0", False, (), client="ollama 0.6.3")
CODES = [group.profile.code for group in SMALL.mix.groups]


def hearing(agents: list[int], exposure: int | list[int] = 1, at: int = 1) -> Hearing:
    n = len(agents)
    return Hearing(
        *(at, np.array(agents), np.array(agents) % 32, np.zeros(n, int) + exposure),
        *(np.zeros(n, int), np.arange(n) / 7, np.ones(n)),
    )


# --- what is asked


def test_each_agent_is_told_its_own_persona_and_exposure_and_the_event(tmp_path: Path) -> None:
    asked = hearing([3, 17, 8], [1, 2, 9])
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        LanguageDecider(interview, asking).decide(asked)
        bodies = {body["options"]["seed"]: body for body in stand_in.requests}
    for agent, exposure in ((3, 1), (17, 2), (8, 3)):
        body = bodies[request_seed(SMALL.seed, 0, 1, agent, 0)]
        question = Question.REASONED.first(asking.order_of(0, 1, agent))
        prompt = WORDS.prompt(NEWS, Profile.from_code(CODES[agent]), exposure, question)
        assert body["messages"] == prompt.messages
        assert body["format"] == Question.REASONED.schema
        assert body["options"]["temperature"] == 1.0
        assert (body["options"]["top_p"], body["options"]["top_k"]) == (1.0, 0)


def test_nothing_that_is_told_tells_two_agents_of_a_profile_apart(tmp_path: Path) -> None:
    same = hearing([5, 5 + 32, 5 + 64])
    setup = replace(SMALL, n_agents=100)
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in, setup) as (interview, asking),
    ):
        LanguageDecider(interview, asking).decide(same)
        words = {tuple(sorted(re.findall(r"\w+", told))) for told, _ in asked_for(stand_in)}
        assert len(words) == 1  # only the order of the two labels is drawn
        assert len({seed for _, seed in asked_for(stand_in)}) == 3


def test_the_agents_of_one_profile_are_asked_after_one_another(tmp_path: Path) -> None:
    setup = replace(SMALL, n_agents=200)
    agents = np.random.default_rng(1).permutation(200)[:90].tolist()
    exposure = (np.array(agents) % 3 + 1).tolist()
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in, setup) as (interview, asking),
    ):
        LanguageDecider(interview, asking).decide(hearing(agents, exposure))
        prompts = [prompt for prompt, _ in asked_for(stand_in)]
    changes = sum(one != other for one, other in pairwise(prompts))
    assert changes == len(set(prompts)) - 1


def test_the_load_time_options_are_the_same_in_every_call(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        live(tmp_path / "run.jsonl", stand_in)
        options = [body["options"] for body in stand_in.requests]
        assert {body["keep_alive"] for body in stand_in.requests} == {"30m"}
    for held in options:
        del held["seed"]
    assert all(held == options[0] for held in options)


def test_without_reasons_fewer_words_are_asked_for(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        live(tmp_path / "run.jsonl", stand_in, question=Question.DECISION)
        assert {str(body["format"]) for body in stand_in.requests} == {
            str(Question.DECISION.schema)
        }
        assert {body["options"]["num_predict"] for body in stand_in.requests} == {40}
    replies = Recording.read(tmp_path / "run.jsonl").all_replies
    assert not any(reply.reason for reply in replies)


# --- what is made of the answers


def test_an_answer_is_what_the_model_said(tmp_path: Path) -> None:
    asked = hearing(list(range(30)), 3)
    with (
        StandIn(faults=[None, Fault.FENCED]) as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        answers = LanguageDecider(interview, asking).decide(asked)
    held = Recording.read(tmp_path / "run.jsonl")
    said = {reply.key.agent: '"share": true' in (reply.content or "") for reply in held.all_replies}
    assert answers.share.tolist() == [said[agent] for agent in asked.agents]
    assert 0 < answers.share.sum() < 30
    assert answers.abstained is not None
    assert not answers.abstained.any()
    assert np.array_equal(answers.cumulative, asked.cumulative)
    assert held.answers(0, 1) == said
    assert held.whole_rounds(0) == (1,)


def test_who_is_not_understood_three_times_abstains(tmp_path: Path) -> None:
    faults = [None, *[Fault.REFUSAL_PROSE] * 3, Fault.WRONG_TYPE]
    with (
        StandIn(faults=faults) as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        answers = LanguageDecider(interview, asking).decide(hearing([4, 5, 6, 7]))
    assert answers.abstained is not None
    assert answers.abstained.tolist() == [False, True, False, False]
    assert Recording.read(tmp_path / "run.jsonl").answers(0, 1)[5] is None


@pytest.mark.parametrize("level", [1, 4])
def test_the_seed_of_the_setup_says_what_everybody_answers(tmp_path: Path, level: int) -> None:
    """Two recordings of one seed agree, in any order of the agents; one of another does not."""
    agents = list(range(30))
    said = []
    with StandIn() as stand_in:
        for at, (seed, order) in enumerate(((7, agents), (7, agents[::-1]), (8, agents))):
            setup = replace(SMALL, seed=seed)
            with interviewed(tmp_path / f"{at}", stand_in, setup, level) as (interview, asking):
                answers = LanguageDecider(interview, asking).decide(hearing(order, 3))
            said.append(dict(zip(order, answers.share.tolist(), strict=True)))
    assert said[0] == said[1] != said[2]


def test_runs_rounds_and_agents_have_luck_of_their_own(tmp_path: Path) -> None:
    agents = list(range(30))
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        said = [
            LanguageDecider(interview, asking, run).decide(hearing(agents, 3, at)).share.tolist()
            for run in range(2)
            for at in (1, 2)
        ]
        seeds = [seed for _, seed in asked_for(stand_in)]
    assert len(set(seeds)) == len(seeds) == 120
    assert len({tuple(each) for each in said}) == 4


def test_answers_do_not_hang_on_the_luck_of_the_law(tmp_path: Path) -> None:
    one = hearing(list(range(30)), 3)
    other = replace(one, threshold=one.threshold * 100)
    said = []
    with StandIn() as stand_in:
        for at, asked in enumerate((one, other)):
            with interviewed(tmp_path / f"{at}", stand_in) as (interview, asking):
                said.append(LanguageDecider(interview, asking).decide(asked).share)
    assert np.array_equal(*said)


def test_they_share_as_often_as_the_formula_says(tmp_path: Path) -> None:
    """1 200 agents of two profiles; 4.5 standard errors, chance of error 1 in 100 000."""
    setup = replace(SMALL, n_agents=1200, mix=TwoGroups(0.5))
    n = setup.n_agents
    asked = Hearing(
        *(1, np.arange(n), np.arange(n) % 2, np.arange(n) // 2 % 4 + 1),
        *(np.zeros(n, int), np.zeros(n), np.ones(n)),
    )
    with StandIn() as stand_in, interviewed(tmp_path / "r", stand_in, setup, 8) as (talk, asking):
        share = LanguageDecider(talk, asking).decide(asked).share
    for row, group in enumerate(setup.mix.groups):
        for m in range(1, 5):
            of = (asked.rows == row) & (asked.exposure == m)
            chance = Mind().probability(group.profile, NEWS, m)
            error = np.sqrt(chance * (1 - chance) / of.sum())
            assert abs(share[of].mean() - chance) < 4.5 * error


# --- temperature 0


def test_at_temperature_0_all_agents_of_a_profile_share_one_call(tmp_path: Path) -> None:
    setup = asked_of(replace(SMALL, n_agents=200), 0.0)
    agents, exposure = list(range(200)), [3 if agent < 100 else 1 for agent in range(200)]
    with StandIn() as stand_in:
        with interviewed(tmp_path / "run.jsonl", stand_in, setup, 4) as (interview, asking):
            decider = LanguageDecider(interview, asking)
            told_: set[object] = set()
            for at in (1, 2):
                answers = decider.decide(hearing(agents, exposure, at))
                told_ |= {(agent % 32, m, asking.order_of(0, at, agent))
                          for agent, m in zip(agents, exposure, strict=True)}  # fmt: skip
                assert stand_in.calls == len(told_)
        assert {seed for _, seed in asked_for(stand_in)} == {None}
    for agent, m, share in zip(agents, exposure, answers.share, strict=True):
        chance = Mind().probability(Profile.from_code(CODES[agent % 32]), NEWS, m)
        if abs(chance - 0.5) > 0.1:  # nearer to it, the order of the labels decides
            assert share == (chance > 0.5)
    assert len(Recording.read(tmp_path / "run.jsonl").all_replies) == 400


def test_at_temperature_0_a_run_that_goes_on_asks_no_call_again(tmp_path: Path) -> None:
    setup = asked_of(SMALL, 0.0)
    agents = list(range(30))
    with StandIn(faults=[None, Fault.EMPTY_CONTENT]) as stand_in:
        with interviewed(tmp_path / "run.jsonl", stand_in, setup) as (interview, asking):
            first = LanguageDecider(interview, asking).decide(hearing(agents))
            assert stand_in.calls == 30
        with interviewed(tmp_path / "run.jsonl", stand_in, setup) as (interview, asking):
            again = LanguageDecider(interview, asking).decide(hearing(agents, 1, 2))
        same = np.array([asking.order_of(0, 1, n) is asking.order_of(0, 2, n) for n in agents])
        assert stand_in.calls == 30 + (~same).sum()
    assert first.abstained is not None
    assert again.abstained is not None
    assert np.array_equal(first.share[same], again.share[same])
    assert np.array_equal(first.abstained[same], again.abstained[same])
    assert first.abstained.tolist() == [False, True, *[False] * 28]


# --- broken off


def test_a_round_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    agents, stop = list(range(30)), threading.Event()
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        with interviewed(tmp_path / "whole", stand_in) as (interview, asking):
            whole = LanguageDecider(interview, asking).decide(hearing(agents, 2))
        calls = stand_in.calls
        seen: list[tuple[int, int, int]] = []

        def progress(*at: int) -> None:
            seen.append(at)
            if at[1] == 11:
                stop.set()

        with interviewed(path, stand_in, stop=stop) as (interview, asking):
            decider = LanguageDecider(interview, asking, progress=progress)
            with pytest.raises(Stopped):
                decider.decide(hearing(agents, 2))
            assert Recording.read(path).whole_rounds(0) == ()
            stop.clear()
            answers = decider.decide(hearing(agents, 2))
            assert stand_in.calls == calls + 30
    assert np.array_equal(answers.share, whole.share)
    assert told(path) == told(tmp_path / "whole")
    assert seen == [(1, done, 30) for done in range(1, 31)]


def test_unread_attempts_before_a_stop_count_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    faults = [Fault.REFUSAL_PROSE] * 2 + [Fault.CRASH] * 4
    with StandIn(faults=faults) as stand_in:
        with interviewed(path, stand_in) as (interview, asking), pytest.raises(ServerTrouble):
            LanguageDecider(interview, asking).decide(hearing([1, 2]))
        stand_in.script(Fault.REFUSAL_PROSE)
        with interviewed(path, stand_in) as (interview, asking):
            answers = LanguageDecider(interview, asking).decide(hearing([1, 2]))
        assert stand_in.calls == 2 + 4 + 1 + 1
    assert answers.abstained is not None
    assert answers.abstained.tolist() == [True, False]
    assert [reply.attempt for reply in Recording.read(path).attempts(Turn(0, 1, 1))] == [0, 1, 2]


def test_a_model_steps_again_after_a_trouble(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        live(tmp_path / "whole", stand_in)
        with interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking):
            model = NewsModel(World.of(asking.setup), LanguageDecider(interview, asking))
            model.step()
            stand_in.script(None, None, *[Fault.CRASH] * 4)
            with pytest.raises(ServerTrouble):
                model.step()
            assert model.round == 1
            model.run_model()
            interview.writer.end(0)
    assert told(tmp_path / "run.jsonl") == told(tmp_path / "whole")


def test_a_question_that_comes_again_is_answered_from_the_recording(tmp_path: Path) -> None:
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        decider = LanguageDecider(interview, asking)
        first = decider.decide(hearing([1, 2, 3], 3))
        again = decider.decide(hearing([3, 2, 1], 3))
        assert stand_in.calls == 3
    assert again.share.tolist() == first.share[::-1].tolist()


# --- setups and headers


def test_a_setup_without_a_model_is_refused() -> None:
    with pytest.raises(BadValue, match=r"No language model decides.*nw\.Asked"):
        Asking(Setup())
    with pytest.raises(BadValue, match=r"newswave table|measure"):
        TableDecider(World.of(SMALL).law)


def test_the_header_says_who_answers_and_how() -> None:
    model = Model("gemma3:1b", "a" * 64, synthetic=True)
    setup = answered_by(replace(SMALL, sharing=Asked("Gemma3:1B", WORDS, 0.7)), model)
    assert setup.sharing == Asked("gemma3:1b", WORDS, 0.7, synthetic=True)
    header = run_header(Asking(setup, Question.DECISION), model, SEEN)
    assert (header.source.model, header.source.digest) == (model.name, model.digest)
    assert header.source.options["question"] == "DECISION"
    assert header.source.options["temperature"] == 0.7
    assert header.source.synthetic
    assert header.setup == setup
    other = run_header(Asking(setup), model, SEEN)
    assert any("question" in text for text in header.differences(other))


def test_reading_keeps_outcome_decision_and_reason() -> None:
    said = read(Reply('{"share": false, "reason": "No."}'))
    assert (said.outcome, said.share, said.reason) == (Outcome.PLAIN, False, "No.")
    assert said.is_read
    unread = read(Reply("I would rather not."))
    assert (unread.outcome, unread.share, unread.is_read) == (Outcome.REFUSED, None, False)


def test_a_long_wording_gets_a_longer_context() -> None:
    long = replace(WORDS, high=tuple(f"{trait} " + "word " * 190 for trait in range(5)))
    assert Asking(SMALL).first.sampling.num_ctx == 2048
    assert Asking(replace(SMALL, sharing=Asked("m", long))).first.sampling.num_ctx == 4096


def test_a_script_that_the_tokenizer_may_not_know_gets_a_context_by_its_bytes() -> None:
    """1 500 Amharic characters took 4 000 tokens with SmolLM2, of 2 048 in the context."""
    assert context_for(Prompt("\u1208\u12cd" * 750, "")) == 8192
    assert context_for(Prompt("word " * 300, "")) == 2048
