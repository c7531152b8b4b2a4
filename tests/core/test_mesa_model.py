"""The agent model as a Mesa model: its state, its clock, its data, and Mesa's own tools."""

from __future__ import annotations

import gc
import pickle
import weakref
from dataclasses import replace
from typing import Any

import mesa
import numpy as np
import pandas
import pytest

from newswave.core.deciders import Answers, Decider, Hearing
from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.mesa_model import NOT_YET, NewsAgent, NewsModel, State
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, SmallWorld
from newswave.core.parameters import changed
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import Asked, ByGroup, ByTraits, SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.core.wording import wordings

SMALL = Setup(n_agents=60, network=RandomRegular(4), n_seeds=2, rounds=30)
PATH = OwnNetwork(5, ((0, 1), (1, 2), (2, 3), (3, 4)))
CERTAIN = Setup(
    5, PATH, OneProfile(PROFILES[20]), SameForAll(1.0), n_seeds=1, rounds=10, seed=3
)  # fmt: skip
MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2])
PANDAS = int(pandas.__version__.split(".")[0])


class Nobody:
    """A decider that lets nobody share, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[Hearing] = []

    def decide(self, hearing: Hearing) -> Answers:
        self.heard.append(hearing)
        return Answers(np.zeros(len(hearing), bool), hearing.cumulative + 1.5)


def run_of(*given: Any, **changes: Any) -> NewsModel:
    model = NewsModel(*given, **changes)
    model.run_model()
    return model


# --- what a model is made of


def test_a_model_is_a_real_mesa_model() -> None:
    model = NewsModel(SMALL)
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 60
    assert model.agent_types == [NewsAgent]
    assert sorted(model.agents.get("index")) == list(range(60))
    assert [agent.unique_id for agent in model.agents] == [a.index + 1 for a in model.agents]
    assert model.agents.select(lambda agent: agent.shared).get("shared_round") == [0, 0]
    by_group = model.agents.groupby("group")
    assert by_group.count() == {"outgoing": 24, "reserved": 36}


def test_numbers_start_again_in_every_model_and_models_are_let_go() -> None:
    model = NewsModel(SMALL)
    assert min(NewsModel(SMALL).agents.get("unique_id")) == 1
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_model_can_be_pickled_mid_run_and_goes_on_alike() -> None:
    model = NewsModel(SMALL)
    model.step()
    copy = pickle.loads(pickle.dumps(model))
    copy.run_model()
    model.run_model()
    assert np.array_equal(copy.shared_round, model.shared_round)
    assert len(copy.agents) == 60


def test_an_added_agent_takes_the_next_number() -> None:
    class Reader(mesa.Agent):  # type: ignore[misc]
        pass

    model = NewsModel(SMALL)
    numbers = {Reader(model).unique_id for _ in range(2)}
    assert len(model.agents) == 62
    model.agents.select(agent_type=Reader).do("remove")
    assert len(model.agents) == 60
    assert numbers == {61, 62}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Setup()),
        ({"n_agents": 50, "rounds": 7}, Setup(n_agents=50, rounds=7)),
        ({"degree": 4}, Setup().with_degree(4)),
        ({"seed": 9}, Setup(seed=9)),
        ({"seed": "9"}, Setup(seed=9)),
        ({"seed": None, "degree": None}, Setup()),
        ({"rng": 9}, Setup(seed=9)),
        ({"fast": 0.3}, Setup(sharing=ByGroup(0.3, 0.015))),
        ({"fast": 0.01, "slow": 0.001}, Setup(sharing=ByGroup(0.01, 0.001))),
        ({"sharing": ByGroup(0.5, 0.1), "slow": 0.2}, Setup(sharing=ByGroup(0.5, 0.2))),
        ({"fast_fraction": 0.7}, Setup(mix=TwoGroups(0.7))),
        ({"setup": SMALL, "degree": 6}, SMALL.with_degree(6)),
        ({"setup": SMALL, "network": Complete()}, replace(SMALL, network=Complete())),
    ],
)
def test_a_setup_is_changed_by_name(changes: dict[str, Any], expected: Setup) -> None:
    assert NewsModel(**changes).setup == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_agent": 50}, "Unknown parameter.*n_agent.*Allowed: .*n_agents"),
        ({"fastest": 0.5}, "Unknown parameter.*fast"),
        ({"degree": 4, "network": Complete()}, "degree and network"),
        ({"seed": 4, "rng": 4}, "rng and seed"),
        ({"seed": "four"}, "seed does not fit"),
        ({"seed": -1}, "seed does not fit"),
        ({"run": -1}, "run does not fit"),
        ({"fast": 0.01}, "Swap"),
        ({"setup": Setup(sharing=ByTraits()), "fast": 0.5}, "fast can only be set .* ByGroup"),
        ({"setup": Setup(sharing=ByTraits()), "fast": 1, "slow": 0}, "fast and slow can only"),
        (
            {"setup": Setup(mix=OneProfile(PROFILES[0]), sharing=ByTraits()), "fast_fraction": 0.5},
            "TwoGroups",
        ),
        ({"setup": World.of(SMALL), "rounds": 5}, "prepared world does not change.*rounds"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        NewsModel(**changes)


def test_a_prepared_world_is_taken_as_it_is() -> None:
    world = World.of(SMALL)
    model = NewsModel(world, run=2)
    assert model.world is world
    model.run_model()
    assert np.array_equal(model.shared_round, run_of(SMALL, run=2).shared_round)


def test_the_setup_given_is_left_alone() -> None:
    given = {"degree": 4, "fast": 0.3}
    before = dict(given)
    changed(SMALL, given)
    assert given == before


# --- the clock


def test_round_0_is_the_seeds_alone() -> None:
    model = NewsModel(SMALL)
    seeds = np.sort(model.world.luck(0)[1])
    assert (model.round, model.steps, model.running) == (0, 0, True)
    assert np.flatnonzero(model.shared).tolist() == seeds.tolist()
    assert model.shared_round[seeds].tolist() == [0, 0]
    assert model.shared_from[seeds].tolist() == [0, 0]
    assert (model.heard_round == NOT_YET).all()
    assert model.exposure.sum() == 0


def test_the_news_walks_down_a_path() -> None:
    model = run_of(CERTAIN)
    seed = int(model.world.luck(0)[1][0])
    distance = [abs(agent - seed) for agent in range(5)]
    assert model.shared_round.tolist() == distance
    others = [agent for agent in range(5) if agent != seed]
    assert model.heard_round[others].tolist() == [distance[agent] for agent in others]
    assert model.heard_from[others].tolist() == [1] * 4
    assert model.shared_from[others].tolist() == [1] * 4
    assert model.heard_round[seed] == NOT_YET
    assert model.round == max(distance)


def test_a_run_ends_with_its_last_round_and_does_nothing_after() -> None:
    model = run_of(SMALL, fast=0.02, slow=0.02, rounds=8)
    assert (model.round, model.running, model.over) == (8, False, True)
    state, rows = model.shared_round.copy(), len(model.datacollector.model_vars["round"])
    model.step()
    model.step()
    assert (model.round, model.running) == (8, False)
    assert np.array_equal(model.shared_round, state)
    assert len(model.datacollector.model_vars["round"]) == rows == 9


def test_a_run_ends_when_all_have_shared_and_its_curve_goes_on() -> None:
    model = run_of(SMALL, fast=0.9, slow=0.9)
    assert model.round < 30
    assert not model.running
    curve = model.curve()
    assert curve.counts.shape == (1, 31)
    assert (curve.counts[0, model.round :] == 60).all()
    assert curve.setup == model.setup


def test_a_run_ends_when_nobody_has_a_reason_to_look_again() -> None:
    model = run_of(SMALL, fast=0.02, slow=0.02, attention=Attention.NEW_EXPOSURE)
    assert model.round < 30
    assert model.datacollector.model_vars["new"][-1] == 0
    source = run_of(
        SMALL, fast=0.02, slow=0.02, attention=Attention.NEW_EXPOSURE, source_probability=1e-6
    )
    assert source.round == 30


def test_everybody_a_seed_is_over_at_once() -> None:
    model = NewsModel(SMALL, n_seeds=60)
    assert model.over
    assert not model.running
    model.run_model()
    assert model.curve().counts.tolist() == [[60.0] * 31]


def test_a_curve_taken_on_the_way_ends_where_the_run_is() -> None:
    model = NewsModel(SMALL)
    for _ in range(3):
        model.step()
    part = model.curve()
    assert part.counts.shape == (1, 4)
    model.run_model()
    assert np.array_equal(model.curve().counts[:, :4], part.counts)
    with pytest.raises(BadValue, match="two rounds"):
        NewsModel(SMALL).curve()


# --- agents and their state


def test_an_agent_reads_the_model() -> None:
    model = run_of(SMALL, rounds=6)
    graph = model.world.network.to_networkx()
    for agent in model.agents:
        at = agent.index
        assert agent.shared == model.shared[at]
        assert agent.exposure == model.exposure[at]
        assert {other.index for other in agent.neighbours} == set(graph[at])
        assert agent.profile == model.setup.mix.groups[model.rows[at]].profile
        assert agent.group == ("outgoing", "reserved")[model.rows[at]]
        heard = agent.heard_round
        assert (heard is None) == (agent.heard_from is None)
        assert (agent.state is State.SHARING) == agent.shared
        if agent.shared:
            assert agent.shared_round is not None
            assert heard is None or heard <= agent.shared_round
        else:
            assert agent.shared_round is None
            assert agent.state is (State.UNAWARE if heard is None else State.AWARE)
            assert (agent.exposure > 0) == (heard is not None)
    assert {agent.state for agent in model.agents} == set(State)


def test_first_hearing_is_told_by_the_neighbours_rounds() -> None:
    model = run_of(SMALL)
    for agent in model.agents:
        rounds = [a.shared_round for a in agent.neighbours if a.shared_round is not None]
        first = min(rounds, default=NOT_YET - 1) + 1
        if first == NOT_YET or (agent.shared_round is not None and agent.shared_round < first):
            assert agent.heard_round is None
        elif first <= model.round:
            assert agent.heard_round == first
            assert agent.heard_from == rounds.count(first - 1)
            if agent.shared_round is not None:
                seen = sum(at < agent.shared_round for at in rounds)
                assert model.shared_from[agent.index] == seen


def test_the_agents_as_a_table() -> None:
    model = run_of(SMALL, rounds=6)
    frame = model.agents_frame()
    assert frame.columns.tolist() == [
        *("agent", "profile", "group", "state", "exposure"),
        *("heard_round", "heard_from", "shared_round", "shared_from"),
    ]
    assert len(frame) == 60
    assert frame["shared_round"].isna().sum() == 60 - model.shared.sum()
    for agent in model.agents:
        row = frame.loc[agent.index]
        assert row["state"] == agent.state.name
        assert (row["profile"], row["group"]) == (agent.profile.code, agent.group)


def test_every_decision_is_in_the_log() -> None:
    model = run_of(SMALL)
    log = model.decision_log()
    assert log.columns.tolist() == [
        *("agent", "round", "profile", "group", "exposure", "first", "share", "abstained"),
    ]
    asked = log[log["share"]].set_index("agent")["round"]
    shared = np.flatnonzero(model.shared_round > 0)
    assert sorted(asked.index) == shared.tolist()
    assert (asked[shared].to_numpy() == model.shared_round[shared]).all()
    first = log[log["first"]].set_index("agent")
    heard = np.flatnonzero(model.heard_round != NOT_YET)
    assert (first.loc[heard, "round"].to_numpy() == model.heard_round[heard]).all()
    assert (first.loc[heard, "exposure"].to_numpy() == model.heard_from[heard]).all()
    counts = model.decisions
    assert counts.asked.sum() == len(log)
    table = log.groupby("exposure").size()
    assert counts.total_asked.sum(axis=0)[table.index].tolist() == table.tolist()
    assert len(NewsModel(SMALL).decision_log()) == 0
    assert NewsModel(SMALL).decisions.asked.sum() == 0


# --- the seam


def test_a_decider_hears_everybody_who_attends_at_once() -> None:
    nobody = Nobody()
    model = NewsModel(SMALL, nobody, rounds=3)
    model.run_model()
    assert [hearing.round for hearing in nobody.heard] == [1, 2, 3]
    seeds = model.world.luck(0)[1]
    near = {other.index for a in model.agents if a.index in seeds for other in a.neighbours}
    first, second = nobody.heard[:2]
    assert set(first.agents.tolist()) == near - set(seeds.tolist())
    assert first.before.tolist() == [0] * len(first)
    assert np.array_equal(first.exposure, second.before)
    assert np.array_equal(first.threshold, model.threshold[first.agents])
    assert first.cumulative.tolist() == [0.0] * len(first)
    assert second.cumulative.tolist() == [1.5] * len(first)
    assert np.array_equal(first.rows, model.rows[first.agents])
    assert model.shared.sum() == 2


def test_the_luck_is_the_same_under_every_decider() -> None:
    assert np.array_equal(NewsModel(SMALL, Nobody()).threshold, NewsModel(SMALL).threshold)


def test_with_a_source_everybody_who_has_not_shared_is_asked() -> None:
    nobody = Nobody()
    NewsModel(SMALL, nobody, rounds=1, source_probability=0.1).run_model()
    assert len(nobody.heard[0]) == 58
    assert (nobody.heard[0].exposure == 0).any()


def test_under_new_exposure_only_those_who_see_another_sharer_are_asked() -> None:
    class Listening:
        def __init__(self, inner: Decider) -> None:
            self.inner, self.heard = inner, list[Hearing]()

        def decide(self, hearing: Hearing) -> Answers:
            self.heard.append(hearing)
            return self.inner.decide(hearing)

    model = NewsModel(SMALL, fast=0.6, slow=0.3, attention=Attention.NEW_EXPOSURE)
    model.decider = listening = Listening(model.decider)
    model.run_model()
    assert len(listening.heard) > 3
    assert all((hearing.exposure > hearing.before).all() for hearing in listening.heard)


def test_nobody_is_asked_when_nobody_attends() -> None:
    nobody = Nobody()
    lonely = OwnNetwork(10, ((0, 1),))
    model = NewsModel(SMALL, nobody, n_agents=10, network=lonely, n_seeds=10, rounds=2)
    model.run_model()
    quiet = NewsModel(SMALL, nobody, n_agents=10, network=lonely, n_seeds=1, seed=5, rounds=2)
    assert not {0, 1} & set(np.flatnonzero(quiet.shared).tolist())
    quiet.run_model()
    assert nobody.heard == []
    assert quiet.round == 2


def test_a_decider_must_answer_for_everybody() -> None:
    class Short:
        def decide(self, hearing: Hearing) -> Answers:
            return Answers(np.zeros(1, bool), hearing.cumulative[:1])

    with pytest.raises(BadValue, match=r"every agent that was asked.*1 answers for"):
        NewsModel(SMALL, Short()).step()


def test_a_step_whose_decider_fails_can_be_taken_again() -> None:
    class Flaky:
        def __init__(self, model: NewsModel) -> None:
            self.sound, self.calls = model.decider, 0

        def decide(self, hearing: Hearing) -> Answers:
            self.calls += 1
            if self.calls % 2:
                raise TimeoutError
            return self.sound.decide(hearing)

    model = NewsModel(SMALL)
    model.decider = Flaky(model)
    while model.running:
        with pytest.raises(TimeoutError):
            model.step()
        model.step()
    assert np.array_equal(model.shared_round, run_of(SMALL).shared_round)
    assert np.array_equal(model.curve().counts, run_of(SMALL).curve().counts)


# --- abstentions


class Shy:
    """Everybody shares, but in the first so many rounds nobody's answer can be read."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.heard: list[Hearing] = []

    def decide(self, hearing: Hearing) -> Answers:
        self.heard.append(hearing)
        silent = np.full(len(hearing), hearing.round <= self.rounds)
        return Answers(~silent, hearing.cumulative, silent)


