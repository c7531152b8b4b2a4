"""Live runs, their replays, and the table that stands for them: one and the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, asked_of, interviewed, live, survey, told

import newswave as nw
from newswave.core.deciders import Answers, Hearing
from newswave.core.errors import BadFile
from newswave.core.law import Attention
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import OwnNetwork, RandomRegular
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.streams import request_seed
from newswave.core.wording import LabelOrder
from newswave.llm.batch import Stopped
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Sampling
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import Asking, Played, ask_runs, history_of, replay
from newswave.llm.recording import Recording, strip
from newswave.llm.survey import Plan

ALONE = OwnNetwork(6, ((0, 1), (2, 3)))
SETUPS: dict[str, Setup] = {
    "one run": SMALL,
    "three runs": replace(SMALL, replicas=3, rounds=3),
    "new exposure": replace(SMALL, attention=Attention.NEW_EXPOSURE, rounds=8),
    "temperature 0": asked_of(SMALL, 0.0),
    "temperature 0.5": asked_of(SMALL, 0.5),
    "all have shared": replace(SMALL, n_seeds=30),
    "nobody hears": replace(SMALL, n_agents=6, network=ALONE, n_seeds=1, replicas=4),
}


def assert_same(one: Played, other: Played) -> None:
    assert np.array_equal(one.curve.counts, other.curve.counts)
    assert np.array_equal(np.asarray(one.curve.by_group), np.asarray(other.curve.by_group))
    assert one.curve.setup == other.curve.setup
    assert np.array_equal(one.decisions.asked, other.decisions.asked)
    assert np.array_equal(one.decisions.shared, other.decisions.shared)
    assert one.abstained == other.abstained
    assert one.log.equals(other.log)
    assert one.left_out == other.left_out


# --- replayed


@pytest.mark.parametrize("name", SETUPS)
def test_a_replay_is_the_live_run_to_the_last_digit(tmp_path: Path, name: str) -> None:
    path, setup = tmp_path / "run.jsonl", SETUPS[name]
    faults = [None, Fault.FENCED, None, *[Fault.REFUSAL_PROSE] * 3, Fault.WRONG_TYPE]
    with StandIn(faults=faults) as stand_in:
        played = live(path, stand_in, setup)
        calls = stand_in.calls
    recording = Recording.read(path)
    assert_same(played, replay(recording))
    assert played.curve.runs == setup.replicas
    assert recording.ended == set(range(setup.replicas))
    silent = [run for run in recording.ended if not recording.whole_rounds(run)]
    assert bool(silent) is (name in ("nobody hears", "all have shared"))
    if setup.sharing.temperature > 0:
        assert calls == len(recording.all_replies)
    strip(path, tmp_path / "bare.jsonl")
    assert_same(played, replay(Recording.read(tmp_path / "bare.jsonl")))


def test_the_log_holds_every_decision_with_its_run(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        played = live(tmp_path / "run.jsonl", stand_in, SETUPS["three runs"])
    said = Recording.read(tmp_path / "run.jsonl")
    log = played.log
    assert set(log["run"]) == {0, 1, 2}
    assert len(log) == len(said.by_key)
    for row in log.itertuples():
        assert said.answers(row.run, row.round)[row.agent] == row.share
    assert played.decisions.total_asked.sum() == len(log)
    assert played.decisions.total_shared.sum() == log["share"].sum()


def test_the_histories_are_those_of_the_log_and_are_told_round_by_round(tmp_path: Path) -> None:
    setup = SETUPS["three runs"]
    told: list[tuple[int, int, int]] = []

    def watch(model: NewsModel) -> None:
        history = history_of(model)
        assert history.rounds == (setup.rounds if model.over else model.round)
        told.append((model.run, model.round, int(history.counts[-1])))

    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in, setup) as (interview, asking),
    ):
        played = ask_runs(asking.setup, interview, asking, watch=watch)
    assert len(played.histories) == 3
    for run, history in enumerate(played.histories):
        assert np.array_equal(history.counts, played.curve.counts[run])
        log = played.log[played.log["run"] == run]
        assert (
            log[log["share"]]["round"].tolist()
            == history.shared[log[log["share"]]["agent"]].tolist()
        )
        first = log[log["first"]]
        assert first["round"].tolist() == history.heard[first["agent"]].tolist()
        counts = [count for of, _, count in told if of == run]
        assert counts == history.counts[: len(counts)].tolist()
    again = replay(Recording.read(tmp_path / "run.jsonl"))
    for one, two in zip(again.histories, played.histories, strict=True):
        assert np.array_equal(one.shared, two.shared)


def test_another_level_of_concurrency_gives_the_same_run(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        played = [live(tmp_path / f"{level}", stand_in, SMALL, level) for level in (1, 3, 8, None)]
    for other in played[1:]:
        assert_same(played[0], other)
    assert told(tmp_path / "1") == told(tmp_path / "8") == told(tmp_path / "None")


def test_a_run_that_breaks_off_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    setup = SETUPS["three runs"]
    whole = _stopped(tmp_path / "whole.jsonl", setup, lambda *_: False)
    assert whole is not None
    first = _stopped(tmp_path / "first.jsonl", setup, lambda run, at: (run, at) == (0, 3))
    later = _stopped(tmp_path / "later.jsonl", setup, lambda run, at: (run, at) == (2, 2))
    assert first is later is None
    part = replay(Recording.read(tmp_path / "first.jsonl"))
    assert part.left_out == "Run 0 breaks off after round 2"
    assert np.array_equal(part.curve.counts, whole.curve.counts[:1, :3])
    two = replay(Recording.read(tmp_path / "later.jsonl"))
    assert two.left_out == "Run 2 breaks off after round 1 and is left out"
    assert np.array_equal(two.curve.counts, whole.curve.counts[:2])
    assert two.log.equals(whole.log[whole.log["run"] < 2].reset_index(drop=True))


def _stopped(path: Path, setup: Setup, when: Callable[[int, int], bool]) -> Played | None:
    """Run until the first answer of a round of a run, or to the end."""
    stop, seen = threading.Event(), list[int]()

    def progress(at: int, *_: int) -> None:
        if not seen or at < seen[-1]:
            seen.append(-1)  # one mark for the beginning of each run
        if when(seen.count(-1) - 1, at):
            stop.set()
        seen.append(at)

    with StandIn() as stand_in:
        try:
            return live(path, stand_in, setup, progress=progress, stop=stop)
        except Stopped:
            return None


def test_recordings_of_something_else_or_of_nothing_cannot_be_replayed(tmp_path: Path) -> None:
    with StandIn(faults=[Fault.MODEL_DELETED]) as stand_in, pytest.raises(nw.NewswaveError):
        live(tmp_path / "run.jsonl", stand_in)
    with pytest.raises(BadFile, match=r"holds no whole round.*Go on recording"):
        replay(Recording.read(tmp_path / "run.jsonl"))
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, Plan(NEWS, WORDS, nw.PROFILES[:1]))
    with pytest.raises(BadFile, match=r"not of runs.*Given: 'table'.*--table"):
        replay(Recording.read(tmp_path / "table.jsonl"))


# --- stopped and gone on with


def test_a_run_that_was_stopped_in_any_round_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    """Stopped at the first, a middle and the last answer of each round."""
    whole = tmp_path / "whole.jsonl"
    with StandIn() as stand_in:
        undisturbed = live(whole, stand_in)
        sizes = {at: len(held.agents) for (_, at), held in Recording.read(whole).rounds.items()}
        assert len(sizes) == SMALL.rounds
        for at, size in sizes.items():
            for last in {1, size // 2 + 1, size}:
                path, stop = tmp_path / f"{at} {last}.jsonl", threading.Event()

                def progress(
                    now: int,
                    done: int,
                    _: int,
                    at: int = at,
                    last: int = last,
                    stop: threading.Event = stop,
                ) -> None:
                    if (now, done) == (at, last):
                        stop.set()

                calls = stand_in.calls
                try:
                    live(path, stand_in, progress=progress, stop=stop)
                except Stopped:
                    held = Recording.read(path)
                    assert held.whole_rounds(0)[-1:] in [(), (at - 1,), (at,)]
                played = live(path, stand_in)
                assert stand_in.calls - calls == sum(sizes.values())
                assert_same(played, undisturbed)
                assert told(path) == told(whole)


def test_a_run_that_is_over_needs_no_server(tmp_path: Path) -> None:
    with (
        StandIn() as stand_in,
        interviewed(tmp_path / "run.jsonl", stand_in) as (interview, asking),
    ):
        played = ask_runs(asking.setup, interview, asking)
        before = (tmp_path / "run.jsonl").read_bytes()
        stand_in.close()
        assert_same(played, ask_runs(asking.setup, interview, asking))
    assert (tmp_path / "run.jsonl").read_bytes() == before


# --- the measured table stands for the live runs


TWENTY = replace(
    SMALL, n_agents=100, network=RandomRegular(8), n_seeds=15, rounds=5, replicas=8, seed=11
)


@dataclass(frozen=True)
class SameLuck:
    """Decides by a table, but with the luck that the stand-in draws from each request's seed."""

    rule: Measured
    asking: Asking
    run: int

    def decide(self, hearing: Hearing) -> Answers:
        setup, asking, table = self.asking.setup, self.asking, self.rule.given
        cells = {(cell.row, cell.exposure): cell for cell in self.rule.cells}
        share = np.zeros(len(hearing), np.bool_)
        for at, (agent, row, m) in enumerate(
            zip(hearing.agents, hearing.rows, hearing.exposure, strict=True)
        ):
            profile = setup.mix.groups[row].profile
            order = asking.order_of(self.run, hearing.round, int(agent))
            seen = min(int(m), table.max_exposure)
            prompt = asking.requests[profile, seen, order].prompt
            seed = request_seed(setup.seed, self.run, hearing.round, int(agent), 0)
            drawn = Sampling(seed=seed).draw(f"{prompt.system}\n\n{prompt.user}")
            cell = cells[profile.code, seen]
            chance = cell.yes_first if order is LabelOrder.YES_FIRST else cell.no_first
            assert chance is not None
            share[at] = drawn < chance
        return Answers(share, hearing.cumulative)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Measured, Asking]:
    """Return live runs and the table that was measured of the same model."""
    folder = tmp_path_factory.mktemp("both")
    with StandIn() as stand_in:
        plan = Plan(NEWS, WORDS, both_orders=True)
        measured = survey(folder / "table.jsonl", stand_in, plan, concurrency=8)
        with interviewed(folder / "run.jsonl", stand_in, TWENTY, 8) as (interview, asking):
            return ask_runs(asking.setup, interview, asking), measured.measured, asking


