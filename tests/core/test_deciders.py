"""The contract that every decider passes, and the seam's own checks."""

from __future__ import annotations

import importlib.resources
import itertools
import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import NEWS, WORDS, interviewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import setups

from newswave.core.deciders import Answers, Decider, Hearing, TableDecider
from newswave.core.errors import BadFile, BadValue
from newswave.core.journal import line_bytes
from newswave.core.law import Attention, Law
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import RandomRegular
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World
from newswave.core.streams import Purpose, run_generator
from newswave.core.wording import Prompt
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import LanguageDecider, Recorder, RecordingEnds, Replay, replay
from newswave.llm.recording import (
    Header,
    RecordedReply,
    Recording,
    RecordingPurpose,
    RecordingWriter,
    Source,
    Turn,
    strip,
)

FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CONTACT = SharingTable.contact(("keen", "calm"), (0.3, 0.05), 8)
REINFORCING = SharingTable(
    ("keen", "calm"), np.minimum(np.outer([0.1, 0.02], np.arange(9) ** 1.5), 1.0)
)


@dataclass(frozen=True)
class AtThree:
    """Shares as soon as three neighbours do: the decider of CONTRIBUTING.md."""

    def decide(self, hearing: Hearing) -> Answers:
        return Answers(hearing.exposure >= 3, hearing.cumulative)


@dataclass(frozen=True)
class Mumbling:
    """Shares as `AtThree` does; whoever has an even number cannot be understood."""

    def decide(self, hearing: Hearing) -> Answers:
        silent = hearing.agents % 2 == 0
        return Answers((hearing.exposure >= 3) & ~silent, hearing.cumulative, silent)


DECIDERS: dict[str, Decider] = {
    "contact rule": TableDecider(Law.of(CONTACT, 8)),
    "any table": TableDecider(Law.of(REINFORCING, 8)),
    "table with memory": TableDecider(Law.of(REINFORCING.with_repeat_ratio(0.3), 8)),
    "new exposure": TableDecider(Law.of(CONTACT, 8, Attention.NEW_EXPOSURE)),
    "with a source": TableDecider(Law.of(CONTACT, 8, source_probability=0.02)),
    "at three": AtThree(),
    "mumbling": Mumbling(),
}
HEADER = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=1000))
LIVE = Setup(n_agents=1000, sharing=Asked("synthetic", WORDS), event=NEWS)
Maker = Callable[[Hearing], Decider]


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Maker]]:
    """Yield what makes each decider; a replay is made for one hearing.

    A language model (the stand-in for one) is asked for a new recording each time.
    """
    folder, number = tmp_path_factory.mktemp("recordings"), itertools.count()

    def writer() -> RecordingWriter:
        return RecordingWriter(folder / f"{next(number)}.jsonl", HEADER)

    def replay(decider: Decider, asked: Hearing) -> Decider:
        with writer() as held:
            Recorder(decider, held).decide(asked)
        return Replay(Recording.read(held.path))

    made: dict[str, Maker] = {
        name: lambda _, decider=decider: decider for name, decider in DECIDERS.items()
    }
    for name in ("any table", "mumbling"):
        inner = DECIDERS[name]
        made[f"recorder of {name}"] = lambda _, inner=inner: Recorder(inner, writer())
        made[f"replay of {name}"] = lambda asked, inner=inner: replay(inner, asked)
    with ExitStack() as opened:
        stand_in = opened.enter_context(StandIn())

        def model(_: Hearing) -> Decider:
            path = folder / f"{next(number)}.jsonl"
            return LanguageDecider(*opened.enter_context(interviewed(path, stand_in, LIVE, 4)))

        yield made | {"language model": model}


NAMES = [
    *DECIDERS,
    *(f"{how} of {w}" for how in ("recorder", "replay") for w in ("any table", "mumbling")),
    "language model",
]


@pytest.fixture(params=NAMES)
def make(request: pytest.FixtureRequest, makers: dict[str, Maker]) -> Maker:
    return makers[request.param]


