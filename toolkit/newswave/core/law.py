"""The law: who sees the news, what each round adds to the cumulative hazard, who then shares.

All functions are pure. Arrays have the agents on their first axis; a second axis, where there is
one, holds replicas, and the law is the same for each of them.

This is the Sellke construction (T. Sellke, J. Appl. Probab. 20, 390, 1983), in rounds. All the
chance of an agent is one number per run, its threshold E ~ Exponential(1). Each round adds the
hazard −ln(1 − P(row, exposure)) of what the agent sees to its cumulative hazard, and it shares in
the first round in which that is above E: having got through all rounds so far has the probability
Π (1 − P) = exp(−Σ hazard), whatever the table. Under the contact rule the hazard is β m, so the sum
is β times a number of exposures, and the agent shares at exposure number ⌊E / β⌋ + 1: whole numbers
only. Where something goes on offline besides a constant source, a round adds g times that hazard,
g what age leaves of the news, and the hazard a that everybody meets (`core.offline`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.networks import Network
from newswave.core.offline import OfflineState, Outside, Push
from newswave.core.sharing import Floats, SharingTable, hazard

Ints = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

FIRST, REPEAT, IDLE = 0, 1, 2
"""How an agent meets a round: seeing the news for the first time, again, or not attending to it."""

_MOST = 1 << 62
NEVER = _MOST + 1


class Attention(Enum):
    """When an agent that sees the news decides."""

    EVERY_ROUND = "in every round while it sees somebody sharing (leads to SI)"
    NEW_EXPOSURE = "only in rounds after another neighbour has shared (can stop short)"


@dataclass(frozen=True, eq=False)
class Law:
    """A sharing table, an attention rule and an offline source, made ready to be applied."""

    # (3, rows, M + 1): Hazard per round by how the agent meets it (`FIRST`, `REPEAT`, `IDLE`), row
    # and exposure
    hazard: Floats
    attention: Attention  # When an agent decides
    # (rows,), or None: The contact rates, per contact and round, where the law is the plain contact
    # rule
    rates: Floats | None
    # What goes on offline besides a constant source, which is in `hazard`; None if nothing
    outside: Outside | None = None

    @classmethod
    def of(
        cls,
        table: SharingTable,
        max_exposure: int,
        attention: Attention = Attention.EVERY_ROUND,
        source_probability: float = 0.0,
        outside: Outside | None = None,
    ) -> Law:
        """Return the law of a table for networks with degrees up to `max_exposure`.

        `outside`, if given, says all that goes on offline, the source included.
        """
        wide = table.up_to(max(1, max_exposure))
        first = hazard(wide.probabilities)
        repeat = first if wide.repeat is None else hazard(wide.repeat)
        layers = np.stack([first, repeat, np.zeros_like(first)])
        if outside is not None:
            return cls(layers, attention, None, outside)
        layers += hazard(source_probability)
        plain = attention is Attention.EVERY_ROUND and source_probability == 0.0
        return cls(layers, attention, wide.contact_rates() if plain else None)

    @property
    def reaches_all(self) -> bool:
        """Whether an agent can share that sees nobody sharing."""
        if self.outside is not None:
            return self.outside.reaches_all
        return bool(self.hazard[..., 0].any())

    @property
    def share_probability(self) -> Floats:
        """The chance to share in one round, 1 − exp(−hazard), shaped like `hazard`."""
        return -np.expm1(-self.hazard)

    def limits(self, threshold: Floats, rows: Ints, most: int = _MOST) -> npt.NDArray[Any]:
        """Return each agent's threshold in the units in which its cumulative hazard is counted.

        That is the smallest amount at which it shares. Under the contact rule ⌊E / β⌋ + 1
        exposures, in the smallest type that holds them (`most` + 1 stands for all above `most`);
        else the next number above E.
        """
        if self.rates is None:
            return np.nextafter(threshold, np.inf)
        rate = self.rates[rows].reshape(rows.shape + (1,) * (threshold.ndim - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            count = threshold / rate
            np.fmin(count, most, out=count)
        kind = np.min_scalar_type(most + 1)
        return np.asarray(count.astype(kind) + kind.type(1))

    def meeting(self, exposure: Ints, before: Ints) -> Ints:
        """Return how each agent meets the round, from its exposure now and a round ago."""
        return meeting(self.attention, exposure, before)

    def added(
        self, rows: Ints, exposure: Ints, before: Ints, push: Push | None = None
    ) -> npt.NDArray[Any]:
        """Return what this round adds to each agent's cumulative hazard, shaped like `exposure`.

        Exposures under the contact rule, else the hazard of the agent's row and exposure, with what
        goes on offline in the round.
        """
        if self.rates is not None:
            return exposure
        met = self.hazard[self.meeting(exposure, before), rows, exposure]
        return met if push is None else push.on(met)

    def added_of(
        self, row: int, exposure: Ints, before: Ints, push: Push | None = None
    ) -> npt.NDArray[Any]:
        """Return `added` for agents that are all of one row."""
        if self.rates is not None:
            return exposure
        own = self.hazard[:, row]
        if self.attention is Attention.EVERY_ROUND and np.array_equal(own[FIRST], own[REPEAT]):
            met = np.take(own[FIRST], exposure)
        else:
            met = own.ravel()[self.meeting(exposure, before) * own.shape[1] + exposure]
        return np.asarray(met) if push is None else push.on(met)


def meeting(attention: Attention, exposure: Ints, before: Ints) -> Ints:
    """Return how each agent meets a round: `FIRST`, `REPEAT` or `IDLE`."""
    first = before == 0
    if attention is Attention.EVERY_ROUND:
        return np.where(first, FIRST, REPEAT)
    return np.where(first, FIRST, np.where(exposure > before, REPEAT, IDLE))


def attends(attention: Attention, exposure: Ints, before: Ints) -> Bools:
    """Return which agents decide about what they see in this round; arguments as for `meeting`."""
    attending: Bools = (exposure > 0) & (meeting(attention, exposure, before) != IDLE)
    return attending


def exposure(network: Network, sharing: Bools, room: tuple[Ints, Ints] | None = None) -> Ints:
    """Return m, how many sharing neighbours each agent sees."""
    kind = exposure_type(network)
    shares_now = sharing.view(kind) if kind == np.uint8 else sharing.astype(kind)
    seen, gathered = room or (np.empty_like(shares_now), np.empty_like(shares_now))
    if network.is_complete:
        np.subtract(shares_now.sum(axis=0, dtype=np.int64), shares_now, out=seen, casting="unsafe")
    elif network.table is None:
        seen[...] = network.adjacency @ shares_now
    else:
        np.take(shares_now, network.table[:, 0], axis=0, out=seen, mode="clip")
        for neighbour in network.table.T[1:]:
            np.take(shares_now, neighbour, axis=0, out=gathered, mode="clip")
            np.add(seen, gathered, out=seen)
    return seen


def exposure_type(network: Network) -> np.dtype[Any]:
    """Return the smallest unsigned type that holds the network's largest degree."""
    return np.min_scalar_type(max(network.max_degree, 1))


