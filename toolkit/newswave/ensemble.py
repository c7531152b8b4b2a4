"""Many replicas at once: the same law with one more axis, and the agent model's own runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.dynamics import Bools, Ints, Law, attends, exposure, exposure_type
from newswave.errors import whole_number
from newswave.frontier import new_sharers
from newswave.networks import Network
from newswave.setups import Setup
from newswave.streams import Purpose, runs
from newswave.tally import Decisions
from newswave.world import RUNS_PER_DRAW, World

_BLOCK_BYTES = 1 << 18
_DEALT = 16
_FEW = 4
_MANY = 50_000  # from so many agents, runs one by one are quicker and take a fraction of the memory


@dataclass(frozen=True, eq=False)
class _Block:
    """A world with the agents of each group side by side: group c has `starts[c]` to `starts[c+1]`.

    `order` gives each new place's old agent, `place` each old agent's new place.
    """

    world: World
    network: Network
    order: Ints
    place: Ints
    starts: Ints

    @classmethod
    def of(cls, world: World) -> _Block:
        order = np.argsort(world.rows, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        starts = np.searchsorted(world.rows[order], np.arange(len(world.names) + 1))
        return cls(world, world.network.relabelled(order), order, place, starts)

    @property
    def groups(self) -> Iterator[tuple[int, slice]]:
        """Each group with its agents."""
        for row, (low, high) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            if high > low:
                yield row, slice(int(low), int(high))


def simulate(
    setup: Setup | World,
    first: int = 0,
    replicas: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """Run the replicas of a setup and return their curve.

    Replica r is run r of `NewsModel`, agent for agent: same network, same placement, same seeds,
    same luck. It does not depend on which other replicas are asked for. Replicas of a table that
    was counted over answers draw theirs from what these leave possible (`World.table_of`).

    Parameters
    ----------
    setup : Setup or World
        What to run.
    first : int
        The first replica.
    replicas : int, optional
        How many; the setup's own number if not given.
    progress : callable, optional
        Called with the replicas done and the replicas asked for.

    Returns
    -------
    Curve
        Counts of sharers, shape (replicas, rounds + 1), in all and by group.

    Examples
    --------
    >>> curve = simulate(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=5))
    >>> curve.counts.shape, curve.mean[0]
    ((5, 21), np.float64(2.0))
    """
    world = setup if isinstance(setup, World) else World.of(setup)
    setup = world.setup
    first, wanted = _asked(setup, first, replicas)
    by_group = np.empty((wanted, setup.rounds + 1, len(world.names)), np.int32)
    done = 0
    for counts in _blocks(world, first, wanted):
        by_group[done : done + len(counts)] = counts
        done += len(counts)
        if progress is not None:
            progress(done, wanted)
    total = by_group.sum(axis=2, dtype=np.float64)
    return Curve(total, setup.n_agents, world.names, by_group, setup=setup)


def _asked(setup: Setup, first: int, replicas: int | None) -> tuple[int, int]:
    """Return the first replica and how many, checked."""
    wanted = setup.replicas if replicas is None else replicas
    return (
        whole_number("The first replica", first, 0),
        whole_number("The number of replicas", wanted, 1, 1_000_000),
    )


def _blocks(world: World, first: int, wanted: int) -> Iterator[npt.NDArray[np.int32]]:
    """Yield counts, shape (block, rounds + 1, groups), for one block of replicas after another."""
    setup = world.setup
    luck = runs(setup.seed, Purpose.LUCK, first, wanted)
    if wanted < _FEW or setup.n_agents >= _MANY:
        for run, stream in enumerate(luck, first):
            yield _alone(world, world.law_of(run), stream)
        return
    block = _Block.of(world)
    for law, count in _portions(world, first, wanted):
        yield _together(block, law, luck, count)


def _portions(world: World, first: int, wanted: int) -> Iterator[tuple[Law, int]]:
    """Yield how many replicas to run together, and their law.

    As many as keep their state in the fast memory, or those that share a draw of the table.
    """
    size = max(32, _BLOCK_BYTES // world.setup.n_agents)
    run, end = first, first + wanted
    while run < end:
        law = world.law_of(run)
        most = size if law is world.law else RUNS_PER_DRAW - run % RUNS_PER_DRAW
        count = min(most, end - run)
        yield law, count
        run += count


def _alone(world: World, law: Law, stream: np.random.Generator) -> npt.NDArray[np.int32]:
    """Return the counts of one run, made in little memory."""
    setup, groups = world.setup, len(world.names)
    counts = np.empty((1, setup.rounds + 1, groups), np.int32)
    luck = world.deal(stream)
    found = new_sharers(law, world.network, world.rows, luck, setup.rounds)
    del luck  # the run keeps what it needs of it
    for at, new in enumerate(found):
        counts[0, at] = np.bincount(world.rows[new], minlength=groups)
    return counts.cumsum(axis=1, dtype=np.int32)


def _together(
    block: _Block,
    law: Law,
    luck: Iterator[np.random.Generator],
    count: int,
    watch: Callable[[_Block, Bools, Ints, Ints, Bools], None] | None = None,
) -> npt.NDArray[np.int32]:
    """Return the counts of `count` runs, all agents of all runs in each step.

    `watch`, if given, is shown every round: who shared, exposure now and before, who shares now.
    """
    rounds, groups = block.world.setup.rounds, len(block.world.names)
    limit = _limits(block, law, luck, count)
    worn = np.zeros_like(limit)
    counts = np.zeros((rounds + 1, groups, count), np.int32)
    seen, before, spare = np.zeros((3, *limit.shape), exposure_type(block.network))
    shared, now = worn >= limit, np.empty(limit.shape, np.bool_)
    for at in range(rounds + 1):
        counts[at] = _count(shared, block)
        if at == rounds or counts[at].sum() == shared.size:
            counts[at + 1 :] = counts[at]
            break
        exposure(block.network, shared, (seen, spare))
        _wear(block, law, worn, seen, before)
        np.greater_equal(worn, limit, out=now)
        if watch is not None:
            watch(block, shared, seen, before, now)
        shared, now, seen, before = now, shared, before, seen
    return counts.transpose(2, 0, 1)


def _wear(block: _Block, law: Law, worn: Ints, seen: Ints, before: Ints) -> None:
    """Add to `worn`, in place, what this round adds to each agent's wear."""
    if law.rates is not None:
        worn += seen
        return
    for row, part in block.groups:
        worn[part] += law.wear_of(row, seen[part], before[part])


