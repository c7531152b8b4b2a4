"""A setup made concrete and run: one run of very many agents, or many replicas at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.continuous import along_links, by_thresholds
from newswave.core.curve import Curve
from newswave.core.errors import BadValue, whole_number
from newswave.core.files import check_memory
from newswave.core.law import (
    FIRST,
    Attention,
    Bools,
    Ints,
    Law,
    attends,
    draw_thresholds,
    exposure,
    exposure_type,
    neighbours_of,
    show,
)
from newswave.core.networks import Network, OwnNetwork, RegularSmallWorld, ScaleFree, SmallWorld
from newswave.core.offline import OfflineState, Push
from newswave.core.rules import Measured, OneTable
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions, Floats, SharingTable, hazard
from newswave.core.streams import Purpose, generator, run_generator, runs

RUNS_PER_DRAW = 8
"""How many runs share one draw of a table that was counted over answers."""

_MAKING = {SmallWorld: 190, RegularSmallWorld: 190, ScaleFree: 190, OwnNetwork: 60}
_AS_TABLE, _KEPT, _STATE = 8, 4, 80

_PART = 1 << 16  # agents that are worked on at a time
_LISTED = 16  # up to one in so many agents, a list is quicker than whole arrays
_BLOCK_BYTES = 1 << 18
_DRAWN_TOGETHER = 16
_FEW = 4
_MANY = 50_000  # from so many agents, runs one by one are quicker and take a fraction of the memory


# A setup made concrete: its network, who sits where, and the law, from its one seed.


@dataclass(frozen=True, eq=False)
class World:
    """Everything of a setup that its runs have in common."""

    setup: Setup  # The description
    network: Network  # Who is linked to whom
    rows: Ints  # (n_agents,): Which group, and so which row of the table, each agent belongs to
    names: tuple[str, ...]  # The groups' names, in the order of the table's rows

    @classmethod
    def of(cls, setup: Setup) -> World:
        """Return the world of a setup: the same one each time."""
        n, degree = setup.n_agents, setup.network.mean_degree_for(setup.n_agents)
        advice = "Take fewer agents or a smaller degree, or close other programs"
        check_memory(bytes_needed(setup), f"{n} agents of mean degree {degree:g}", advice)
        network = setup.network.build(setup.n_agents, generator(setup.seed, Purpose.NETWORK))
        rows = setup.mix.deal(setup.n_agents, generator(setup.seed, Purpose.PLACEMENT))
        return cls(setup, network, rows, tuple(group.name for group in setup.mix.groups))

    @cached_property
    def table(self) -> SharingTable:
        """P(share | group, exposure), up to the largest degree; raises as `Setup.table` does."""
        return self.setup.table(max(1, self.network.max_degree))

    @cached_property
    def law(self) -> Law:
        """The table with attention and source, ready to be applied."""
        return self._law(self.table)

    def law_of(self, run: int) -> Law:
        """Return the law of one run: `law` itself, unless the table was counted over answers."""
        table = self.table_of(run)
        return self.law if table is self.table else self._law(table)

    def table_of(self, run: int) -> SharingTable:
        """Return the table of one run.

        It is the same for all runs, unless the table was counted over answers: then eight runs
        after one another share a table drawn from what the answers leave possible, so that the
        spread of many runs holds what the measurement left open.
        """
        rule = self.setup.sharing
        if not (isinstance(rule, Measured | OneTable) and rule.is_sampled):
            return self.table
        number = whole_number("run", run, 0) // RUNS_PER_DRAW
        drawn = rule.drawn(run_generator(self.setup.seed, Purpose.SAMPLING, number))
        return replace(self.setup, sharing=drawn).table(self.table.max_exposure)

    def _law(self, table: SharingTable) -> Law:
        return self.setup.law(table, self.network.max_degree)

    def offline(self, runs: Sequence[int], order: Ints | None = None) -> OfflineState | None:
        """Return what goes on offline in some runs, at round 0; None where nothing does.

        One run has the shape (n_agents,), several have another axis; the agents are in `order`.
        """
        outside = self.setup.outside
        if outside is None:
            return None
        own = runs if outside.feedback.is_on else ()
        streams = [run_generator(self.setup.seed, Purpose.OFFLINE, run) for run in own]
        shape = (self.setup.n_agents, *([len(runs)] if order is not None else []))
        return OfflineState(outside, shape, streams, order)

    def luck(self, run: int) -> tuple[Floats, Ints]:
        """Return the thresholds and the seed agents of one run."""
        stream = run_generator(self.setup.seed, Purpose.LUCK, run)
        return self.draw(stream)

    def times(self, run: int) -> Floats:
        """Return when each agent shares in one run in continuous time; infinite if not in time.

        The seed agents are those of the same run in rounds.
        """
        setup, stream = self.setup, run_generator(self.setup.seed, Purpose.LUCK, run)
        law, table, luck = self.law_of(run), self.table_of(run), self.draw(stream)
        rates, until = table.contact_rates(), float(setup.rounds)
        if rates is None:
            return by_thresholds(law.hazard[FIRST], self.network, self.rows, luck, until)
        each = rates[self.rows] * (1.0 if self.readiness is None else self.readiness)
        with np.errstate(divide="ignore"):
            source = luck[0] / hazard(setup.source_probability)
        return along_links(each, self.network, luck[1], source, stream, until)

    @cached_property
    def _turns(self) -> Ints | None:
        return self.setup.start.turns(self.network)

    def draw(self, stream: np.random.Generator, out: Floats | None = None) -> tuple[Floats, Ints]:
        """Return the thresholds and the seed agents that a stream gives (see `draw_thresholds`)."""
        setup = self.setup
        threshold, seeds = draw_thresholds(setup.n_agents, setup.n_seeds, stream, out, self._turns)
        if self.readiness is not None:
            np.divide(threshold, self.readiness, out=threshold)
        return threshold, seeds

    @cached_property
    def readiness(self) -> Floats | None:
        """What multiplies each agent's hazards, gamma with mean 1, or None where all are alike.

        A threshold divided by it does the same. It belongs to the agent, in all runs.
        """
        variation = self.setup.rate_variation
        if variation == 0.0:
            return None
        draw = generator(self.setup.seed, Purpose.READINESS)
        drawn = draw.gamma(1.0 / variation, variation, self.setup.n_agents)
        return np.maximum(drawn, np.finfo(np.float64).tiny)


def check_rounds(setup: Setup, what: str) -> None:
    """Raise `BadValue` in continuous time: `what` is done in rounds."""
    if setup.is_continuous:
        advice = "Take rounds: clock=nw.Clock.ROUNDS, or leave --clock out"
        raise BadValue(f"{what} in rounds, and this setup has none", given="CONTINUOUS",
                       advice=advice)  # fmt: skip


def bytes_needed(setup: Setup) -> float:
    """Return how much memory a setup's network and one run take at their most, about, in bytes."""
    degree = setup.network.mean_degree_for(setup.n_agents)
    making = _MAKING.get(type(setup.network), _AS_TABLE) * degree
    return setup.n_agents * max(making, _KEPT * degree + _STATE)


