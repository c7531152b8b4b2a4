"""Runs and agent models against those who do the same."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import peers
from clock import Contender
from rows import Alone, Goal, Row, Sizes, duel

import newswave as nw
from newswave.core.simulation import World
from newswave.equations import on_network

DEGREE, CHANCE = 8, 0.05
RATE = -math.log1p(-CHANCE)
ENOUGH = 0.99


def alike(n_agents: int, n_rounds: int = 60, replicas: int = 1) -> nw.Setup:
    """Return a setup in which all agents are alike: k = 8, q = 0.05, 1 % seeds."""
    return nw.Setup(
        n_agents=n_agents,
        mix=nw.OneProfile(nw.PROFILES[0]),
        sharing=nw.SameForAll(CHANCE),
        n_seeds=max(1, n_agents // 100),
        rounds=n_rounds,
        replicas=replicas,
    )


def reinforcing(setup: nw.Setup) -> nw.Setup:
    """Return the setup with all 32 profiles and a random table in which each contact counts more.

    No contact rule has such a table; the numbers are such that it takes about as many rounds.
    """
    chance = np.random.default_rng(5).uniform(0.005, 0.02, (32, DEGREE + 1)).cumsum(axis=1)
    chance = np.minimum(chance.cumsum(axis=1), 0.9)
    chance[:, 0] = 0.0
    table = nw.SharingTable(tuple(profile.code for profile in nw.PROFILES), chance)
    return replace(setup, mix=nw.IndependentTraits(), sharing=nw.Measured(table))


def rounds_needed(setup: nw.Setup) -> int:
    """Return the round in which the expected curve passes 99 %."""
    fraction = nw.predict(replace(setup, rounds=500)).fraction
    return int(np.argmax(fraction >= ENOUGH))


def horizon(n_agents: int) -> float:
    """Return the same in continuous time, where EoN and Mesa's example live."""
    start = alike(n_agents).n_seeds / n_agents
    times = np.linspace(0.0, 500.0, 50_001)
    curve = on_network.closed_form(RATE, DEGREE, start, times)
    return float(times[np.argmax(curve >= ENOUGH)])


def eon(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return EoN's runs on a graph, to 99 %."""
    setup, end, luck = alike(n_agents), horizon(n_agents), np.random.default_rng(1)

    def run() -> None:
        for _ in range(runs):
            peers.eon_run(graph, RATE, setup.n_seeds, end, luck)

    return Contender("EoN fast_SIR", run, runs / of)


def ndlib(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return NDlib's runs on a graph, to 99 %."""
    setup, model = alike(n_agents), peers.Ndlib(graph, CHANCE)
    rounds, luck = rounds_needed(setup), np.random.default_rng(1)

    def run() -> None:
        for _ in range(runs):
            model.run(setup.n_seeds, rounds, luck)

    return Contender("NDlib SIModel", run, runs / of)


def mesa_example(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return Mesa's example, made and run to 99 %."""
    n_seeds, steps = alike(n_agents).n_seeds, math.ceil(horizon(n_agents))

    def run() -> None:
        for seed in range(runs):
            peers.mesa_run(peers.mesa_example(graph, CHANCE, n_seeds, seed), steps)

    return Contender("Mesa's example", run, runs / of)


def matrix(graph: Any, n_agents: int, runs: int) -> Contender:
    """Return all runs by SciPy's sparse matrix, to 99 %."""
    import networkx

    adjacency = networkx.to_scipy_sparse_array(graph, dtype=np.int8, format="csr")
    setup, luck = alike(n_agents), np.random.default_rng(1)
    start = (setup.n_seeds, runs)
    run = functools.partial(
        peers.matrix_rounds, adjacency, CHANCE, start, rounds_needed(setup), luck
    )
    return Contender("SciPy A @ x", run)


def ensembles(sizes: Sizes) -> Iterator[Row]:
    """Many replicas at once, on a network that everybody is given."""
    setup = alike(sizes.agents, replicas=sizes.replicas)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    graph, many = world.network.to_networkx(), min(4 * sizes.peer_runs, sizes.replicas)
    few = min(sizes.peer_runs, sizes.replicas)
    work = f"{sizes.replicas} runs, N = {sizes.agents}"
    theirs: list[tuple[Contender, Goal]] = []
    if peers.has("EoN"):
        theirs += [(eon(graph, sizes.agents, many, sizes.replicas), Goal(100, must=40))]
    theirs += [(mesa_example(graph, sizes.agents, few, sizes.replicas), Goal(800, must=300))]
    theirs += [(matrix(graph, sizes.agents, sizes.replicas), Goal(4, must=2))]
    if peers.has("ndlib"):
        theirs += [(ndlib(graph, sizes.agents, few, sizes.replicas), Goal())]
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    yield from duel(f"{work}, one rate", ours, theirs, sizes.repetitions)
    setup = reinforcing(setup)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    theirs = theirs[:1] if peers.has("EoN") else []
    theirs = [(peer, Goal(15)) for peer, _ in theirs]
    yield from duel(f"{work}, 32-class table (EoN: one rate)", ours, theirs, sizes.repetitions)


def models(sizes: Sizes) -> Iterator[Row]:
    """Time the Mesa model, data collection included: made and run, and the run alone."""
    for n_agents in sizes.models:
        setup = alike(n_agents)
        world = World.of(replace(setup, rounds=rounds_needed(setup)))
        graph, goal = world.network.to_networkx(), Goal(10 if n_agents > 100 else 2, must=1)
        n_seeds, steps = setup.n_seeds, math.ceil(horizon(n_agents))
        work = f"agent model, N = {n_agents}"
        ours = Contender("newswave", functools.partial(_made_and_run, world))
        theirs = [(mesa_example(graph, n_agents, 1, 1), goal)]
        yield from duel(f"{work}, made and run", ours, theirs, sizes.repetitions)
        alone = Alone(functools.partial(nw.NewsModel, world), nw.NewsModel.run_model)
        make = functools.partial(peers.mesa_example, graph, CHANCE, n_seeds, 1)
        other = Alone(make, functools.partial(_go_on, steps))
        yield alone.against(f"{work}, run", "Mesa's example", other, goal, sizes.repetitions)


def _go_on(steps: int, model: Any) -> None:
    peers.mesa_run(model, steps)


def _made_and_run(world: World) -> None:
    nw.NewsModel(world).run_model()