def neighbours_of(network: Network, agents: Ints) -> Ints:
    """Return the neighbours of some agents, one after another, with repeats."""
    if network.table is not None:
        return np.take(network.table, agents, axis=0).ravel()
    start, stop = network.offsets[agents], network.offsets[agents + 1]
    length = stop - start
    jump = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return np.take(network.indices, jump + np.arange(length.sum()))


def show(network: Network, seen: Ints, new: Ints) -> None:
    """Raise `seen`, each agent's exposure, in place by what new sharers show their neighbours."""
    if network.is_complete:
        seen += len(new)
        seen[new] -= 1
    else:
        one = seen.dtype.type(1)  # a one of the array's own type is 30 times faster
        np.add.at(seen, neighbours_of(network, new), one)


def draw_thresholds(
    n_agents: int,
    n_seeds: int,
    generator: np.random.Generator,
    out: Floats | None = None,
    turns: Ints | None = None,
) -> tuple[Floats, Ints]:
    """Draw the chance of one run: every agent's threshold E, and the seed agents.

    The lowest `turns` are seeds first, by lot among equals, and among all if not given. With more
    seeds the first ones stay the same. The thresholds go into `out` if it is given.
    """
    threshold = generator.standard_exponential(n_agents, out=out)
    order = generator.permutation(n_agents)
    if turns is not None:
        order = order[np.argsort(turns[order], kind="stable")]
    return threshold, order[:n_seeds]


def one_run(
    law: Law,
    network: Network,
    rows: Ints,
    luck: tuple[Floats, Ints],
    rounds: int,
    offline: OfflineState | None = None,
) -> Iterator[Bools]:
    """Yield who has shared by round 0, 1, …, `rounds` of one run.

    Only the neighbours of new sharers are visited, so a run to saturation costs one visit a link.
    The array is the same one each round, changed in place; `offline` is gone on with.
    """
    threshold, seeds = luck
    limit = law.limits(threshold, rows, network.max_degree * rounds)
    limit[seeds] = 0
    cumulative = np.zeros_like(limit)
    seen = np.zeros(network.n_agents, exposure_type(network))
    before = seen if law.rates is not None else seen.copy()
    shared = cumulative >= limit
    new = np.flatnonzero(shared)
    yield shared
    for _ in range(rounds):
        show(network, seen, new)
        push = None if offline is None else offline.push()
        cumulative += law.added(rows, seen, before, push)
        if offline is not None:
            offline.go_on(seen, shared)
        if law.rates is None:
            before[:] = seen
        now = cumulative >= limit
        new = np.flatnonzero(now > shared)
        shared |= now
        yield shared