# One run of very many agents: the law, applied only where something can happen.
#
# An agent that nobody shows the news cannot share, and one that has shared is done. In between is
# the frontier. While it is small it is held as a list of agents, and a round costs what the list is
# long; when it is a good part of everybody, whole arrays are quicker and are gone through part by
# part, so that what is worked on stays in the fast memory. Both are the law of `core.law`, number
# for number.


def new_sharers(
    law: Law,
    network: Network,
    rows: Ints,
    luck: tuple[Floats, Ints],
    rounds: int,
    offline: OfflineState | None = None,
) -> Iterator[Ints]:
    """Yield the agents that share first in round 0, 1, …, `rounds` of one run, in order."""
    agents = _Agents.of(law, network, rows, luck[0], rounds)
    new, listed = np.sort(luck[1]), agents.first_list()
    del luck
    left = network.n_agents - len(new)
    agents.waiting[new] = False
    yield new
    for _ in range(rounds):
        if not left:
            if offline is not None:
                offline.go_on(agents.seen, ~agents.waiting)
            yield new[:0]
            continue
        listed = agents.list_after(listed, new, left)
        agents.show(new)
        push = None if offline is None else offline.push()
        new = agents.who_share(push) if listed is None else agents.who_share_of(listed, push)
        if offline is not None:
            offline.go_on(agents.seen, ~agents.waiting)
        agents.waiting[new] = False
        left -= len(new)
        yield new


