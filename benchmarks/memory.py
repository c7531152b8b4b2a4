"""The memory that runs and agent models take, against Mesa's example."""

from __future__ import annotations

import functools
import gc
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import peers
from large import one_run
from rows import Goal, Row, Sizes
from spreads import CHANCE

import newswave as nw
from newswave.core.simulation import World


def held(work: Callable[[], object]) -> int:
    """Return the most bytes that Python and numpy held for some work, above those before it."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def memories(sizes: Sizes) -> Iterator[Row]:
    """One large run, then the agent model. The network that everybody is given is not counted.

    The example is made and goes one step: its agents are what takes memory.
    """
    world, run = one_run(sizes.large)
    what = f"one run, N = {sizes.large}: memory"
    yield _row(what, run.run, world, Goal(50, must=10))
    world, _ = one_run(sizes.models[0])
    model = functools.partial(_model, world)
    yield _row(f"agent model, N = {sizes.models[0]}: memory", model, world, Goal(must=1))


def _row(what: str, ours: Callable[[], object], world: World, goal: Goal) -> Row:
    example = functools.partial(_example, world.network.to_networkx(), world.setup.n_seeds)
    small = World.of(replace(world.setup, n_agents=100, n_seeds=1))
    nw.NewsModel(small).step()
    _example(small.network.to_networkx(), 1)  # What is imported on the way is not counted.
    mine, their = held(ours), held(example)
    return Row(what, "Mesa's example", _mib(mine), _mib(their), their / mine, goal)


def _model(world: World) -> None:
    nw.NewsModel(world).step()


def _example(graph: object, n_seeds: int) -> None:
    peers.mesa_example(graph, CHANCE, n_seeds, 1).step()


def _mib(size: int) -> str:
    return f"{size / 2**20:.3g} MiB"
