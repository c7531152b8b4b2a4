"""Continuous time: runs without rounds, exact, in which every agent shares at its own moment.

The hazard that a round adds is met per unit of time instead, all along: between two events of its
neighbours an agent's hazard stands still. Under the contact rule that is a waiting time on every
link, Exponential(β) of the agent that is shown the news, and so when an agent shares is the length
of the shortest path from a seed (first-passage percolation; Kiss, Miller, Simon, "Mathematics of
Epidemics on Networks", 2017): Dijkstra's algorithm. For any other table an agent shares when its
cumulative hazard reaches its threshold, E ~ Exponential(1) (the Sellke construction); a queue holds
at which moment that will be if nothing changes, and events are taken from it in order.
"""

from __future__ import annotations

from enum import Enum
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.networks import Network
from newswave.core.sharing import Floats

Ints = npt.NDArray[Any]


class Clock(Enum):
    """In which kind of time agents share: a hazard is met once a round, or all along.

    A chance P of a round is the hazard −ln(1 − P) per unit of time, which is a round.

    Examples
    --------
    >>> from newswave.core.setup import Setup
    >>> Setup(clock=Clock.CONTINUOUS).is_continuous
    True
    """

    ROUNDS = "synchronous rounds (in each, all decide at the same moment)"
    CONTINUOUS = "continuous time, in units of a round (everybody shares at a moment of their own)"


def along_links(
    rates: Floats,
    network: Network,
    seeds: Ints,
    source: Floats,
    stream: np.random.Generator,
    until: float,
) -> Floats:
    """Return when each agent shares under the contact rule, infinite if after `until`, shape (N,).

    Parameters
    ----------
    rates : array, shape (N,)
        β of each agent that is shown the news, per contact and unit of time.
    network : Network
        Who is linked to whom.
    seeds : array of int
        Who shares at time 0.
    source : array, shape (N,)
        When each agent would share because of the event itself; infinite if never.
    stream : Generator
        For the waiting times.
    until : float
        The last time that is asked for.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n, indices = network.n_agents, network.indices
    with np.errstate(divide="ignore"):
        mean = 1.0 / rates
    waits = stream.standard_exponential(indices.size) * mean[indices]
    met = np.flatnonzero(source <= until).astype(np.int32)
    parts = (np.append(waits, source[met]), np.append(indices, met))
    starts = np.append(network.offsets, indices.size + met.size)
    links = csr_array((*parts, starts), shape=(n + 1, n + 1))  # the event is one node more
    begin = np.append(seeds, n) if met.size else seeds
    return np.asarray(dijkstra(links, indices=begin, min_only=True, limit=until)[:n])


def by_thresholds(
    hazard: Floats, network: Network, rows: Ints, luck: tuple[Floats, Ints], until: float
) -> Floats:
    """Return when each agent shares under any table, infinite if after `until`, shape (N,).

    Parameters
    ----------
    hazard : array, shape (rows, M + 1)
        Per unit of time, by row and exposure.
    rows : array of int, shape (N,)
        Which row is each agent's.
    network, until
        As for `along_links`.
    luck : tuple of array
        Thresholds, shape (N,), and who shares at time 0.
    """
    times = np.full(network.n_agents, np.inf)
    left, since = luck[0].tolist(), [0.0] * network.n_agents
    seen, own = [0] * network.n_agents, hazard.tolist()
    alone = hazard[rows, 0]
    with np.errstate(divide="ignore"):
        planned = np.where(alone > 0.0, luck[0] / alone, np.inf)
    planned[luck[1]] = 0.0
    due = np.flatnonzero(planned <= until)
    queue, plan = list(zip(planned[due].tolist(), due.tolist(), strict=True)), planned.tolist()
    heapify(queue)
    row, ends, indices = rows.tolist(), network.offsets.tolist(), network.indices.tolist()
    while queue:
        now, agent = heappop(queue)
        if now != plan[agent]:
            continue  # something has changed since
        times[agent], plan[agent] = now, -1.0
        for other in indices[ends[agent] : ends[agent + 1]]:
            if plan[other] <= now:
                continue  # it has shared, or does so now
            met = own[row[other]]
            if now > since[other]:
                left[other] = max(left[other] - met[seen[other]] * (now - since[other]), 0.0)
            seen[other], since[other] = seen[other] + 1, now
            pace = met[seen[other]]
            plan[other] = now + left[other] / pace if pace > 0.0 else np.inf
            if plan[other] <= until:
                heappush(queue, (plan[other], other))
    return times
