"""Who starts: agents drawn by lot, those with the most or the fewest links, or chosen ones."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, one_of, shown, whole_number
from newswave.core.networks import Network


@runtime_checkable
class Start(Protocol):
    """What says who shares at round 0: a small frozen value."""

    def turns(self, network: Network) -> npt.NDArray[np.int64] | None:
        """Return whose turn comes first, the lowest number, shape (N,); None if all are alike.

        Agents with the same number are put in an order by lot in each run.
        """

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""


@dataclass(frozen=True)
class ByLot:
    """Every run draws its seed agents.

    Examples
    --------
    >>> ByLot().words(10)
    '10 seed agents'
    """

    def turns(self, network: Network) -> None:
        """Return None: all agents are alike."""

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return f"{n_seeds} seed agent{'' if n_seeds == 1 else 's'}"


@dataclass(frozen=True)
class MostLinked:
    """The agents with the most neighbours start; those who have as many, by lot in each run.

    Examples
    --------
    >>> MostLinked().words(1)
    'the agent with the most neighbours'
    """

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return minus the degrees."""
        return -network.degrees.astype(np.int64)

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return _by_degree(n_seeds, "most")


@dataclass(frozen=True)
class FewestLinked:
    """The agents with the fewest neighbours start; those who have as few, by lot in each run.

    Examples
    --------
    >>> FewestLinked().words(3)
    'the 3 agents with the fewest neighbours'
    """

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return the degrees."""
        return network.degrees.astype(np.int64)

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return _by_degree(n_seeds, "fewest")


@dataclass(frozen=True)
class Chosen:
    """These agents start, in every run.

    Parameters
    ----------
    agents : tuple of str or int
        Their names, as in the file of the network, or their numbers, from 0.

    Raises
    ------
    BadValue
        If there is none, one comes twice, or one is neither a name nor a number.

    Examples
    --------
    >>> Chosen(("Ada", "Bo")).words(2)
    'Ada and Bo'
    """

    agents: tuple[str | int, ...]

    def __post_init__(self) -> None:
        given = self.agents
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            allowed = 'a tuple of names or numbers, as in ("Ada", "Bo")'
            raise BadValue("Who starts does not fit", given=given, allowed=allowed)
        agents = tuple(
            one if isinstance(one, str) else whole_number("The number of an agent", one, 0)
            for one in given
        )
        if len(set(agents)) < len(agents):
            raise BadValue("An agent is to start twice", given=list(agents), advice="Name it once")
        object.__setattr__(self, "agents", agents)

    def places(self, n_agents: int, names: Sequence[str] = ()) -> list[int]:
        """Return the agents' numbers, or raise `BadValue` with near names for one that is none."""
        place = {name: at for at, name in enumerate(names)}
        numbers = [self._place(one, n_agents, place) for one in self.agents]
        if len(set(numbers)) < len(numbers):
            raise BadValue("An agent is to start twice", given=list(self.agents))
        return numbers

    def _place(self, one: str | int, n_agents: int, place: dict[str, int]) -> int:
        if isinstance(one, str) and place:
            same = [name for name in place if name.casefold() == one.casefold()]
            name = one if one in place or len(same) != 1 else same[0]
            return place[one_of("agent", name, place)]
        if isinstance(one, str):
            if not (one.isascii() and one.isdigit() and len(one) < 10):
                raise BadValue(
                    "The agents of this network have no names", given=one,
                    allowed=f"numbers from 0 to {n_agents - 1}",
                    advice="Names come with a network of your own (--edges)",
                )  # fmt: skip
            one = int(one)
        return whole_number("The number of an agent that starts", one, 0, n_agents - 1)

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return 0 for the chosen and 1 for the others."""
        turns = np.ones(network.n_agents, np.int64)
        turns[self.places(network.n_agents, network.names)] = 0
        return turns

    def words(self, n_seeds: int) -> str:  # noqa: ARG002
        """Return who starts, in words."""
        some = [shown(one, 40).strip("'") if isinstance(one, str) else f"agent {one}"
                for one in self.agents[:6]]  # fmt: skip
        if len(self.agents) > 6:
            some.append(f"{len(self.agents) - 6} more")
        return " and ".join(filter(None, (", ".join(some[:-1]), some[-1])))


WORDS: dict[str, Start] = {
    "by-lot": ByLot(),
    "most-linked": MostLinked(),
    "fewest-linked": FewestLinked(),
}
"""The ways to start that have a word on the command line, in files and in links."""

STARTS: tuple[type[Start], ...] = (*map(type, WORDS.values()), Chosen)
"""Every way to start."""


def read_start(text: str) -> Start:
    """Return what a text says: by-lot, most-linked, fewest-linked, or names with commas.

    >>> read_start("most-linked"), read_start('Ada, "Lee, Bo"')
    (MostLinked(), Chosen(agents=('Ada', 'Lee, Bo')))
    """
    if text.strip() in WORDS:
        return WORDS[text.strip()]
    try:
        names = next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        names = []
    cells = [" ".join(name.split()) for name in names]
    if not cells or not all(cells):
        allowed = f"{', '.join(WORDS)}, or names with commas between them"
        raise BadValue("Who starts does not fit", given=text, allowed=allowed)
    return Chosen(tuple(cells))


def start_text(start: Any) -> str | None:
    """Return the text that `read_start` reads as this; None if there is none.

    >>> start_text(Chosen(("Ada", "Lee, Bo"))), start_text(MostLinked())
    ('Ada,"Lee, Bo"', 'most-linked')
    """
    word = next((word for word, known in WORDS.items() if known == start), None)
    if word is not None or not isinstance(start, Chosen):
        return word
    text = ",".join(
        '"' + str(one).replace('"', '""') + '"' if set(str(one)) & set(',"') else str(one)
        for one in start.agents
    )
    return text if text not in WORDS else None


def _by_degree(n_seeds: int, which: str) -> str:
    who = "the agent" if n_seeds == 1 else f"the {n_seeds} agents"
    return f"{who} with the {which} neighbours"