def test_whoever_abstains_has_not_shared_and_is_asked_again() -> None:
    shy = Shy(2)
    model = NewsModel(SMALL, shy)
    model.step()
    model.step()
    first, again = shy.heard
    assert np.array_equal(first.agents, again.agents)
    assert model.shared.sum() == 2
    assert model.abstained == 2 * len(first)
    model.step()
    assert np.array_equal(np.flatnonzero(model.shared_round == 3), first.agents)
    assert model.abstained == 2 * len(first)
    told = model.datacollector.model_vars["abstained"]
    assert told == [0, len(first), 2 * len(first), 2 * len(first)]
    states = {agent.state for agent in model.agents if agent.shared_round == 3}
    assert states == {State.SHARING}


def test_abstentions_are_in_the_log_and_not_among_the_decisions() -> None:
    model = run_of(SMALL, Shy(3))
    log = model.decision_log()
    assert log["abstained"].sum() == model.abstained > 0
    assert set(log.loc[log["abstained"], "round"]) == {1, 2, 3}
    assert not (log["abstained"] & log["share"]).any()
    assert model.decisions.asked.sum() == len(log) - model.abstained
    assert model.decisions.shared.sum() == log["share"].sum() == 58


def test_under_new_exposure_an_abstention_is_not_asked_about_again() -> None:
    shy = Shy(1)
    model = NewsModel(SMALL, shy, attention=Attention.NEW_EXPOSURE)
    model.run_model()
    assert model.round == 1
    assert model.abstained == len(shy.heard[0])
    assert model.shared.sum() == 2