def _limits(
    block: _Block, law: Law, luck: Iterator[np.random.Generator], count: int
) -> npt.NDArray[Any]:
    """Return what each agent of each run can take, seeds at 0, in a small type that holds it.

    Few runs at a time: what fits into the fast memory takes half as long.
    """
    world, n = block.world, block.world.setup.n_agents
    most, parts, seeds = world.network.max_degree * world.setup.rounds, [], []
    for start in range(0, count, _DEALT):
        resistance = np.empty((min(_DEALT, count - start), n))
        for own, stream in zip(resistance, luck, strict=False):
            seeds.append(block.place[world.deal(stream, own)[1]])
        parts.append(law.limits(resistance.T, world.rows, most))
    limit = np.take(np.concatenate(parts, axis=1), block.order, axis=0)
    limit[np.concatenate(seeds), np.repeat(np.arange(count), world.setup.n_seeds)] = 0
    return limit


def _count(shared: Bools, block: _Block) -> npt.NDArray[np.int32]:
    """Return how many agents of each group share in each run, shape (groups, runs).

    Agents are laid side by side until no more than 255 lie on each other: one byte holds the sum,
    and few long rows are added in a fraction of the time of many short ones.
    """
    runs = shared.shape[1]
    counts = np.zeros((len(block.starts) - 1, runs), np.int32)
    held = shared.view(np.uint8)
    for row, part in block.groups:
        beside = -(-(part.stop - part.start) // 255)
        high = (part.stop - part.start) // beside
        end = part.start + high * beside
        heaps = held[part.start : end].reshape(high, beside * runs)
        sums = np.add.reduce(heaps, axis=0, dtype=np.uint8).reshape(beside, runs)
        counts[row] = np.add.reduce(sums, axis=0, dtype=np.int32)
        if end < part.stop:
            counts[row] += np.add.reduce(held[end : part.stop], axis=0, dtype=np.int32)
    return counts


def decisions(setup: Setup | World, first: int = 0, replicas: int | None = None) -> Decisions:
    """Run the replicas of a setup and return what was decided: who was asked, who shared.

    Parameters
    ----------
    setup, first, replicas
        As for `simulate`, which makes the same runs.

    Returns
    -------
    Decisions
        Counts by group and exposure, of all decisions that the attention rule allows.

    Examples
    --------
    >>> counted = decisions(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=5))
    >>> counted.rows, bool(counted.asked.sum() > 500)
    (('outgoing', 'reserved'), True)
    """
    world = setup if isinstance(setup, World) else World.of(setup)
    first, wanted = _asked(world.setup, first, replicas)
    tally = [Decisions.none(world.names, max(1, world.network.max_degree))]

    def watch(block: _Block, shared: Bools, seen: Ints, before: Ints, now: Bools) -> None:
        asked = np.nonzero(~shared & attends(world.setup.attention, seen, before))
        rows = world.rows[block.order][asked[0]]
        layer = (before[asked] > 0).astype(np.intp)
        tally[0] = tally[0].plus(layer, rows, seen[asked].astype(np.intp), now[asked])

    block, luck = _Block.of(world), runs(world.setup.seed, Purpose.LUCK, first, wanted)
    for law, count in _portions(world, first, wanted):
        _together(block, law, luck, count, watch)
    return tally[0]
