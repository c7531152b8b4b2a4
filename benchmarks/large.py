"""Large networks, and one run on one, against those who do the same."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import peers
from clock import Contender, paired
from rows import Goal, Row, Sizes, compared, duel, shown
from spreads import DEGREE, alike, eon, horizon, mesa_example, rounds_needed

import newswave as nw
from newswave.core.simulation import World


def graphs(sizes: Sizes) -> Iterator[Row]:
    """Random regular networks."""
    for n_agents in sizes.networks:
        luck, recipe = np.random.default_rng(1), nw.RandomRegular(DEGREE)
        ours = Contender("newswave", functools.partial(recipe.build, n_agents, luck))
        their = functools.partial(peers.networkx_graph, n_agents, DEGREE, 1)
        theirs = [(Contender("networkx", their), Goal(40, must=15))]
        if peers.has("igraph"):
            their = functools.partial(peers.igraph_graph, n_agents, DEGREE)
            theirs += [(Contender("igraph K_Regular", their), Goal(4, must=2))]
        yield from duel(f"network, N = {n_agents}", ours, theirs, max(3, sizes.repetitions // 2))


def in_continuous_time(sizes: Sizes) -> Iterator[Row]:
    """One run in EoN's own kind of time, on a large network that both are given."""
    setup = alike(sizes.large)
    end = math.ceil(horizon(sizes.large))
    world = World.of(replace(setup, rounds=end, clock=nw.Clock.CONTINUOUS))
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    if peers.has("EoN"):
        theirs = [(eon(world.network.to_networkx(), sizes.large, 1, 1), Goal(40, must=20))]
        what = f"one run in continuous time, N = {sizes.large}"
        yield from duel(what, ours, theirs, min(3, sizes.repetitions))


def one_run(n_agents: int) -> tuple[World, Contender]:
    """Return a large world, and newswave's run of it, to 99 %."""
    setup = alike(n_agents)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    return world, Contender(f"N = {n_agents}", functools.partial(nw.simulate, world))


def one_large_run(sizes: Sizes) -> Iterator[Row]:
    """One run on a large network that everybody is given, and how it grows with N."""
    world, ours = one_run(sizes.large)
    graph, what = world.network.to_networkx(), f"one run, N = {sizes.large}"
    theirs = [(mesa_example(graph, sizes.large, 1, 1), Goal(1200, must=500))]
    if peers.has("EoN"):
        theirs += [(eon(graph, sizes.large, 1, 1), Goal(150, must=50))]
    yield from duel(what, ours, theirs, min(3, sizes.repetitions))
    _, less = one_run(sizes.large // 10)
    seconds = paired([ours, less], sizes.repetitions)
    both = (seconds[less.name], seconds[ours.name])
    grown = compared(f"{what} over {less.name}: times", "", both, Goal(15, must=20))
    yield replace(grown, ours=shown(float(np.median(both[1]))), theirs="")