@dataclass(frozen=True, slots=True, eq=False)
class _Agents:
    """What is kept of each agent, and who can share next.

    `limit` is its threshold and `cumulative` its cumulative hazard, in the units of the law;
    `seen` and `before` its exposure now and a round ago (one array under the contact rule, which
    does not ask), `waiting` whether it has not shared.
    """

    law: Law
    network: Network
    rows: Ints
    limit: npt.NDArray[Any]
    cumulative: npt.NDArray[Any]
    seen: Ints
    before: Ints
    waiting: Bools

    @classmethod
    def of(cls, law: Law, network: Network, rows: Ints, threshold: Floats, rounds: int) -> _Agents:
        """Return the agents before anybody shares."""
        n, most = network.n_agents, network.max_degree * rounds
        limit = np.empty(n, law.limits(threshold[:1], rows[:1], most).dtype)
        for part in _parts(n):
            limit[part] = law.limits(threshold[part], rows[part], most)
        seen = np.zeros(n, exposure_type(network))
        before = seen if law.rates is not None else seen.copy()
        waiting = np.ones(n, np.bool_)
        return cls(law, network, rows, limit, np.zeros_like(limit), seen, before, waiting)

    @property
    def few(self) -> int:
        """How many agents a list may hold."""
        return len(self.waiting) // _LISTED

    @property
    def all_at_risk(self) -> bool:
        """Whether an agent can share that sees nobody sharing: where there is an offline source."""
        return self.law.reaches_all

    @property
    def only_reached(self) -> bool:
        """Whether an agent decides only when another neighbour has shared."""
        return self.law.attention is Attention.NEW_EXPOSURE and not self.all_at_risk

    def first_list(self) -> Ints | None:
        """Return the list before round 0: nobody, or no list where all are at risk."""
        return None if self.all_at_risk else np.zeros(0, np.intp)

    def list_after(self, listed: Ints | None, new: Ints, left: int) -> Ints | None:
        """Return who can share in the next round, or None if they are too many for a list.

        To be asked before `new` is shown to its neighbours. `left` is how many have not shared.
        """
        if listed is None and left > self.few and not self.only_reached:
            return None
        if not self.all_at_risk and self.network.degrees[new].sum() > self.few:
            return None
        if self.only_reached:
            listed = np.zeros(0, np.intp)
        elif listed is None:
            listed = np.flatnonzero(self.waiting & (self.all_at_risk | (self.seen > 0)))
        listed = listed[self.waiting[listed]]
        if not self.all_at_risk:
            listed = np.concatenate([listed, self._reached(new)])
        return listed if len(listed) <= self.few else None

    def _reached(self, new: Ints) -> Ints:
        """Return the neighbours of `new` that the list does not hold yet, each once."""
        near = neighbours_of(self.network, new)
        fresh = self.waiting[near]
        if not self.only_reached:
            fresh &= self.seen[near] == 0
        return np.unique(near[fresh])

    def show(self, new: Ints) -> None:
        """Let the neighbours of `new` see that it shares."""
        for part in _parts(len(new)):
            show(self.network, self.seen, new[part])

    def who_share_of(self, listed: Ints, push: Push | None = None) -> Ints:
        """Add this round's hazard to the agents in the list; return those who share now."""
        seen = self.seen[listed]
        cumulative = self.cumulative[listed]
        own = push and push.of(listed)
        cumulative += self.law.added(self.rows[listed], seen, self.before[listed], own)
        self.cumulative[listed] = cumulative
        if self.law.rates is None:
            self.before[listed] = seen
        return np.sort(listed[cumulative >= self.limit[listed]])

    def who_share(self, push: Push | None = None) -> Ints:
        """Add this round's hazard to all agents; return those who share now."""
        result = []
        for part in _parts(len(self.waiting)):
            cumulative, seen = self.cumulative[part], self.seen[part]
            own = push and push.of(part)
            cumulative += self.law.added(self.rows[part], seen, self.before[part], own)
            result.append(np.flatnonzero(self.waiting[part] & (cumulative >= self.limit[part])))
            result[-1] += part.start
            if self.law.rates is None:
                self.before[part] = seen
        return np.concatenate(result)


