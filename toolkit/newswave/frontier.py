"""One run of very many agents: the law, applied only where something can happen.

An agent that nobody shows the news cannot share, and one that has shared is done. In between is the
frontier. While it is small it is held as a list of agents, and a round costs what the list is long;
when it is a good part of everybody, whole arrays are quicker and are gone through part by part, so
that what is worked on stays in the fast memory. Both are the law of `dynamics`, number for number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.dynamics import Bools, Ints, Law, exposure_type, neighbours_of, show
from newswave.networks import Network
from newswave.setups import Attention
from newswave.sharing import Floats

_PART = 1 << 16  # agents that are worked on at a time
_LISTED = 16  # up to one in so many agents, a list is quicker than whole arrays


def new_sharers(
    law: Law, network: Network, rows: Ints, luck: tuple[Floats, Ints], rounds: int
) -> Iterator[Ints]:
    """Yield the agents that share first in round 0, 1, …, `rounds` of one run, in order.

    Parameters
    ----------
    law : Law
        How agents decide.
    network : Network
        Who is linked to whom.
    rows : array of int, shape (agents,)
        Row of the table of each agent.
    luck : tuple of arrays
        From `dynamics.deal`.
    rounds : int
        How many rounds follow round 0.

    Yields
    ------
    array of int
        Empty where nobody new shares.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> from newswave.world import World
    >>> world = World.of(Setup(n_agents=100, n_seeds=2))
    >>> found = new_sharers(world.law, world.network, world.rows, world.luck(0), 60)
    >>> [len(new) for new in found][:4]
    [2, 1, 1, 0]
    """
    agents = _Agents.of(law, network, rows, luck[0], rounds)
    new, listed = np.sort(luck[1]), agents.first_list()
    del luck
    left = network.n_agents - len(new)
    agents.waiting[new] = False
    yield new
    for _ in range(rounds):
        if not left:
            yield new[:0]
            continue
        listed = agents.list_after(listed, new, left)
        agents.show(new)
        new = agents.who_share() if listed is None else agents.who_share_of(listed)
        agents.waiting[new] = False
        left -= len(new)
        yield new


@dataclass(frozen=True, slots=True, eq=False)
class _Agents:
    """What is held of each agent, and who can share next.

    `limit` and `worn` are what it can take and has taken, `seen` and `before` its exposure now and
    a round ago (one array under the contact rule, which does not ask), `waiting` whether it has not
    shared.
    """

    law: Law
    network: Network
    rows: Ints
    limit: npt.NDArray[Any]
    worn: npt.NDArray[Any]
    seen: Ints
    before: Ints
    waiting: Bools

    @classmethod
    def of(cls, law: Law, network: Network, rows: Ints, resistance: Floats, rounds: int) -> _Agents:
        """Return the agents before anybody shares."""
        n, most = network.n_agents, network.max_degree * rounds
        limit = np.empty(n, law.limits(resistance[:1], rows[:1], most).dtype)
        for part in _parts(n):
            limit[part] = law.limits(resistance[part], rows[part], most)
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
        return bool(self.law.hazard[..., 0].any())

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

    def who_share_of(self, listed: Ints) -> Ints:
        """Wear on the agents in the list; return those who share now."""
        seen = self.seen[listed]
        worn = self.worn[listed]
        worn += self.law.wear(self.rows[listed], seen, self.before[listed])
        self.worn[listed] = worn
        if self.law.rates is None:
            self.before[listed] = seen
        return np.sort(listed[worn >= self.limit[listed]])

    def who_share(self) -> Ints:
        """Wear on all agents; return those who share now."""
        found = []
        for part in _parts(len(self.waiting)):
            worn, seen = self.worn[part], self.seen[part]
            worn += self.law.wear(self.rows[part], seen, self.before[part])
            found.append(np.flatnonzero(self.waiting[part] & (worn >= self.limit[part])))
            found[-1] += part.start
            if self.law.rates is None:
                self.before[part] = seen
        return np.concatenate(found)


def _parts(count: int) -> Iterator[slice]:
    """Yield slices of up to `_PART` that make up `count`."""
    for start in range(0, count, _PART):
        yield slice(start, min(start + _PART, count))
