"""A setup made concrete: its network, who sits where, and the law, all from its one seed."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.dynamics import Ints, Law, deal
from newswave.networks import Network
from newswave.setups import Setup
from newswave.sharing import Floats, SharingTable
from newswave.streams import Purpose, generator, run_generator


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
    table : SharingTable
        P(share | group, exposure), up to the network's largest degree.
    law : Law
        The table with attention and source, ready to be applied.
    """

    setup: Setup
    network: Network
    rows: Ints
    table: SharingTable
    law: Law

    @classmethod
    def of(cls, setup: Setup) -> World:
        """Return the world of a setup: the same one each time.

        Examples
        --------
        >>> World.of(Setup(n_agents=10, n_seeds=1)).network.mean_degree
        8.0
        """
        network = setup.network.build(setup.n_agents, generator(setup.seed, Purpose.NETWORK))
        rows = setup.mix.deal(setup.n_agents, generator(setup.seed, Purpose.PLACEMENT))
        table = setup.table(max(1, network.max_degree))
        law = Law.of(table, network.max_degree, setup.attention, setup.source_probability)
        return cls(setup, network, rows, table, law)

    def luck(self, run: int) -> tuple[Floats, Ints]:
        """Return the resistances and the seed agents of one run."""
        stream = run_generator(self.setup.seed, Purpose.LUCK, run)
        return deal(self.setup.n_agents, self.setup.n_seeds, stream)
