"""The history of a run: agent for agent the model's own, on setups of every kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import setups

from newswave.core.errors import BadValue
from newswave.core.law import Attention, one_run
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import Network, ScaleFree
from newswave.core.rules import Asked
from newswave.core.run_log import NEVER, DecisionLog, History, looks, names
from newswave.core.setup import Setup
from newswave.core.simulation import World, decisions
from newswave.core.wording import wordings


@given(setups())
@settings(max_examples=120, deadline=None)
def test_it_is_what_the_model_says(setup: Setup) -> None:
    world = World.of(setup)
    history, model = History.of(world, 1), NewsModel(world, run=1)
    model.run_model()
    assert np.array_equal(history.shared, model.shared_round)
    assert np.array_equal(history.counts, model.curve().counts[0])
    told = model.heard_round != NEVER
    assert np.array_equal(history.heard[told], model.heard_round[told])
    late = ~told & (history.heard != NEVER)
    assert not late.any() or model.round < setup.rounds


@given(setups())
@settings(max_examples=40, deadline=None)
def test_the_source_is_the_neighbour_that_shared_first(setup: Setup) -> None:
    world = World.of(setup)
    history, network = History.of(world), world.network
    for agent in range(setup.n_agents):
        near = network.indices[network.offsets[agent] : network.offsets[agent + 1]]
        times = [int(history.shared[n]) for n in near if history.shared[n] != NEVER]
        if history.heard[agent] == NEVER:
            assert history.source[agent] == NEVER
        else:
            assert history.source[agent] in near
            assert history.shared[history.source[agent]] == min(times)
            assert history.heard[agent] == min(times) + 1


@given(setups())
@settings(max_examples=40, deadline=None)
def test_looks_are_the_decisions_of_the_log(setup: Setup) -> None:
    setup = replace(setup, source_probability=0.0, n_seeds=max(setup.n_seeds, 1))
    world = World.of(setup)
    model, history = NewsModel(world), History.of(world)
    model.run_model()
    log = model.decision_log()
    for agent in range(setup.n_agents):
        own = log[log["agent"] == agent]
        found = looks(world, history, agent)
        found = tuple(look for look in found if look.round <= model.round)
        assert [look.round for look in found] == own["round"].tolist()
        assert [look.exposure for look in found] == own["exposure"].tolist()
        assert [look.shares for look in found] == own["share"].tolist()


@pytest.mark.parametrize("attention", Attention)
def test_chances_are_those_of_the_table(attention: Attention) -> None:
    world = World.of(Setup(n_agents=200, rounds=30, attention=attention, repeat_ratio=0.5))
    history = History.of(world)
    table = world.table
    for agent in range(0, 200, 7):
        before = 0
        for look in looks(world, history, agent):
            row = int(world.rows[agent])
            first = before == 0
            rows = table.probabilities if first or table.repeat is None else table.repeat
            assert look.chance == pytest.approx(rows[row, look.exposure])
            before = look.exposure


def test_agents_without_neighbours_hear_nothing() -> None:
    world = World.of(Setup(n_agents=60, network=ScaleFree(2), rounds=5, n_seeds=1))
    shared = np.full(60, NEVER)
    shared[int(world.network.degrees.argmax())] = 0
    history = History.from_shared(world.network, shared, 5)
    assert (history.heard == 1).sum() == world.network.max_degree
    assert history.counts.tolist() == [1] * 6


def test_what_does_not_fit_is_refused() -> None:
    none = np.zeros(0, int)
    with pytest.raises(BadValue, match="do not fit together"):
        History(np.zeros(3, int), none, none, 4)
    with pytest.raises(BadValue, match="after the last round"):
        History(np.array([5]), np.array([1]), np.array([0]), 4)
    world = World.of(Setup(n_agents=20, n_seeds=1, rounds=3))
    history = History.of(world)
    with pytest.raises(BadValue, match="agent"):
        looks(world, history, 20)


# The log of a run follows from when its agents shared, and says what the run decided.


def shared_rounds(world: World, run: int) -> np.ndarray:
    rounds = np.full(world.setup.n_agents, -1)
    states = one_run(world.law, world.network, world.rows, world.luck(run), world.setup.rounds)
    for at, shared in enumerate(states):
        rounds[shared & (rounds < 0)] = at
    return rounds


@given(st.integers(0, 50), st.sampled_from(Attention))
def test_its_counts_are_those_of_the_ensemble(seed: int, attention: Attention) -> None:
    setup = Setup(n_agents=40, n_seeds=2, rounds=12, seed=seed, attention=attention)
    world = World.of(setup)
    log = DecisionLog.of(world, shared_rounds(world, 0), setup.rounds)
    counted, expected = log.counts(world), decisions(world, replicas=1)
    assert np.array_equal(counted.asked, expected.asked)
    assert np.array_equal(counted.shared, expected.shared)


def test_a_path_by_hand() -> None:
    """Agents 0 - 1 - 2 in a row; 0 is the seed, 1 shares in round 2, 2 in round 3."""
    setup = Setup(n_agents=10, n_seeds=1)
    world = World.of(setup)
    path = Network.from_edges(10, [(0, 1), (1, 2)])
    bare = World(setup, path, world.rows, world.names)
    log = DecisionLog.of(bare, np.array([0, 2, 3] + [-1] * 7), last_round=4)
    rows = list(zip(log.round, log.agent, log.exposure, log.first, log.share, strict=True))
    assert rows == [(1, 1, 1, True, False), (2, 1, 1, False, True), (3, 2, 1, True, True)]
    frame = log.frame(bare)
    assert list(frame.columns) == [
        "agent", "round", "profile", "group", "exposure", "first", "share", "abstained",
    ]  # fmt: skip
    assert frame["group"].tolist() == names(bare, log.agent)["group"].tolist()


def test_nothing_decided_is_an_empty_log() -> None:
    world = World.of(Setup(n_agents=10, n_seeds=1))
    assert len(DecisionLog.of(world, np.full(10, -1), 5).agent) == 0


def test_who_abstained_is_marked_and_not_counted() -> None:
    """The path again: 1 abstains in round 1 and shares in 2; 2 abstains in rounds 3 and 4."""
    world = World.of(Setup(n_agents=10, n_seeds=1))
    path = Network.from_edges(10, [(0, 1), (1, 2)])
    bare = World(world.setup, path, world.rows, world.names)
    silent = [np.array([1]), np.array([], int), np.array([2]), np.array([2])]
    log = DecisionLog.of(bare, np.array([0, 2] + [-1] * 8), 5, silent)
    rows = list(zip(log.round, log.agent, log.share, log.abstained, strict=True))
    assert rows == [
        *((1, 1, False, True), (2, 1, True, False)),
        *((3, 2, False, True), (4, 2, False, True), (5, 2, False, False)),
    ]
    counts = log.counts(bare)
    assert counts.asked.sum() == 2
    assert counts.shared.sum() == 1
    assert counts.asked[0].sum() == 0
    assert log.frame(bare)["abstained"].tolist() == [True, False, True, True, False]


def test_a_log_needs_no_table() -> None:
    rule = Asked("a-model", wordings()[0])
    world = World.of(Setup(n_agents=10, n_seeds=1, sharing=rule))
    log = DecisionLog.of(world, np.array([0, 1, 2] + [-1] * 7), last_round=3)
    assert log.counts(world).asked.sum() == len(log.agent) == len(log.frame(world)) > 0