def hearing(seed: int = 1, n: int = 50) -> Hearing:
    draw = run_generator(seed, Purpose.SAMPLING, 0)
    exposure = draw.integers(1, 9, n)
    return Hearing(
        round=3,
        agents=draw.permutation(1000)[:n],
        rows=draw.integers(0, 2, n),
        exposure=exposure,
        before=np.minimum(draw.integers(0, 9, n), exposure),
        cumulative=np.zeros(n, np.int64),
        threshold=draw.standard_exponential(n),
    )


def silence(answers: Answers) -> Any:
    none = np.zeros(len(answers.share), bool)
    return none if answers.abstained is None else answers.abstained


def test_it_answers_each_agent_with_yes_or_no(make: Maker) -> None:
    asked = hearing()
    answers = make(asked).decide(asked)
    assert answers.share.shape == answers.cumulative.shape == asked.agents.shape
    assert answers.share.dtype == bool
    assert 0 < answers.share.sum() < len(asked)
    if answers.abstained is not None:
        assert answers.abstained.shape == asked.agents.shape
        assert not (answers.abstained & answers.share).any()


def test_the_same_hearing_gets_the_same_answers(make: Maker) -> None:
    decider = make(hearing(2))
    first, again = decider.decide(hearing(2)), decider.decide(hearing(2))
    assert np.array_equal(first.share, again.share)
    assert np.array_equal(silence(first), silence(again))
    assert np.array_equal(first.cumulative, again.cumulative)


def test_it_leaves_the_question_as_it_was(make: Maker) -> None:
    asked = hearing()
    decider = make(hearing())
    kept = [getattr(asked, name).copy() for name in ("agents", "rows", "exposure", "cumulative")]
    decider.decide(asked)
    for name, before in zip(("agents", "rows", "exposure", "cumulative"), kept, strict=True):
        assert np.array_equal(getattr(asked, name), before)


def test_it_draws_no_random_numbers(make: Maker) -> None:
    decider = make(hearing())
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    decider.decide(hearing())
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@settings(deadline=None, max_examples=30)
@given(order=st.permutations(range(12)))
def test_the_order_of_the_agents_does_not_matter(
    makers: dict[str, Maker], order: list[int]
) -> None:
    asked = hearing(5, 12)
    turned = Hearing(
        asked.round,
        *(
            getattr(asked, name)[order]
            for name in ("agents", "rows", "exposure", "before", "cumulative", "threshold")
        ),
    )
    for name, make in makers.items():
        decider = make(asked)
        plain, other = decider.decide(asked), decider.decide(turned)
        assert np.array_equal(plain.share[order], other.share), name
        assert np.array_equal(silence(plain)[order], silence(other)), name


def test_nobody_asked_is_nobody_answered(make: Maker) -> None:
    nobody = make(hearing()).decide(hearing(1, 0))
    assert len(nobody.share) == len(nobody.cumulative) == 0


@pytest.mark.parametrize(
    "name", [name for name in DECIDERS if name not in ("at three", "mumbling")]
)
def test_less_resistance_never_turns_a_yes_into_a_no(name: str) -> None:
    asked = hearing(7, 200)
    weaker = replace(asked, threshold=asked.threshold * 0.5)
    stood, gave = (DECIDERS[name].decide(h).share for h in (asked, weaker))
    assert (gave | ~stood).all()
    assert gave.sum() > stood.sum()


def test_a_table_shares_as_often_as_it_says() -> None:
    """10 000 agents with the same exposure: 5 standard errors, chance of error under 1e-6."""
    n = 10_000
    draw = run_generator(11, Purpose.SAMPLING, 0)
    asked = Hearing(
        *(1, np.arange(n), np.zeros(n, int), np.full(n, 3), np.zeros(n, int), np.zeros(n, int)),
        draw.standard_exponential(n),
    )
    shared = TableDecider(Law.of(REINFORCING, 8)).decide(asked).share.mean()
    p = REINFORCING.probabilities[0, 3]
    assert abs(shared - p) < 5 * np.sqrt(p * (1 - p) / n)