def _parts(count: int) -> Iterator[slice]:
    """Yield slices of up to `_PART` that make up `count`."""
    for start in range(0, count, _PART):
        yield slice(start, min(start + _PART, count))


# Many replicas at once: the same law with one more axis, and the agent model's own runs.


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
    active = np.zeros(by_group.shape[:2]) if setup.feedback.is_on else None
    done = 0
    for counts, acting in _blocks(world, first, wanted):
        by_group[done : done + len(counts)] = counts
        if active is not None:
            active[done : done + len(counts)] = acting
        done += len(counts)
        if progress is not None:
            progress(done, wanted)
    total = by_group.sum(axis=2, dtype=np.float64)
    return Curve(total, setup.n_agents, world.names, by_group, setup=setup, active=active)


def _asked(setup: Setup, first: int, replicas: int | None) -> tuple[int, int]:
    """Return the first replica and how many, checked."""
    wanted = setup.replicas if replicas is None else replicas
    return (
        whole_number("The first replica", first, 0),
        whole_number("The number of replicas", wanted, 1, 1_000_000),
    )


_Counts = tuple[npt.NDArray[np.int32], npt.NDArray[Any]]


def _blocks(world: World, first: int, wanted: int) -> Iterator[_Counts]:
    """Yield counts for one block of replicas after another.

    Of sharers, shape (block, rounds + 1, groups), and of those active offline, (block, rounds + 1)
    if there is feedback.
    """
    setup = world.setup
    if setup.is_continuous:
        for run in range(first, first + wanted):
            yield _in_time(world, run), _acting(None)
        return
    luck = runs(setup.seed, Purpose.LUCK, first, wanted)
    if wanted < _FEW or setup.n_agents >= _MANY:
        for run, stream in enumerate(luck, first):
            offline = world.offline([run])
            yield _alone(world, world.law_of(run), stream, offline), _acting(offline)
        return
    block = _Block.of(world)
    for law, some in _portions(world, first, wanted):
        offline = world.offline(some, block.order)
        yield _together(block, law, luck, len(some), offline), _acting(offline)


def _acting(offline: OfflineState | None) -> npt.NDArray[Any]:
    """Return how many were active offline, shape (runs, rounds + 1) if there is feedback."""
    return np.atleast_2d(np.transpose([] if offline is None else offline.counts))