def test_deciders_that_never_abstain_leave_no_abstentions() -> None:
    model = run_of(SMALL, rounds=6)
    assert model.abstained == 0
    assert not model.decision_log()["abstained"].any()
    assert set(model.datacollector.model_vars["abstained"]) == {0}


def test_a_setup_without_a_table_runs_with_a_decider_of_its_own() -> None:
    asked = replace(SMALL, sharing=Asked("a-model", wordings()[0]))
    model = run_of(asked, Shy(1))
    other = run_of(SMALL, Shy(1))
    assert np.array_equal(model.curve().counts, other.curve().counts)
    assert model.curve().groups == other.curve().groups
    assert model.decision_log().equals(other.decision_log())
    assert model.agents_frame().equals(other.agents_frame())
    assert np.array_equal(model.decisions.asked, other.decisions.asked)
    with pytest.raises(BadValue, match="no table"):
        NewsModel(asked)


# --- Mesa's own tools


def test_the_data_collector_tells_every_round() -> None:
    model = run_of(SMALL)
    told = model.datacollector.get_model_vars_dataframe()
    names = ["round", "shared", "new", "aware", "fraction", "abstained"]
    names += ["shared_outgoing", "shared_reserved"]
    assert told.columns.tolist() == names
    assert told["round"].tolist() == list(range(model.round + 1))
    curve = model.curve()
    assert told["shared"].tolist() == curve.counts[0, : len(told)].tolist()
    assert curve.by_group is not None
    assert told[names[6:]].to_numpy().tolist() == curve.by_group[0, : len(told)].tolist()
    assert told["new"].cumsum().tolist() == told["shared"].tolist()
    assert (told["fraction"] == told["shared"] / 60).all()
    aware = sum(agent.state is State.AWARE for agent in model.agents)
    assert told["aware"].iloc[-1] == aware


