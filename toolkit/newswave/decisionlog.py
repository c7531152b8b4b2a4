"""Every decision of a run, worked out again from nothing but the rounds in which agents shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.dynamics import Bools, attends, show
from newswave.tally import Decisions
from newswave.world import World

if TYPE_CHECKING:
    import pandas as pd

Ints = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class DecisionLog:
    """The decisions of a run in order of round, then agent; every array has one entry for each.

    Parameters
    ----------
    agent : array of int
        Who decided.
    round : array of int
        When, from 1.
    exposure : array of int
        m, the sharing neighbours that it saw.
    first : array of bool
        Whether it saw the news for the first time.
    share : array of bool
        The answer.
    abstained : array of bool
        Whether there was none: such an agent has not shared, and has not declined to.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> world = World.of(Setup(n_agents=10, n_seeds=1))
    >>> seed_only = np.where(np.arange(10) == 3, 0, -1)
    >>> log = DecisionLog.of(world, seed_only, last_round=2)
    >>> len(log.agent), int(log.first.sum()), bool(log.share.any())
    (16, 8, False)
    """

    agent: Ints
    round: Ints
    exposure: Ints
    first: Bools
    share: Bools
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

        Parameters
        ----------
        world : World
            The network and the attention rule.
        shared_round : array of int, shape (n_agents,)
            The round in which each agent shared, -1 if it has not.
        last_round : int
            The round that the run is in.
        abstained : sequence of arrays of int
            The agents that abstained in round 1, 2, and so on; nobody in rounds that are left out.
        """
        seen = np.zeros(len(shared_round), np.int32)
        none = (*(np.zeros(0, np.int64) for _ in range(3)), *(np.zeros(0, bool) for _ in range(3)))
        found: list[tuple[Ints, ...]] = [none]
        for at in range(1, last_round + 1):
            before = seen.copy()
            show(world.network, seen, np.flatnonzero(shared_round == at - 1))
            undecided = (shared_round < 0) | (shared_round >= at)
            asked = np.flatnonzero(undecided & attends(world.setup.attention, seen, before))
            share = shared_round[asked] == at
            silent = np.isin(asked, abstained[at - 1] if at <= len(abstained) else ())
            early = (asked, np.full_like(asked, at), seen[asked], before[asked] == 0)
            found.append((*early, share, silent))
        return cls(*map(np.concatenate, zip(*found, strict=True)))

    def counts(self, world: World) -> Decisions:
        """Return the decisions counted by group and exposure, without those who abstained."""
        none = Decisions.none(world.names, max(1, world.network.max_degree))
        kept = ~self.abstained
        layer = (~self.first[kept]).astype(np.intp)
        rows = world.rows[self.agent[kept]]
        return none.plus(layer, rows, self.exposure[kept], self.share[kept])

    def frame(self, world: World) -> pd.DataFrame:
        """Return the log as a table.

        Returns
        -------
        pandas.DataFrame
            Columns agent, name (if the network has names), round, profile (its code), group,
            exposure, first, share, abstained.
        """
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