def test_answers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadValue, match="one yes or no"):
        Answers(np.array([0.2, 0.9]), np.zeros(2))
    with pytest.raises(BadValue, match="one yes or no"):
        Answers(np.array([True]), np.zeros(2))


def test_abstentions_that_do_not_fit_are_refused() -> None:
    share, cumulative = np.array([True, False]), np.zeros(2)
    assert Answers(share, cumulative).abstained is None
    Answers(share, cumulative, np.array([False, True]))
    for silent in (np.array([0, 1]), np.array([True]), np.array([[False, True]])):
        with pytest.raises(BadValue, match="whether it abstained"):
            Answers(share, cumulative, silent)
    with pytest.raises(BadValue, match="has not shared"):
        Answers(share, cumulative, np.array([True, True]))


# --- recording and replaying


@dataclass(frozen=True)
class SometimesSilent:
    """Decides as another, but a sixth of the answers cannot be read."""

    inner: Decider

    def decide(self, hearing: Hearing) -> Answers:
        sound = self.inner.decide(hearing)
        silent = (hearing.agents * 7 + hearing.round) % 6 == 0
        return Answers(sound.share & ~silent, sound.cumulative, silent)


def recorded(path: Path, setup: Setup, run: int = 0, silent: bool = True) -> NewsModel:
    """Run a setup to its end, writing it down; go on with a recording that is there."""
    path.parent.mkdir(exist_ok=True)
    world = World.of(setup)
    decider: Decider = TableDecider(world.law_of(run))
    decider = SometimesSilent(decider) if silent else decider
    header = Header(RecordingPurpose.RUN, Source("rule"), setup)
    with RecordingWriter(path, header) as writer:
        model = NewsModel(world, Recorder(decider, writer, run), run=run)
        model.run_model()
        writer.end(run)
    return model