def test_with_the_same_luck_the_table_gives_the_same_runs(
    both: tuple[Played, Measured, Asking],
) -> None:
    """Exactly: a draw would have to fall within 10⁻⁹ of a probability to tell them apart."""
    played, measured, asking = both
    for run in range(TWENTY.replicas):
        model = NewsModel(asking.setup, SameLuck(measured, asking, run), run)
        model.run_model()
        assert np.array_equal(model.curve().counts[0], played.curve.counts[run])
        log = played.log[played.log["run"] == run].drop(columns="run").reset_index(drop=True)
        assert model.decision_log().equals(log)


def test_the_ensemble_of_the_table_agrees_with_the_live_runs(
    both: tuple[Played, Measured, Asking],
) -> None:
    """The mean of 8 live runs within 4.5 standard errors in each of 5 rounds: 1 in 30 000."""
    played, measured, asking = both
    curve = nw.simulate(replace(asking.setup, sharing=measured, replicas=1000))
    fractions = curve.counts / TWENTY.n_agents
    gap = np.abs(played.curve.counts.mean(axis=0) / TWENTY.n_agents - fractions.mean(axis=0))
    error = fractions.std(axis=0) / np.sqrt(TWENTY.replicas)
    assert (gap <= 4.5 * error).all()
    assert fractions.mean(axis=0)[-1] > 0.3


