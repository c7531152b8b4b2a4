"""What became of every agent of one run, and every decision that was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, whole_number
from newswave.core.law import Bools, attends, meeting, one_run, show
from newswave.core.networks import Network
from newswave.core.offline import Outside, Push, Since
from newswave.core.sharing import Decisions, Floats
from newswave.core.simulation import World

if TYPE_CHECKING:
    import pandas as pd


Ints = npt.NDArray[Any]

NEVER = -1
"""What stands for a round or an agent where there is none."""


@dataclass(frozen=True, eq=False)
class History:
    """One run, agent by agent."""

    # (n_agents,): Round in which each agent shared: 0 for a seed, `NEVER` if it did not
    shared: Ints
    # (n_agents,): First round in which it saw a neighbour sharing before it shared itself; `NEVER`
    # if none
    heard: Ints
    # (n_agents,): The neighbour that shared first (of several, the one named first), `NEVER` if
    # none
    source: Ints
    rounds: int  # The last round that is known
    # (rounds + 1, n_agents): Who was active offline after each round; None without feedback
    active: Bools | None = None

    def __post_init__(self) -> None:
        last = whole_number("The last round", self.rounds, 0)
        if not len(self.shared) == len(self.heard) == len(self.source):
            given = f"{len(self.shared)}, {len(self.heard)} and {len(self.source)} agents"
            raise BadValue("The parts of this history do not fit together", given=given)
        if len(self.shared) and self.shared.max() > last:
            raise BadValue("Somebody shared after the last round", given=int(self.shared.max()))
        for name in ("shared", "heard", "source"):
            made = np.array(getattr(self, name), np.int32)
            made.setflags(write=False)
            object.__setattr__(self, name, made)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many have shared by each round, shape (rounds + 1,)."""
        return self.counts_among(np.ones(len(self.shared), bool))

    def counts_among(self, agents: Bools) -> npt.NDArray[np.int64]:
        """Return how many of some agents, a mask, have shared by each round."""
        new = self.shared[agents & (self.shared != NEVER)]
        return np.bincount(new, minlength=self.rounds + 1).cumsum()

    @classmethod
    def at_start(cls, world: World, run: int = 0) -> History:
        """Return a run of which only the seed agents are known."""
        shared = np.full(world.setup.n_agents, NEVER, np.int32)
        shared[world.luck(run)[1]] = 0
        return cls.from_shared(world.network, shared, 0)

    @classmethod
    def of(cls, world: World, run: int = 0) -> History:
        """Return the history of run `run` of a world: of `NewsModel`, agent for agent.

        In continuous time a round here is the one within which something happens.
        """
        setup = world.setup
        if setup.is_continuous:
            return cls.from_times(world.network, world.times(run), setup.rounds)
        offline, active = world.offline([run]), []
        shared = np.full(setup.n_agents, NEVER, np.int32)
        states = one_run(
            world.law_of(run), world.network, world.rows, world.luck(run), setup.rounds, offline
        )
        for at, now in enumerate(states):
            shared[now & (shared == NEVER)] = at
            if offline is not None and setup.feedback.is_on:
                active.append(offline.active)
            elif now.all():
                break
        made = cls.from_shared(world.network, shared, setup.rounds)
        return replace(made, active=np.array(active)) if active else made

    @classmethod
    def from_times(cls, network: Network, times: Floats, rounds: int) -> History:
        """Return the history of a run in continuous time; infinite is never."""
        never, most = np.isinf(times), np.iinfo(np.int32).max
        rank = np.argsort(np.argsort(times, kind="stable")).astype(np.int32)
        first, source = _earliest(network, np.where(never, most, rank).astype(np.int32))
        has_seen = first < np.where(never, most, rank)
        at = np.ceil(np.where(never, NEVER, times)).astype(np.int32)
        heard = np.where(has_seen, at[np.maximum(source, 0)], NEVER)
        return cls(at, heard, np.where(has_seen, source, NEVER), rounds)

    @classmethod
    def from_shared(cls, network: Network, shared: Ints, rounds: int) -> History:
        """Return the history of a run of which it is known when each agent shared."""
        most = np.iinfo(np.int32).max
        when = np.where(np.asarray(shared) == NEVER, most, shared).astype(np.int32)
        first, source = _earliest(network, when)
        has_seen = first < np.minimum(when, rounds)
        heard = np.where(has_seen, first + 1, NEVER)
        return cls(shared, heard, np.where(has_seen, source, NEVER), rounds)


@dataclass(frozen=True)
class Look:
    """One round in which an agent decided."""

    round: int
    exposure: int  # m, how many neighbours it saw sharing
    chance: float  # Its probability to share in that round
    shares: bool  # What it did


