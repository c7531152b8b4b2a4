"""A setup made concrete: its network, who sits where, and the law, from its one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from newswave.dynamics import Ints, Law, deal
from newswave.equivalents import OneTable
from newswave.errors import whole_number
from newswave.memory import check_memory
from newswave.networks import Network
from newswave.recipes import OwnNetwork, RegularSmallWorld, ScaleFree, SmallWorld
from newswave.rules import Measured
from newswave.setups import Setup
from newswave.sharing import Floats, SharingTable
from newswave.streams import Purpose, generator, run_generator

RUNS_PER_DRAW = 8
"""How many runs share one draw of a table that was counted over answers."""

_MAKING = {SmallWorld: 190, RegularSmallWorld: 190, ScaleFree: 190, OwnNetwork: 60}
_AS_TABLE, _KEPT, _STATE = 8, 4, 80
# Bytes, measured: of a link's end while the network is made (by networkx, from a list, as a table)
# and when it is kept; of an agent in a run.


@dataclass(frozen=True, eq=False)
class World:
    """Everything of a setup that its runs have in common.

    Parameters
    ----------
    setup : Setup
        The description.
    network : Network
        Who is linked to whom.
    rows : array of int, shape (n_agents,)
        Which group, and so which row of the table, each agent belongs to.
    names : tuple of str
        The groups' names, in the order of the table's rows.
    """

    setup: Setup
    network: Network
    rows: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, setup: Setup) -> World:
        """Return the world of a setup: the same one each time.

        Raises
        ------
        BadValue
            If network and run need more memory than is free.

        Examples
        --------
        >>> World.of(Setup(n_agents=10, n_seeds=1)).network.mean_degree
        8.0
        """
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

        Examples
        --------
        >>> world = World.of(Setup(n_agents=10, n_seeds=1))
        >>> world.table_of(3) is world.table
        True
        """
        rule = self.setup.sharing
        if not (isinstance(rule, Measured | OneTable) and rule.is_sampled):
            return self.table
        number = whole_number("run", run, 0) // RUNS_PER_DRAW
        drawn = rule.drawn(run_generator(self.setup.seed, Purpose.SAMPLING, number))
        return replace(self.setup, sharing=drawn).table(self.table.max_exposure)

    def _law(self, table: SharingTable) -> Law:
        setup = self.setup
        return Law.of(table, self.network.max_degree, setup.attention, setup.source_probability)

    def luck(self, run: int) -> tuple[Floats, Ints]:
        """Return the resistances and the seed agents of one run."""
        stream = run_generator(self.setup.seed, Purpose.LUCK, run)
        return self.deal(stream)

    @cached_property
    def _turns(self) -> Ints | None:
        return self.setup.start.turns(self.network)

    def deal(self, stream: np.random.Generator, out: Floats | None = None) -> tuple[Floats, Ints]:
        """Return the resistances and the seed agents that a stream deals (see `dynamics.deal`)."""
        return deal(self.setup.n_agents, self.setup.n_seeds, stream, out, self._turns)


def bytes_needed(setup: Setup) -> float:
    """Return how much memory a setup's network and one run take at their most, about, in bytes.

    Examples
    --------
    >>> f"{bytes_needed(Setup(n_agents=10_000_000)) / 2**30:.2f} GiB"
    '1.04 GiB'
    """
    degree = setup.network.mean_degree_for(setup.n_agents)
    making = _MAKING.get(type(setup.network), _AS_TABLE) * degree
    return setup.n_agents * max(making, _KEPT * degree + _STATE)
