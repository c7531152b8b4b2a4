"""One agent as Mesa sees it: a name for one place in the model's arrays, read when asked."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import repeat
from typing import Any, ClassVar, Protocol

import mesa
import numpy as np
import numpy.typing as npt

from newswave.dynamics import neighbours_of
from newswave.mixes import Group
from newswave.personality import Profile
from newswave.world import World

Ints = npt.NDArray[Any]

NOT_YET = -1
"""What the model's arrays of rounds and counts hold for an agent that has not got there."""


class State(Enum):
    """How far the news has come with an agent."""

    UNAWARE = "has not seen anybody share"
    AWARE = "sees somebody sharing and has not shared"
    SHARING = "has shared"


class Held(Protocol):
    """What an agent reads of its model: arrays with one place for each agent."""

    world: World
    groups: tuple[Group, ...]
    rows: Ints
    shared: Ints
    exposure: Ints
    heard_round: Ints
    heard_from: Ints
    shared_round: Ints
    by_index: list[NewsAgent]


class _NoNumbers:
    """Stands in for the table that Mesa up to 3.4 numbers agents from: it keeps models alive."""

    def __getitem__(self, model: mesa.Model) -> Iterator[None]:
        return repeat(None)


class NewsAgent(mesa.Agent):  # type: ignore[misc]
    """One agent of a `NewsModel`: its place in the model's arrays, read when asked.

    To take it out of Mesa's lists (`remove`) does not take it out of the run.

    Examples
    --------
    >>> from newswave.model import NewsModel
    >>> model = NewsModel(n_agents=100, n_seeds=1)
    >>> [agent.index for agent in model.agents if agent.shared] == list(model.shared.nonzero()[0])
    True
    """

    _ids: ClassVar[Any] = _NoNumbers()
    model: Held

    @property
    def index(self) -> int:
        """Its place in the arrays, from 0."""
        return int(self.unique_id) - 1

    @property
    def name(self) -> str:
        """The name that the network's file gives it, else its number."""
        names = self.model.world.network.names
        return str(names[self.index] if names else self.index)

    @property
    def group(self) -> str:
        """The name of its group."""
        return self.model.groups[int(self.model.rows[self.index])].name

    @property
    def profile(self) -> Profile:
        """Its personality."""
        return self.model.groups[int(self.model.rows[self.index])].profile

    @property
    def shared(self) -> bool:
        """Whether it has shared."""
        return bool(self.model.shared[self.index])

    @property
    def state(self) -> State:
        """How far the news has come with it."""
        if self.shared:
            return State.SHARING
        return State.UNAWARE if self.heard_round is None else State.AWARE

    @property
    def exposure(self) -> int:
        """m, the sharing neighbours that it sees in this round."""
        return int(self.model.exposure[self.index])

    @property
    def heard_round(self) -> int | None:
        """The round in which it first saw a neighbour sharing; None if not yet or never."""
        return _reached(self.model.heard_round[self.index])

    @property
    def heard_from(self) -> int | None:
        """How many neighbours were sharing in that round."""
        return _reached(self.model.heard_from[self.index])

    @property
    def shared_round(self) -> int | None:
        """The round in which it shared, 0 for a seed agent; None if not yet."""
        return _reached(self.model.shared_round[self.index])

    @property
    def neighbours(self) -> tuple[NewsAgent, ...]:
        """The agents that it is linked to."""
        linked = neighbours_of(self.model.world.network, np.array([self.index]))
        return tuple(self.model.by_index[other] for other in linked)


def _reached(value: Any) -> int | None:
    return None if value == NOT_YET else int(value)