def test_live_agents_share_as_often_as_the_table_says(
    both: tuple[Played, Measured, Asking],
) -> None:
    """Shares less expected ones are a martingale: 4.5 deviations, in all and at each exposure."""
    played, measured, asking = both
    rows = [measured.given.rows.index(g.profile.code) for g in asking.setup.mix.groups]
    most = measured.given.max_exposure
    asked, shared = played.decisions.total_asked, played.decisions.total_shared
    columns = np.minimum(np.arange(asked.shape[1]), most)
    chance = measured.given.probabilities[rows][:, columns]
    wanted, spread = asked * chance, asked * chance * (1 - chance)
    assert asked.sum() > 1000
    for m in (slice(None), slice(1, 2), slice(2, 3), slice(3, None)):
        gap = abs(shared[:, m].sum() - wanted[:, m].sum())
        assert gap < 4.5 * np.sqrt(spread[:, m].sum())


def test_the_seeds_and_the_network_are_those_of_the_ensemble(
    both: tuple[Played, Measured, Asking],
) -> None:
    played, measured, asking = both
    setup = replace(asking.setup, sharing=measured)
    for run in range(3):
        model = NewsModel(setup, run=run)
        model.step()
        live_first = played.log[(played.log["run"] == run) & (played.log["round"] == 1)]
        table_first = model.decision_log()
        for column in ("agent", "profile", "exposure"):
            assert live_first[column].tolist() == table_first[column].tolist()