@pytest.mark.parametrize("source", [0.0, 0.1])
def test_aware_agents_are_counted_as_they_are(source: float) -> None:
    model = NewsModel(SMALL, source_probability=source, rounds=8)
    for _ in range(8):
        model.step()
        aware = sum(agent.state is State.AWARE for agent in model.agents)
        assert model.datacollector.model_vars["aware"][-1] == aware


def test_agents_are_collected_on_request_only() -> None:
    model = run_of(SMALL, rounds=3)
    assert not model.datacollector.agent_reporters
    told = run_of(SMALL, rounds=3, collect_agents=True).datacollector.get_agent_vars_dataframe()
    assert told.columns.tolist() == ["state", "exposure", "shared"]
    assert len(told) == 4 * 60
    assert (told.loc[3, "shared"].sum(), 60) == (model.shared.sum(), len(told.loc[3]))
    assert set(told["state"]) <= {state.name for state in State}


def batched(parameters: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    fixed = {"n_agents": 40, "degree": 4, "n_seeds": 2, "rounds": 12}
    found = mesa.batch_run(
        NewsModel, parameters={**fixed, **parameters}, display_progress=False, **how
    )
    return list(found)


def test_a_batch_gives_other_luck_to_other_runs_and_seeds() -> None:
    by_run = batched({"run": range(4)}, data_collection_period=1)
    for run in range(4):
        told = [row["shared"] for row in by_run if row["run"] == run]
        model = run_of(n_agents=40, degree=4, n_seeds=2, rounds=12, run=run)
        assert told == model.curve().counts[0, : len(told)].tolist()
        assert len(told) >= model.round
    last = {tuple(r["shared"] for r in by_run if r["run"] == run) for run in range(4)}
    assert len(last) == 4
    seeds = batched({"seed": [5, 5, 6]}, data_collection_period=1)
    five, again, six = ([r["shared"] for r in seeds if r["RunId"] == at] for at in range(3))
    assert five == again != six


@pytest.mark.skipif(MESA >= (3, 5), reason="there rng takes the place of iterations")
@pytest.mark.parametrize("processes", [1, 2])
def test_iterations_of_a_batch_are_the_runs(processes: int) -> None:
    by_run = batched({"run": range(4), "degree": [4, 6]})
    found = batched({"degree": [4, 6]}, iterations=4, number_processes=processes)
    runs = {(row["run"], row["degree"]): row["shared"] for row in by_run}
    assert {(row["iteration"], row["degree"]): row["shared"] for row in found} == runs
    assert len({runs[run, 4] for run in range(4)}) > 1


@pytest.mark.skipif(MESA >= (3, 5), reason="there rng takes the place of iterations")
def test_iterations_of_named_runs_repeat_them_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="repeats each run as it is. Leave it out, or leave run"):
        rows = batched({"run": [2]}, iterations=2)
    assert rows[0]["shared"] == rows[1]["shared"]


