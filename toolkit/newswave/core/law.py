"""The law: who sees the news, how each round wears on an agent's resistance, who then shares.

All functions are pure. Arrays have the agents on their first axis; a second axis, where there is
one, holds replicas, and the law is the same for each of them.

An agent's luck is one number per run, its resistance E ~ Exponential(1). Each round adds the hazard
−ln(1 − P(row, exposure)) of what the agent sees, and it shares in the first round in which the sum
is above E: having got through all rounds so far has the probability Π (1 − P) = exp(−Σ hazard),
whatever the table. Under the contact rule the hazard is β m, so the sum is β times a number of
exposures, and the agent shares at exposure number ⌊E / β⌋ + 1: whole numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.networks import Network
from newswave.core.setup import Attention
from newswave.core.sharing import Floats, SharingTable, hazard

Ints = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

FIRST, REPEAT, IDLE = 0, 1, 2
"""How an agent meets a round: seeing the news for the first time, again, or not attending to it."""

_MOST = 1 << 62
NEVER = _MOST + 1


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

    @classmethod
    def of(
        cls,
        table: SharingTable,
        max_exposure: int,
        attention: Attention = Attention.EVERY_ROUND,
        source_probability: float = 0.0,
    ) -> Law:
        """Return the law of a table for networks with degrees up to `max_exposure`."""
        wide = table.up_to(max(1, max_exposure))
        first = hazard(wide.probabilities)
        repeat = first if wide.repeat is None else hazard(wide.repeat)
        layers = np.stack([first, repeat, np.zeros_like(first)]) + hazard(source_probability)
        plain = attention is Attention.EVERY_ROUND and source_probability == 0.0
        return cls(layers, attention, wide.contact_rates() if plain else None)

    @property
    def share_probability(self) -> Floats:
        """The chance to share in one round, 1 − exp(−hazard), shaped like `hazard`."""
        return -np.expm1(-self.hazard)

    def limits(self, resistance: Floats, rows: Ints, most: int = _MOST) -> npt.NDArray[Any]:
        """Return how much wear makes each agent share: the smallest amount at which it does."""
        if self.rates is None:
            return np.nextafter(resistance, np.inf)
        rate = self.rates[rows].reshape(rows.shape + (1,) * (resistance.ndim - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            count = resistance / rate
            np.fmin(count, most, out=count)
        kind = np.min_scalar_type(most + 1)
        return np.asarray(count.astype(kind) + kind.type(1))

    def meeting(self, exposure: Ints, before: Ints) -> Ints:
        """Return how each agent meets the round, from its exposure now and a round ago."""
        return meeting(self.attention, exposure, before)

    def wear(self, rows: Ints, exposure: Ints, before: Ints) -> npt.NDArray[Any]:
        """Return what this round adds to each agent's wear, shaped like `exposure`.

        Exposures under the contact rule, else the hazard of the agent's row and exposure.
        """
        if self.rates is not None:
            return exposure
        return self.hazard[self.meeting(exposure, before), rows, exposure]

    def wear_of(self, row: int, exposure: Ints, before: Ints) -> npt.NDArray[Any]:
        """Return `wear` for agents that are all of one row."""
        if self.rates is not None:
            return exposure
        own = self.hazard[:, row]
        if self.attention is Attention.EVERY_ROUND and np.array_equal(own[FIRST], own[REPEAT]):
            return np.take(own[FIRST], exposure)
        cell = self.meeting(exposure, before) * own.shape[1] + exposure
        return np.asarray(own.ravel()[cell])


def meeting(attention: Attention, exposure: Ints, before: Ints) -> Ints:
    """Return how each agent meets a round: `FIRST`, `REPEAT` or `IDLE`."""
    first = before == 0
    if attention is Attention.EVERY_ROUND:
        return np.where(first, FIRST, REPEAT)
    return np.where(first, FIRST, np.where(exposure > before, REPEAT, IDLE))


def attends(attention: Attention, exposure: Ints, before: Ints) -> Bools:
    """Return which agents decide about what they see in this round; arguments as for `meeting`.

    >>> attends(Attention.NEW_EXPOSURE, np.array([0, 1, 2, 2]), np.array([0, 0, 1, 2])).tolist()
    [False, True, True, False]
    """
    attending: Bools = (exposure > 0) & (meeting(attention, exposure, before) != IDLE)
    return attending


def exposure(network: Network, sharing: Bools, room: tuple[Ints, Ints] | None = None) -> Ints:
    """Return m, how many sharing neighbours each agent sees."""
    kind = exposure_type(network)
    held = sharing.view(kind) if kind == np.uint8 else sharing.astype(kind)
    seen, gathered = room or (np.empty_like(held), np.empty_like(held))
    if network.is_complete:
        np.subtract(held.sum(axis=0, dtype=np.int64), held, out=seen, casting="unsafe")
    elif network.table is None:
        seen[...] = network.adjacency @ held
    else:
        np.take(held, network.table[:, 0], axis=0, out=seen, mode="clip")
        for neighbour in network.table.T[1:]:
            np.take(held, neighbour, axis=0, out=gathered, mode="clip")
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


def deal(
    n_agents: int,
    n_seeds: int,
    generator: np.random.Generator,
    out: Floats | None = None,
    turns: Ints | None = None,
) -> tuple[Floats, Ints]:
    """Deal the luck of one run: every agent's resistance and the seed agents."""
    resistance = generator.standard_exponential(n_agents, out=out)
    order = generator.permutation(n_agents)
    if turns is not None:
        order = order[np.argsort(turns[order], kind="stable")]
    return resistance, order[:n_seeds]


def one_run(
    law: Law, network: Network, rows: Ints, luck: tuple[Floats, Ints], rounds: int
) -> Iterator[Bools]:
    """Yield who has shared by round 0, 1, …, `rounds` of one run.

    Only the neighbours of new sharers are visited, so a run to saturation costs one visit a link.
    The array is the same one each round, changed in place.
    """
    resistance, seeds = luck
    limit = law.limits(resistance, rows, network.max_degree * rounds)
    limit[seeds] = 0
    worn = np.zeros_like(limit)
    seen = np.zeros(network.n_agents, exposure_type(network))
    before = seen if law.rates is not None else seen.copy()
    shared = worn >= limit
    new = np.flatnonzero(shared)
    yield shared
    for _ in range(rounds):
        show(network, seen, new)
        worn += law.wear(rows, seen, before)
        if law.rates is None:
            before[:] = seen
        now = worn >= limit
        new = np.flatnonzero(now > shared)
        shared |= now
        yield shared
