"""The log of a run follows from when its agents shared, and says what the run decided."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newswave.core.law import Attention, one_run
from newswave.core.networks import Network
from newswave.core.rules import Asked
from newswave.core.run_log import DecisionLog, names
from newswave.core.setup import Setup
from newswave.core.simulation import World, decisions
from newswave.core.wording import wordings


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