def test_a_batch_says_which_round_it_reports() -> None:
    rows = batched({"fast": [0.15, 0.5], "rounds": 6})
    assert [row["fast"] for row in rows] == [0.15, 0.5]
    assert [row["round"] for row in rows] == [row["Step"] for row in rows]
    # Mesa up to 3.4 stops a round early; see the notes of NewsModel.
    assert {row["round"] for row in rows} == ({5} if MESA < (3, 5) else {6})


@pytest.mark.skipif(MESA < (3, 5), reason="batch_run takes rng since Mesa 3.5")
def test_a_batch_hands_seeds_over() -> None:
    rows = batched({}, rng=[1, 1, 2])
    assert rows[0]["shared"] == rows[1]["shared"]
    assert rows[0]["shared"] == run_of(n_agents=40, degree=4, n_seeds=2, rounds=12).shared.sum()
    with pytest.raises(BadValue, match="rng and seed"):
        batched({"seed": 3}, rng=[1])


def test_a_scenario_is_read_by_name() -> None:
    # What the reset button of Mesa 3.5 passes: something that lists names and values.
    assert NewsModel(scenario=[("rng", None)], n_agents=40).setup == Setup(n_agents=40)
    scenario = [("rng", 4), ("rounds", 9)]
    assert NewsModel(SMALL, scenario=scenario).setup == replace(SMALL, seed=4, rounds=9)


