"""Recipes that build a network by chance, as small frozen values.

Random regular networks are what the equations of newswave are about. The others are for contrast:
small world, scale free, complete, and a network of one's own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newswave.errors import BadValue, probability, whole_number
from newswave.networks import MOST_AGENTS, Network, checked_names, simple_pairs
from newswave.regular import check_regular, random_regular_table

_MOST_COMPLETE = 5000
_MOST_NETWORKX = 10_000_000


@runtime_checkable
class Recipe(Protocol):
    """What can build a network: a small frozen value."""

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:
        """Return a network of `n_agents`, drawn with `generator`."""

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` if there is no such network of `n_agents`."""

    def mean_degree_for(self, n_agents: int) -> float:
        """Return the mean number of neighbours in a network of `n_agents`."""


@dataclass(frozen=True)
class RandomRegular:
    """Every agent has k neighbours, otherwise everything is left to chance.

    Parameters
    ----------
    degree : int
        Neighbours k of every agent.

    Examples
    --------
    >>> RandomRegular(3).build(10, np.random.default_rng(1)).n_links
    15
    """

    degree: int = 8

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", whole_number("degree", self.degree, 1))

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` unless 0 < k < N and N k is even."""
        check_regular(n_agents, self.degree)

    def mean_degree_for(self, n_agents: int) -> float:
        """Return k."""
        self.check(n_agents)
        return float(self.degree)

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:
        """Return a network, all possible ones equally likely (see `random_regular_table`)."""
        return Network.unchecked(random_regular_table(n_agents, self.degree, generator))


@dataclass(frozen=True)
class SmallWorld:
    """A ring of near neighbours, some of whose links are moved to a random agent.

    Source: D. J. Watts and S. H. Strogatz, Nature 393, 440 (1998).

    Parameters
    ----------
    degree : int
        Neighbours on the ring, an even number; the mean degree stays the same.
    rewiring : float
        Chance that a link is moved, 0 to 1.

    Examples
    --------
    >>> SmallWorld(4, 0.1).build(20, np.random.default_rng(1)).mean_degree
    4.0
    """

    degree: int = 8
    rewiring: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", _even("degree", self.degree))
        object.__setattr__(self, "rewiring", probability("rewiring", self.rewiring))

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` unless the degree is below N and the network fits in memory."""
        _check_room(n_agents, self.degree)

    def mean_degree_for(self, n_agents: int) -> float:
        """Return the degree."""
        self.check(n_agents)
        return float(self.degree)

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:
        """Return a Watts-Strogatz network."""
        import networkx

        self.check(n_agents)
        n, k = int(n_agents), self.degree
        graph = networkx.watts_strogatz_graph(n, k, self.rewiring, seed=generator)
        return Network.from_edges(n, list(graph.edges))


@dataclass(frozen=True)
class RegularSmallWorld(SmallWorld):
    """A small world in which every agent keeps exactly `degree` neighbours: links swap their ends.

    Two links a-b and c-d of the ring become a-c and b-d, `rewiring` L / 2 times for L links.
    Source: S. Maslov and K. Sneppen, Science 296, 910 (2002).

    Parameters
    ----------
    degree : int
        Neighbours of every agent, an even number.
    rewiring : float
        How many ends are swapped for each link, 0 to 1; some links are swapped twice.

    Examples
    --------
    >>> set(RegularSmallWorld(4, 0.3).build(20, np.random.default_rng(1)).degrees.tolist())
    {4}
    """

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:
        """Return the network; a very small one, with few links to swap, stays nearer the ring."""
        import networkx

        self.check(n_agents)
        n = int(n_agents)
        graph = networkx.watts_strogatz_graph(n, self.degree, 0.0)
        swaps = round(self.rewiring * graph.number_of_edges() / 2)
        luck: Any = generator  # networkx takes one, its type does not say so
        with suppress(networkx.NetworkXException):
            networkx.double_edge_swap(graph, swaps, 100 * swaps, seed=luck)
        return Network.from_edges(n, list(graph.edges))


@dataclass(frozen=True)
class ScaleFree:
    """Agents join one by one, each linking to m = degree / 2 others, more likely to popular ones.

    The m + 1 first agents start as a star, so the mean degree is 2 m (N - m) / N, a little below
    `degree`. Source: A.-L. Barabasi and R. Albert, Science 286, 509 (1999).

    Parameters
    ----------
    degree : int
        The mean degree of a large network, an even number.

    Examples
    --------
    >>> recipe = ScaleFree(4)
    >>> recipe.mean_degree_for(20), recipe.build(20, np.random.default_rng(1)).mean_degree
    (3.6, 3.6)
    """

    degree: int = 8

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", _even("degree", self.degree))

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` unless the degree is below N and the network fits in memory."""
        _check_room(n_agents, self.degree)

    def mean_degree_for(self, n_agents: int) -> float:
        """Return 2 m (N - m) / N with m = degree / 2."""
        self.check(n_agents)
        return self.degree * (n_agents - self.degree // 2) / n_agents

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:
        """Return a Barabasi-Albert network."""
        import networkx

        self.check(n_agents)
        n = int(n_agents)
        graph = networkx.barabasi_albert_graph(n, self.degree // 2, seed=generator)
        return Network.from_edges(n, list(graph.edges))


@dataclass(frozen=True)
class Complete:
    """Every pair of agents is linked: what the well-mixed equations are about.

    Examples
    --------
    >>> Complete().build(5, np.random.default_rng(1)).mean_degree
    4.0
    """

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` for more than 5000 agents."""
        n = whole_number("n_agents", n_agents, 2)
        if n > _MOST_COMPLETE:
            raise BadValue(
                "A complete network of so many agents has too many links to be useful",
                given=f"{n} agents, {n * (n - 1) // 2} links",
                allowed=f"2 to {_MOST_COMPLETE} agents",
                advice="Take RandomRegular with a large degree, or the well-mixed equations, "
                "which say the same of many agents",
            )

    def mean_degree_for(self, n_agents: int) -> float:
        """Return N - 1."""
        self.check(n_agents)
        return float(n_agents - 1)

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:  # noqa: ARG002
        """Return the complete network; nothing is drawn."""
        self.check(n_agents)
        n = int(n_agents)
        others = np.arange(n - 1, dtype=np.int32)
        return Network.unchecked(others + (others >= np.arange(n, dtype=np.int32)[:, None]))


@dataclass(frozen=True)
class OwnNetwork:
    """A network of one's own, the same whatever the generator.

    Parameters
    ----------
    n_agents : int
        Agents N.
    edges : tuple of pairs of int
        Who is linked to whom, numbered from 0; kept in order, each link once, lower number first.
    names : tuple of str
        A name for each agent, or none.
    source : str
        Where it comes from, in words: what `read_edge_list` says that it read.

    Raises
    ------
    BadValue
        If an agent is out of range or linked to itself, there is no link, or names do not fit.

    Examples
    --------
    >>> OwnNetwork(3, ((1, 0), (1, 2), (0, 1)), ("Ann", "Bob", "Cy")).edges
    ((0, 1), (1, 2))
    """

    n_agents: int
    edges: tuple[tuple[int, int], ...] = field(repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    source: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        n = whole_number("n_agents", self.n_agents, 2, MOST_AGENTS)
        pairs = simple_pairs(n, self.edges)
        if not len(pairs):
            raise BadValue("This network has no links, so news cannot spread", advice="Add links")
        object.__setattr__(self, "n_agents", n)
        object.__setattr__(self, "edges", tuple(map(tuple, pairs.tolist())))
        object.__setattr__(self, "names", checked_names(self.names, n))
        if not isinstance(self.source, str):
            raise BadValue("The source of a network is text", given=self.source)

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` unless the number of agents is that of this network."""
        if whole_number("n_agents", n_agents, 2) != self.n_agents:
            raise BadValue(
                "The number of agents is not that of your own network",
                given=n_agents,
                allowed=str(self.n_agents),
                advice=f"Set n_agents to {self.n_agents}",
            )

    def mean_degree_for(self, n_agents: int) -> float:
        """Return 2 L / N."""
        self.check(n_agents)
        return 2 * len(self.edges) / self.n_agents

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:  # noqa: ARG002
        """Return the network; nothing is drawn."""
        self.check(n_agents)
        return Network.from_edges(self.n_agents, self.edges, self.names)


def equations_apply(network: Recipe) -> bool:
    """Return whether the network-aware equations are about a network: if it is random regular.

    A complete network is the random regular one of the largest degree. On every other network,
    rates by these equations are wrong as far as its shape matters, and none are shown.

    >>> equations_apply(RandomRegular(8)), equations_apply(RandomRegular(1))
    (True, False)
    """
    return isinstance(network, Complete) or (
        isinstance(network, RandomRegular) and network.degree >= 2
    )


def _even(name: str, value: Any) -> int:
    """Return `value` as an even number, 2 or more, or raise `BadValue`."""
    number = whole_number(name, value, 2)
    if number % 2:
        raise BadValue(
            f"{name} does not fit",
            given=number,
            allowed="an even number, 2 or more",
            advice=f"Take {number - 1} or {number + 1}",
        )
    return number


def _check_room(n_agents: int, degree: int) -> None:
    """Raise `BadValue` unless degree < N, and the network is one that networkx can hold."""
    n = whole_number("n_agents", n_agents, 2, MOST_AGENTS)
    if degree >= n:
        raise BadValue(
            "The degree is too large for so few agents",
            given=f"degree {degree} with {n} agents",
            allowed=f"even numbers below {n}",
            advice=f"Lower the degree, or take {degree + 1} agents or more",
        )
    if n * degree > _MOST_NETWORKX:
        raise BadValue(
            "This network is too large for its generator",
            given=f"{n} agents with degree {degree}",
            allowed=f"agents times degree up to {_MOST_NETWORKX}",
            advice="Take fewer agents, or RandomRegular, which is made for large networks",
        )