def assert_same(one: NewsModel, other: NewsModel) -> None:
    assert one.round == other.round
    assert one.abstained == other.abstained
    for name in ("shared", "shared_round", "shared_from", "heard_round", "heard_from", "exposure"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    if one.setup.rounds > 0 and one.round > 0:
        assert np.array_equal(one.curve().counts, other.curve().counts)
        assert np.array_equal(one.curve().by_group, other.curve().by_group)
    for name in ("asked", "shared"):
        assert np.array_equal(getattr(one.decisions, name), getattr(other.decisions, name))
    assert one.decision_log().equals(other.decision_log())
    assert one.agents_frame().equals(other.agents_frame())
    told = (model.datacollector.get_model_vars_dataframe() for model in (one, other))
    assert next(told).equals(next(told))


@FUZZ
@given(setup=setups(), run=st.integers(0, 3), silent=st.booleans())
def test_a_replay_is_the_run_that_was_recorded(
    tmp_path: Path, setup: Setup, run: int, silent: bool
) -> None:
    path = tmp_path / "run.jsonl"
    path.unlink(missing_ok=True)
    model = recorded(path, setup, run, silent)
    recording = Recording.read(path)
    assert recording.setup is not None
    assert recording.finished(run)
    again = NewsModel(recording.setup, Replay(recording, run), run=run)
    again.run_model()
    assert_same(model, again)
    assert recording.abstained == model.abstained
    if not silent:
        assert_same(model, _plain_run(setup, run))


def _plain_run(setup: Setup, run: int) -> NewsModel:
    model = NewsModel(setup, run=run)
    model.run_model()
    return model


SMALL = Setup(n_agents=40, network=RandomRegular(4), n_seeds=2, rounds=12)


@FUZZ
@given(data=st.data())
def test_cut_anywhere_it_replays_its_whole_rounds_and_can_be_gone_on_with(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "whole.jsonl"
    if not path.exists():
        recorded(path, SMALL)
    whole = path.read_bytes()
    cut = tmp_path / "cut.jsonl"
    at = data.draw(st.one_of(st.integers(0, len(whole)), st.sampled_from(_line_ends(whole))))
    cut.write_bytes(whole[:at])
    if at <= whole.index(b"\n"):
        with pytest.raises(BadFile, match=r"breaks off in its first line|file is empty"):
            Recording.read(cut)
        return
    recording = Recording.read(cut)
    kept = recording.whole_rounds(0)
    assert kept == tuple(range(1, len(kept) + 1))
    assert len(kept) == whole[: whole[:at].rfind(b"\n") + 1].count(b'{"kind":"round"')
    full = NewsModel(SMALL, Replay(Recording.read(path)))
    part = NewsModel(SMALL, Replay(recording))
    for _ in kept:
        full.step()
    if len(kept) < Recording.read(path).whole_rounds(0)[-1]:
        with pytest.raises(RecordingEnds, match=f"ends with round {len(kept)}") as caught:
            part.run_model()
        assert (caught.value.run, caught.value.last_round) == (0, len(kept))
    else:
        part.run_model()
    assert_same(full, part)
    recorded(cut, SMALL)
    assert cut.read_bytes() == whole


def _line_ends(data: bytes) -> list[int]:
    return [at + 1 for at, byte in enumerate(data) if byte == 10]


def test_a_replay_that_has_ended_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorded(path, SMALL)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: 1 + 2 * 4]))
    model = NewsModel(SMALL, Replay(Recording.read(path)))
    for _ in range(2):
        with pytest.raises(RecordingEnds, match=r"round 4.*record it further"):
            model.run_model()
        assert (model.round, model.running) == (4, True)
    assert model.curve().counts.shape == (1, 5)
    error = pickle.loads(pickle.dumps(RecordingEnds(3, 4, ())))
    assert (error.run, error.last_round) == (3, 4)


def test_a_replay_says_which_runs_there_are(tmp_path: Path) -> None:
    for run in (1, 4):
        recorded(tmp_path / "run.jsonl", SMALL, run)
    recording = Recording.read(tmp_path / "run.jsonl")
    assert recording.runs == (1, 4)
    with pytest.raises(RecordingEnds, match=r"nothing of run 0.*Allowed: run 1, 4") as caught:
        NewsModel(SMALL, Replay(recording)).step()
    assert caught.value.last_round == 0


@pytest.mark.parametrize("other", [{"seed": 2}, {"run": 1}, {"degree": 6}, {"n_seeds": 3}])
def test_a_replay_of_something_else_is_refused(tmp_path: Path, other: dict[str, int]) -> None:
    recorded(tmp_path / "run.jsonl", SMALL)
    model = NewsModel(SMALL, Replay(Recording.read(tmp_path / "run.jsonl")), **other)
    with pytest.raises(BadFile, match=r"does not ask those who were recorded.*own setup"):
        model.run_model()


def test_a_run_that_goes_on_after_its_recorded_end_is_something_else(tmp_path: Path) -> None:
    recorded(tmp_path / "run.jsonl", replace(SMALL, rounds=3))
    recording = Recording.read(tmp_path / "run.jsonl")
    model = NewsModel(SMALL, Replay(recording))
    with pytest.raises(BadFile, match="Round 4 of run 0 does not ask") as caught:
        model.run_model()
    assert not isinstance(caught.value, RecordingEnds)
    assert model.round == 3


def test_runs_can_be_recorded_side_by_side(tmp_path: Path) -> None:
    world, header = World.of(SMALL), Header(RecordingPurpose.RUN, Source("rule"), SMALL)
    with RecordingWriter(tmp_path / "run.jsonl", header) as writer:
        models = [
            NewsModel(world, Recorder(TableDecider(world.law), writer, run), run=run)
            for run in range(3)
        ]
        while any(model.running for model in models):
            for model in models:
                model.step()
    recording = Recording.read(tmp_path / "run.jsonl")
    for run, model in enumerate(models):
        again = NewsModel(world, Replay(recording, run), run=run)
        again.run_model()
        assert_same(model, again)