def test_the_grid_is_made_when_it_is_asked_for() -> None:
    model = NewsModel(SMALL)
    assert "grid" not in vars(model)
    grid = model.grid
    assert grid is model.grid
    assert grid.G.number_of_edges() == 120
    assert sorted(agent.index for agent in grid.agents) == list(range(60))
    assert all(agent.pos == agent.index for agent in model.agents)
    near = {agent.index for agent in grid.get_neighbors(7)}
    assert near == {agent.index for agent in model.by_index[7].neighbours}


# Solara warns, when Mesa's page is imported, about a hook after a return in Mesa's own code.
MESA_HOOKS = pytest.mark.filterwarnings("ignore:(?s).*ComponentsView:UserWarning")


def page(model: Any, parameters: dict[str, Any], renderer: Any = None, parts: Any = ()) -> Any:
    """Return Mesa's page around a model, rendered without a browser."""
    import solara
    from mesa.visualization import SolaraViz

    @solara.component
    def Page() -> None:  # noqa: N802
        with solara.AppLayout():
            SolaraViz(model, renderer, list(parts), model_params=parameters, name="News")

    return solara.render(Page(), handle_error=False)[1]


def press(shown: Any, label: str) -> None:
    import ipyvuetify

    (button,) = (b for b in shown.find(ipyvuetify.Btn).widgets if label in str(b.children))
    button.click()


def controls() -> dict[str, Any]:
    from mesa.visualization import Slider

    return {
        "n_agents": Slider("Agents", 30, 10, 100, 10),
        "degree": Slider("Neighbours", 6, 2, 8, 2),
        "fast": Slider("Fast", 0.4, 0.05, 0.9, 0.05),
        "fast_fraction": Slider("Fast fraction", 0.5, 0.0, 1.0, 0.1),
        "seed": {"type": "InputText", "value": "42", "label": "Seed"},
        "rounds": 9,
    }