def _portions(world: World, first: int, wanted: int) -> Iterator[tuple[Law, range]]:
    """Yield which replicas to run together, and their law.

    As many as keep their state in the fast memory, or those that share a draw of the table.
    """
    size = max(32, _BLOCK_BYTES // world.setup.n_agents)
    run, end = first, first + wanted
    while run < end:
        law = world.law_of(run)
        most = size if law is world.law else RUNS_PER_DRAW - run % RUNS_PER_DRAW
        count = min(most, end - run)
        yield law, range(run, run + count)
        run += count


def _alone(
    world: World, law: Law, stream: np.random.Generator, offline: OfflineState | None
) -> npt.NDArray[np.int32]:
    """Return the counts of one run, made in little memory."""
    setup, groups = world.setup, len(world.names)
    counts = np.empty((1, setup.rounds + 1, groups), np.int32)
    luck = world.draw(stream)
    result = new_sharers(law, world.network, world.rows, luck, setup.rounds, offline)
    del luck  # the run keeps what it needs of it
    for at, new in enumerate(result):
        counts[0, at] = np.bincount(world.rows[new], minlength=groups)
    return counts.cumsum(axis=1, dtype=np.int32)


def _in_time(world: World, run: int) -> npt.NDArray[np.int32]:
    """Return the counts of one run in continuous time, at the times of the rounds."""
    groups, rounds = len(world.names), world.setup.rounds
    times = world.times(run)
    reached = np.flatnonzero(times <= rounds)
    at = np.ceil(times[reached]).astype(np.intp)
    new = np.bincount(at * groups + world.rows[reached], minlength=(rounds + 1) * groups)
    return new.reshape(1, rounds + 1, groups).cumsum(axis=1, dtype=np.int32)


def _together(
    block: _Block,
    law: Law,
    luck: Iterator[np.random.Generator],
    count: int,
    offline: OfflineState | None = None,
    watch: Callable[[_Block, Bools, Ints, Ints, Bools], None] | None = None,
) -> npt.NDArray[np.int32]:
    """Return the counts of `count` runs, all agents of all runs in each step.

    `offline` is gone on with; with feedback, to the last round. `watch`, if given, is shown every
    round: who shared, exposure now and before, who shares now.
    """
    rounds, groups = block.world.setup.rounds, len(block.world.names)
    acts = block.world.setup.feedback.is_on
    limit = _limits(block, law, luck, count)
    cumulative = np.zeros_like(limit)
    counts = np.zeros((rounds + 1, groups, count), np.int32)
    seen, before, spare = np.zeros((3, *limit.shape), exposure_type(block.network))
    shared, now = cumulative >= limit, np.empty(limit.shape, np.bool_)
    for at in range(rounds + 1):
        counts[at] = _count(shared, block)
        over = counts[at].sum() == shared.size and not acts
        if at == rounds or over:
            counts[at + 1 :] = counts[at]
            break
        exposure(block.network, shared, (seen, spare))
        push = None if offline is None else offline.push()
        _add_hazard(block, law, cumulative, seen, before, push)
        if offline is not None:
            offline.go_on(seen, shared)
        np.greater_equal(cumulative, limit, out=now)
        if watch is not None:
            watch(block, shared, seen, before, now)
        shared, now, seen, before = now, shared, before, seen
    return counts.transpose(2, 0, 1)


def _add_hazard(
    block: _Block, law: Law, cumulative: Ints, seen: Ints, before: Ints, push: Push | None
) -> None:
    """Add to the cumulative hazards, in place, what this round adds."""
    if law.rates is not None:
        cumulative += seen
        return
    for row, part in block.groups:
        own = push and push.of(part)
        cumulative[part] += law.added_of(row, seen[part], before[part], own)


def _limits(
    block: _Block, law: Law, luck: Iterator[np.random.Generator], count: int
) -> npt.NDArray[Any]:
    """Return the threshold of each agent of each run, seeds at 0, in a small type that holds it.

    Few runs at a time: what fits into the fast memory takes half as long.
    """
    world, n = block.world, block.world.setup.n_agents
    most, parts, seeds = world.network.max_degree * world.setup.rounds, [], []
    for start in range(0, count, _DRAWN_TOGETHER):
        threshold = np.empty((min(_DRAWN_TOGETHER, count - start), n))
        for own, stream in zip(threshold, luck, strict=False):
            seeds.append(block.place[world.draw(stream, own)[1]])
        parts.append(law.limits(threshold.T, world.rows, most))
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
    ones = shared.view(np.uint8)
    for row, part in block.groups:
        beside = -(-(part.stop - part.start) // 255)
        high = (part.stop - part.start) // beside
        end = part.start + high * beside
        heaps = ones[part.start : end].reshape(high, beside * runs)
        sums = np.add.reduce(heaps, axis=0, dtype=np.uint8).reshape(beside, runs)
        counts[row] = np.add.reduce(sums, axis=0, dtype=np.int32)
        if end < part.stop:
            counts[row] += np.add.reduce(ones[end : part.stop], axis=0, dtype=np.int32)
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

    Raises
    ------
    BadValue
        In continuous time, in which nobody decides in rounds.

    Examples
    --------
    >>> counted = decisions(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=5))
    >>> counted.rows, bool(counted.asked.sum() > 500)
    (('outgoing', 'reserved'), True)
    """
    world = setup if isinstance(setup, World) else World.of(setup)
    check_rounds(world.setup, "Decisions are counted")
    first, wanted = _asked(world.setup, first, replicas)
    tally = [Decisions.none(world.names, max(1, world.network.max_degree))]

    def watch(block: _Block, shared: Bools, seen: Ints, before: Ints, now: Bools) -> None:
        asked = np.nonzero(~shared & attends(world.setup.attention, seen, before))
        rows = world.rows[block.order][asked[0]]
        layer = (before[asked] > 0).astype(np.intp)
        tally[0] = tally[0].plus(layer, rows, seen[asked].astype(np.intp), now[asked])

    block, luck = _Block.of(world), runs(world.setup.seed, Purpose.LUCK, first, wanted)
    for law, some in _portions(world, first, wanted):
        offline = world.offline(some, block.order)
        _together(block, law, luck, len(some), offline, watch)
    return tally[0]