def looks(world: World, history: History, agent: int, run: int = 0) -> tuple[Look, ...]:
    """Return every round in which an agent decided, until it shared or the run ended.

    Rounds in which it could only have met the event itself are left out. There are none in
    continuous time, in which nobody decides in rounds.
    """
    if world.setup.is_continuous:
        return ()
    one = whole_number("The agent", agent, 0, world.setup.n_agents - 1)
    network = world.network
    neighbours = network.indices[network.offsets[one] : network.offsets[one + 1]]
    when = history.shared[neighbours]
    new = np.bincount(when[when != NEVER], minlength=history.rounds + 1)
    seen = np.concatenate([[0], new.cumsum()[: history.rounds]])
    last = history.rounds if history.shared[one] == NEVER else int(history.shared[one])
    before, now = seen[:last], seen[1 : last + 1]
    how = meeting(world.setup.attention, now, before)
    met = world.law_of(run).hazard[how, world.rows[one], now]
    outside = world.setup.outside
    if outside is not None:
        first = int(np.count_nonzero(now == 0))
        met = _pushes(outside, history, first, last).on(met)
    chance = -np.expm1(-met)
    asked = np.flatnonzero(attends(world.setup.attention, now, before))
    shares = history.shared[one] != NEVER
    return tuple(
        Look(at + 1, int(now[at]), float(chance[at]), bool(shares and at + 1 == last))
        for at in asked.tolist()
    )


def _pushes(outside: Outside, history: History, first: int, last: int) -> Push:
    """Return what went on offline in rounds 1 to `last` for one who saw nothing for `first`."""
    at = np.arange(last)
    age = np.maximum(at - first, 0) if outside.since is Since.FIRST_SIGHT else at
    active = 0.0 if history.active is None else history.active[:last].mean(axis=1)
    return Push(outside.fresh[age], outside.hazard_at(at, active))


def _earliest(network: Network, when: Ints) -> tuple[Ints, Ints]:
    """Return the earliest of each agent's neighbours' times, and whose it is."""
    most = np.iinfo(np.int32).max
    if network.table is not None and network.max_degree:
        times = when[network.table]
        at = times.argmin(axis=1)
        every = np.arange(network.n_agents)
        return times[every, at], network.table[every, at]
    first = np.full(network.n_agents, most, np.int32)
    source = np.full(network.n_agents, NEVER, np.int32)
    linked = np.flatnonzero(network.degrees)
    times = when[network.indices]
    first[linked] = np.minimum.reduceat(times, network.offsets[linked])
    own = np.repeat(np.arange(network.n_agents), network.degrees)
    hits = np.flatnonzero(times == first[own])[::-1]
    source[own[hits]] = network.indices[hits]
    return first, source


# Every decision of a run, worked out again from nothing but the rounds in which agents shared.


@dataclass(frozen=True, eq=False)
class DecisionLog:
    """The decisions of a run in order of round, then agent; every array has one entry for each."""

    agent: Ints  # Who decided
    round: Ints  # When, from 1
    exposure: Ints  # m, the sharing neighbours that it saw
    first: Bools  # Whether it saw the news for the first time
    share: Bools  # The answer
    # Whether there was none: such an agent has not shared, and has not declined to
    abstained: Bools

    @classmethod
    def of(
        cls,
        world: World,
        shared_round: Ints,
        last_round: int,
        abstained: Sequence[Ints] = (),
    ) -> DecisionLog:
        """Return the log of a run up to `last_round`.

        What an agent saw follows from when its neighbours shared, so a run need not keep a log.
        """
        seen = np.zeros(len(shared_round), np.int32)
        none = (*(np.zeros(0, np.int64) for _ in range(3)), *(np.zeros(0, bool) for _ in range(3)))
        result: list[tuple[Ints, ...]] = [none]
        for at in range(1, last_round + 1):
            before = seen.copy()
            show(world.network, seen, np.flatnonzero(shared_round == at - 1))
            undecided = (shared_round < 0) | (shared_round >= at)
            asked = np.flatnonzero(undecided & attends(world.setup.attention, seen, before))
            share = shared_round[asked] == at
            silent = np.isin(asked, abstained[at - 1] if at <= len(abstained) else ())
            early = (asked, np.full_like(asked, at), seen[asked], before[asked] == 0)
            result.append((*early, share, silent))
        return cls(*map(np.concatenate, zip(*result, strict=True)))

    def counts(self, world: World) -> Decisions:
        """Return the decisions counted by group and exposure, without those who abstained."""
        none = Decisions.none(world.names, max(1, world.network.max_degree))
        kept = ~self.abstained
        layer = (~self.first[kept]).astype(np.intp)
        rows = world.rows[self.agent[kept]]
        return none.plus(layer, rows, self.exposure[kept], self.share[kept])

    def frame(self, world: World) -> pd.DataFrame:
        """Return the log as a table."""
        import pandas as pd

        who = names(world, self.agent)
        called = np.array(world.network.names, dtype=object)
        own = {"name": called[self.agent]} if len(called) else {}
        early = {"agent": self.agent, **own, "round": self.round, **who}
        late = {"exposure": self.exposure, "first": self.first, "share": self.share}
        late["abstained"] = self.abstained
        return pd.DataFrame({**early, **late})


def names(world: World, agents: Ints) -> dict[str, npt.NDArray[np.object_]]:
    """Return the profile's code and the group's name of some agents, as columns of a table."""
    groups, rows = world.setup.mix.groups, world.rows[agents]
    profile = np.array([group.profile.code for group in groups], dtype=object)
    group = np.array([group.name for group in groups], dtype=object)
    return {"profile": profile[rows], "group": group[rows]}