@MESA_HOOKS
def test_mesas_page_steps_and_resets_a_model() -> None:
    pytest.importorskip("altair")
    import solara

    model = solara.reactive(NewsModel(n_agents=20, degree=4, n_seeds=2))
    before = model.value
    shown = page(model, controls())
    press(shown, "Step")
    assert before.round == 1
    press(shown, "Reset")
    made = model.value
    assert made is not before
    assert made.setup == Setup(
        n_agents=30,
        network=RandomRegular(6),
        sharing=ByGroup(0.4, 0.015),
        mix=TwoGroups(0.5),
        seed=42,
        rounds=9,
    )
    for _ in range(9):
        press(shown, "Step")
    assert made.round == 9
    shown.close()


@MESA_HOOKS
@pytest.mark.parametrize("backend", ["matplotlib", "altair"])
def test_mesas_page_draws_a_model(backend: str) -> None:
    pytest.importorskip("altair")
    import solara
    from mesa.visualization import SpaceRenderer, make_plot_component
    from mesa.visualization.components import AgentPortrayalStyle

    if backend == "altair" and MESA < (3, 5) and PANDAS >= 3:
        pytest.skip("Mesa up to 3.4 draws with Altair only where pandas is older than 3: extra viz")
    if MESA < (3, 5) and not hasattr(solara.v, "TabsItems"):
        pytest.skip("Mesa up to 3.4 draws with widgets that ipyvuetify 3 no longer has")
    colours = {State.UNAWARE: "lightgrey", State.AWARE: "gold", State.SHARING: "crimson"}

    def portray(agent: NewsAgent) -> Any:
        return AgentPortrayalStyle(color=colours[agent.state], size=20)

    model = solara.reactive(NewsModel(n_agents=20, degree=4, n_seeds=2))
    renderer = SpaceRenderer(model.value, backend=backend)
    renderer.draw_structure()
    if MESA < (3, 5):
        renderer.draw_agents(portray)
    else:
        renderer.setup_agents(portray).draw_agents()
    plot = make_plot_component({"shared": "crimson", "aware": "gold"}, backend=backend)
    # Mesa 3.5 cannot draw a network whose number of agents a reset has changed.
    fixed = {**controls(), "n_agents": 20}
    shown = page(model, fixed, renderer, [plot])
    press(shown, "Step")
    press(shown, "Reset")
    press(shown, "Step")
    assert model.value.round == 1
    shown.close()


def test_every_kind_of_network_can_be_a_model() -> None:
    for network in (Complete(), SmallWorld(4, 0.2), RandomRegular(3)):
        model = run_of(SMALL, network=network, fast=0.5, slow=0.5)
        assert model.shared.all()
        assert len(model.by_index[0].neighbours) == model.world.network.degrees[0]


# An agent tells what the model's arrays hold of it, and is a real Mesa agent.


@pytest.fixture(scope="module")
def model() -> NewsModel:
    made = NewsModel(n_agents=60, degree=4, n_seeds=3, rounds=4, fast=0.3, slow=0.1)
    made.run_model()
    return made


def test_they_are_mesa_agents_numbered_in_order(model: NewsModel) -> None:
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert [agent.index for agent in model.agents] == list(range(60))
    assert [agent.unique_id for agent in model.agents] == list(range(1, 61))


def test_what_they_tell_is_what_the_arrays_hold(model: NewsModel) -> None:
    for agent in model.agents:
        at = agent.index
        assert agent.shared == model.shared[at]
        assert agent.exposure == model.exposure[at]
        assert agent.group == model.groups[model.rows[at]].name
        assert agent.profile == model.groups[model.rows[at]].profile
        for name in ("heard_round", "heard_from", "shared_round"):
            held = getattr(model, name)[at]
            assert getattr(agent, name) == (None if held == NOT_YET else held)


def test_their_states_are_told_apart(model: NewsModel) -> None:
    states = {agent.state for agent in model.agents}
    assert states == set(State)
    for agent in model.agents:
        assert (agent.state is State.SHARING) == agent.shared
        if agent.state is State.UNAWARE:
            assert agent.exposure == 0


def test_neighbours_are_mutual_and_show_the_exposure(model: NewsModel) -> None:
    for agent in model.agents:
        assert len(agent.neighbours) == 4
        assert all(isinstance(other, NewsAgent) for other in agent.neighbours)
        assert all(agent in other.neighbours for other in agent.neighbours)
        earlier = [o for o in agent.neighbours if o.shared and o.shared_round < model.round]
        assert agent.exposure == len(earlier)
    assert np.count_nonzero(model.shared) > 3