def test_a_recorder_refuses_other_answers_than_it_has(tmp_path: Path) -> None:
    recorded(tmp_path / "run.jsonl", SMALL)
    before = (tmp_path / "run.jsonl").read_bytes()
    with pytest.raises(BadValue, match=r"other answers for round 1 of run 0.*another name"):
        recorded(tmp_path / "run.jsonl", SMALL, silent=False)
    assert (tmp_path / "run.jsonl").read_bytes() == before


def test_a_failed_decision_leaves_no_line(tmp_path: Path) -> None:
    class Failing:
        def decide(self, _: Hearing) -> Answers:
            raise TimeoutError

    with RecordingWriter(tmp_path / "run.jsonl", HEADER) as writer:
        with pytest.raises(TimeoutError):
            Recorder(Failing(), writer).decide(hearing())
        assert writer.recording.rounds == {}


def test_replies_replay_as_decisions_do_and_so_does_a_copy_without_texts(tmp_path: Path) -> None:
    """A model that answers in prose, every third time only when asked again, or never."""

    @dataclass(frozen=True)
    class Talking:
        inner: Decider
        writer: RecordingWriter

        def decide(self, hearing: Hearing) -> Answers:
            sound = self.inner.decide(hearing)
            asked = self.writer.prompt(Prompt("You are one person.", "Do you share it?"))
            silent = np.zeros(len(hearing), bool)
            for at, agent in enumerate(hearing.agents.tolist()):
                turn = Turn(0, hearing.round, agent)
                says = bool(sound.share[at])
                for attempt in range(turn.agent % 3):
                    text = "I would rather not say."
                    self.writer.reply(
                        RecordedReply(turn, asked, "UNREAD", None, attempt, content=text)
                    )
                silent[at] = agent % 6 == 2
                if not silent[at]:
                    told = RecordedReply(
                        turn, asked, "PLAIN", says, agent % 3, content=f"{says}", reason="So."
                    )
                    self.writer.reply(told)
            self.writer.close_round(0, hearing.round)
            return Answers(sound.share & ~silent, sound.cumulative, silent)

    world, header = World.of(SMALL), Header(RecordingPurpose.RUN, Source("llm", "m"), SMALL)
    with RecordingWriter(tmp_path / "run.jsonl", header) as writer:
        model = NewsModel(world, Talking(TableDecider(world.law), writer))
        model.run_model()
    strip(tmp_path / "run.jsonl", tmp_path / "bare.jsonl")
    assert "rather not" not in (tmp_path / "bare.jsonl").read_text()
    for name in ("run", "bare"):
        again = NewsModel(world, Replay(Recording.read(tmp_path / f"{name}.jsonl")))
        again.run_model()
        assert_same(model, again)
    assert model.abstained > 0


@pytest.mark.parametrize("change", [{"exposure": 3}, {"profile": "O-C-E-A-N-"}, {"exposure": 0}])
def test_a_replay_finds_a_changed_exposure_or_profile_without_check_sums(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    packaged = (
        importlib.resources.files("newswave") / "data" / "examples" / "synthetic-recording.jsonl"
    )
    lines = [json.loads(line) for line in packaged.read_text("utf-8").splitlines()]
    for line in lines:
        line.pop("sum", None)
    at = next(
        at for at, line in enumerate(lines)
        if line["kind"] == "reply" and any(line[name] != value for name, value in change.items())
    )  # fmt: skip
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(map(line_bytes, lines)))
    replay(Recording.read(path))
    lines[at] |= change
    path.write_bytes(b"".join(map(line_bytes, lines)))
    with pytest.raises(BadFile, match="another profile or exposure"):
        replay(Recording.read(path))
