"""Networks: who is linked to whom, and the recipes that build one by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from newswave.core.errors import BadValue, plain, probability, whole_number

if TYPE_CHECKING:
    import networkx


# Who is linked to whom: a network as one compact value.

MOST_AGENTS = 1 << 28


@dataclass(frozen=True, eq=False)
class Network:
    """An undirected simple network, as the list of every agent's neighbours.

    The neighbours of agent a are `indices[offsets[a] : offsets[a + 1]]`, so every link stands
    twice, once at each of its ends. The arrays cannot be written to.

    Parameters
    ----------
    n_agents : int
        Agents N, 2 or more.
    offsets : array of int, shape (N + 1,)
        Where each agent's neighbours start.
    indices : array of int, shape (sum of degrees,)
        The neighbours of agent 0, then of agent 1, and so on. That links are mutual and simple is
        not checked here: `from_table` and `from_edges` do.
    names : tuple of str
        Names of the agents, if they have any.

    Raises
    ------
    BadValue
        If the arrays do not fit together.

    Examples
    --------
    >>> ring = Network.from_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    >>> ring.n_links, ring.mean_degree, ring.is_complete
    (4, 2.0, False)
    """

    n_agents: int
    offsets: NDArray[np.intp] = field(repr=False)
    indices: NDArray[np.int32] = field(repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        n = whole_number("n_agents", self.n_agents, 2, MOST_AGENTS)
        offsets = np.asarray(self.offsets, np.intp).view()
        indices = np.asarray(self.indices, np.int32).view()
        shapes = offsets.shape == (n + 1,) and indices.ndim == 1
        if (
            not shapes
            or offsets[0] != 0
            or offsets[-1] != indices.size
            or np.diff(offsets).min() < 0
        ):
            raise BadValue(
                "The offsets and indices of this network do not fit together",
                given=f"shapes {offsets.shape} and {indices.shape} for {n} agents",
                advice="Take Network.from_edges or Network.from_table",
            )
        if indices.size and not (indices.min() >= 0 and indices.max() < n):
            raise BadValue("A neighbour is not one of the agents", allowed=f"0 to {n - 1}")
        offsets.flags.writeable = indices.flags.writeable = False
        for name, value in (("n_agents", n), ("offsets", offsets), ("indices", indices)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "names", checked_names(self.names, n))

    @cached_property
    def degrees(self) -> NDArray[np.intp]:
        """Neighbours of each agent, shape (N,)."""
        return np.diff(self.offsets)

    @cached_property
    def max_degree(self) -> int:
        """The largest number of neighbours."""
        return int(self.degrees.max())

    @property
    def mean_degree(self) -> float:
        """The mean number of neighbours, 2 L / N."""
        return self.indices.size / self.n_agents

    @property
    def n_links(self) -> int:
        """How many pairs are linked, L."""
        return self.indices.size // 2

    @property
    def is_complete(self) -> bool:
        """Whether every pair is linked."""
        return self.indices.size == self.n_agents * (self.n_agents - 1)

    @cached_property
    def table(self) -> NDArray[np.int32] | None:
        """The neighbours as rows, shape (N, k), if every agent has k of them; else None."""
        if self.indices.size != self.n_agents * self.max_degree:
            return None
        return self.indices.reshape(self.n_agents, self.max_degree)

    @cached_property
    def adjacency(self) -> Any:
        """A as a sparse array of ones, in the smallest type that holds the largest degree."""
        from scipy.sparse import csr_array

        ones = np.ones(self.indices.size, np.min_scalar_type(max(self.max_degree, 1)))
        return csr_array((ones, self.indices, self.offsets), shape=(self.n_agents,) * 2)

    def called(self, agent: int) -> str:
        """Return an agent's number, and its name if it has one.

        >>> Network.from_edges(2, [(0, 1)], ["Ada", "Bo"]).called(1)
        '1 (Bo)'
        """
        return f"{agent} ({plain(self.names[agent], 60)})" if self.names else str(agent)

    def edges(self) -> NDArray[np.int32]:
        """Return the links as pairs i < j, shape (L, 2), ordered by i.

        >>> Network.from_edges(3, [(2, 0), (1, 0)]).edges().tolist()
        [[0, 1], [0, 2]]
        """
        one = np.repeat(np.arange(self.n_agents, dtype=np.int32), self.degrees)
        upward = one < self.indices
        return np.column_stack([one[upward], self.indices[upward]])

    def relabelled(self, order: NDArray[np.int64]) -> Network:
        """Return the same network with agent `order[a]` called a.

        Parameters
        ----------
        order : array of int, shape (N,)
            Every agent once.

        Examples
        --------
        >>> path = Network.from_edges(3, [(0, 1), (1, 2)])
        >>> path.relabelled(np.array([1, 0, 2])).edges().tolist()
        [[0, 1], [0, 2]]
        """
        place = np.empty(self.n_agents, np.int32)
        place[order] = np.arange(self.n_agents, dtype=np.int32)
        names = tuple(self.names[a] for a in order) if self.names else ()
        if self.table is not None:
            return Network.unchecked(place[self.table[order]], names)
        degrees = self.degrees[order]
        offsets = np.concatenate([[0], np.cumsum(degrees)])
        shift = np.repeat(self.offsets[order] - offsets[:-1], degrees)
        indices = place[self.indices[shift + np.arange(offsets[-1])]]
        return Network(self.n_agents, offsets, indices, names)

    def triangles(self) -> int:
        """Return how many threes of agents are all linked; (k - 1)^3 / 6 on average if k << N.

        >>> Network.from_edges(4, [(0, 1), (1, 2), (2, 0), (2, 3)]).triangles()
        1
        """
        from scipy.sparse import csr_array

        n = self.n_agents
        if self.is_complete:
            return n * (n - 1) * (n - 2) // 6
        one, other = self.edges().T
        up = csr_array((np.ones(one.size, np.int64), (one, other)), shape=(n, n))
        return int(((up @ up) * up).sum())

    def to_networkx(self) -> networkx.Graph[int]:
        """Return it as a networkx graph with nodes 0 to N - 1 and their names as `name`.

        >>> Network.from_edges(3, [(0, 1), (1, 2)]).to_networkx().number_of_edges()
        2
        """
        import networkx

        graph: networkx.Graph[int] = networkx.Graph()
        graph.add_nodes_from(range(self.n_agents))
        graph.add_edges_from(self.edges().tolist())
        for node, name in enumerate(self.names):
            graph.nodes[node]["name"] = name
        return graph

    @classmethod
    def from_table(cls, table: ArrayLike) -> Network:
        """Return the regular network whose row a lists the k neighbours of agent a.

        Parameters
        ----------
        table : array of int, shape (N, k)
            Neighbours, each link in the rows of both its ends.

        Raises
        ------
        BadValue
            If an agent lists itself, lists one twice, or is not listed by one it lists.

        Examples
        --------
        >>> Network.from_table([[1, 2], [2, 0], [0, 1]]).is_complete
        True
        """
        rows = _whole_numbers(table, "table", "shape (N, k)")
        n = len(rows)
        if n < 2:
            raise BadValue("A network needs agents", given=f"{n} rows", allowed="2 rows or more")
        own = np.repeat(np.arange(n), rows.shape[1])
        pairs = np.column_stack([own, rows.ravel()])
        _check_pairs(pairs, n)
        there = np.sort(pairs[:, 0] * n + pairs[:, 1])
        back = np.sort(pairs[:, 1] * n + pairs[:, 0])
        for wrong, what in (
            (there[1:][there[1:] == there[:-1]], "Agent {} lists agent {} twice"),
            (
                there[:0] if np.array_equal(there, back) else np.setdiff1d(there, back),
                "Agent {0} lists agent {1}, but {1} does not list {0}",
            ),
        ):
            if wrong.size:
                raise BadValue(what.format(*divmod(int(wrong[0]), n)), advice="Mend the table")
        return cls.unchecked(rows.astype(np.int32))

    @classmethod
    def unchecked(cls, table: NDArray[np.int32], names: tuple[str, ...] = ()) -> Network:
        """Return the network of a table, shape (N, k), that is known to be right.

        >>> Network.unchecked(np.array([[1], [0]], np.int32)).n_links
        1
        """
        n, k = table.shape
        offsets = np.arange(0, n * k + 1, k) if k else np.zeros(n + 1, int)
        return cls(n, offsets, table.reshape(-1), names)

    @classmethod
    def from_edges(cls, n_agents: int, edges: ArrayLike, names: Sequence[str] = ()) -> Network:
        """Return the network with these links; a link that is given again counts once.

        Parameters
        ----------
        n_agents : int
            Agents N; those without a link are allowed.
        edges : array of int, shape (L, 2)
            Pairs of agents, numbered from 0, in either order.
        names : sequence of str
            Names of the agents, if they have any.

        Raises
        ------
        BadValue
            If an agent is out of range or linked to itself.

        Examples
        --------
        >>> Network.from_edges(3, [(0, 1), (1, 0), (1, 2)]).degrees.tolist()
        [1, 2, 1]
        """
        n = whole_number("n_agents", n_agents, 2, MOST_AGENTS)
        low, high = simple_pairs(n, edges).T
        keys = np.sort(np.concatenate([low * n + high, high * n + low]))
        one, other = np.divmod(keys, n)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(one.astype(np.intp), minlength=n))])
        return cls(n, offsets, other.astype(np.int32), tuple(names))


def _whole_numbers(values: ArrayLike, name: str, shape: str) -> NDArray[np.int64]:
    """Return a table of integers, (0, 2) if there is nothing in it, or raise `BadValue`."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, OverflowError):
        array = np.zeros(1)
    if array.ndim and not array.size:
        return np.zeros((0, 2), np.int64)
    if array.ndim != 2 or array.dtype.kind not in "iu" or array.max() > np.iinfo(np.int64).max:
        raise BadValue(f"The {name} does not fit", given=values, allowed=f"integers, {shape}")
    return array.astype(np.int64)


def _check_pairs(pairs: NDArray[np.int64], n: int) -> None:
    """Raise `BadValue` if a pair is out of range or links an agent to itself."""
    outside = np.flatnonzero(((pairs < 0) | (pairs >= n)).any(axis=1))
    loops = np.flatnonzero(pairs[:, 0] == pairs[:, 1])
    if outside.size:
        raise BadValue(
            "A link names an agent that is not there",
            given=tuple(pairs[outside[0]].tolist()),
            allowed=f"agents 0 to {n - 1}",
            advice="Number the agents from 0, or raise n_agents",
        )
    if loops.size:
        raise BadValue(
            "A link joins an agent to itself",
            given=tuple(pairs[loops[0]].tolist()),
            advice="Take such links out",
        )


def simple_pairs(n: int, edges: ArrayLike) -> NDArray[np.int64]:
    """Return the links in order, each once, lower number first, shape (L, 2)."""
    pairs = _whole_numbers(edges, "list of links", "shape (L, 2)")
    if pairs.shape[1] != 2:
        raise BadValue(
            "A link has two ends", given=f"{pairs.shape[1]} columns", allowed="2 columns"
        )
    _check_pairs(pairs, n)
    one, other = pairs.T
    keys = np.sort(np.minimum(one, other) * n + np.maximum(one, other))
    low, high = np.divmod(keys[np.diff(keys, prepend=-1) > 0], n)
    return np.column_stack([low, high])


def checked_names(names: Any, n: int) -> tuple[str, ...]:
    """Return the names as a tuple if there are none or one for each agent, all different."""
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise BadValue("These are no names", given=names, allowed="a sequence of texts")
    found = tuple(names)
    if not all(isinstance(name, str) for name in found):
        raise BadValue("A name is not text", given=found, allowed="a sequence of texts")
    if found and len(found) != n:
        raise BadValue(
            "Each agent needs one name", given=f"{len(found)} names", allowed=f"{n} names, or none"
        )
    if len(set(found)) != len(found):
        twice = Counter(found).most_common(1)[0][0]
        raise BadValue("Two agents have the same name", given=twice, advice="Rename one of them")
    return found


# Uniform random regular graphs as neighbour tables, in a few array operations.
#
# Every agent gets k loose ends (stubs), numbered so that stub s belongs to agent s // k. The stubs
# are paired at random, and the few pairs that make a loop or a double link are switched with random
# other pairs until the graph is simple. Repairing leaves a bias that shrinks as the graph grows and
# is only visible in small graphs; those are stirred afterwards by random switches, which leave the
# uniform distribution as it is.
#
# Source: B. D. McKay and N. C. Wormald, J. Algorithms 11, 52 (1990), for pairing and switching;
# S. Janson, Random Struct. Algorithms 57, 3 (2020), for the limit of random switching.

_MOST_STUBS = 1 << 28  # a table of 1 GiB
_ATTEMPTS = 20  # pairings before the circulant graph is taken
_SMALL = 500  # graphs with up to so many links are stirred
_COLUMNS = 24  # up to this degree, comparing columns beats sorting rows
_BLOCK = 1 << 22  # cells of the complement that are worked on at a time
_CELLS = 1 << 19  # cells of a sparse table, or stubs, that are worked on at a time


def check_regular(n_agents: int, degree: int) -> tuple[int, int]:
    """Return both numbers as integers if a regular graph with them exists and fits in memory."""
    n = whole_number("n_agents", n_agents, 2, advice="Take 2 agents or more")
    k = whole_number("degree", degree, 1, advice="Give every agent at least one neighbour")
    if k >= n:
        raise BadValue(
            "The degree is too large: an agent is linked to other agents, once each",
            given=f"degree {k} with {n} agents",
            allowed=f"degree 1 to {n - 1}",
            advice=f"Take degree {n - 1} or less, or {k + 1} agents or more",
        )
    if n * k % 2:
        nearest = f"{k - 1} or {k + 1}" if k > 1 else f"{k + 1}"
        raise BadValue(
            f"No network gives each of {n} agents {k} neighbours: each link has two ends, "
            "so agents times degree must be even",
            given=f"{n} x {k} = {n * k}",
            allowed="an even number",
            advice=f"Take degree {nearest}, or {n + 1} agents",
        )
    if n * k > _MOST_STUBS:
        raise BadValue(
            "This network is too large for the memory of an ordinary computer",
            given=f"{n} x {k} = {n * k}",
            allowed=f"agents times degree up to {_MOST_STUBS}",
            advice="Take fewer agents or a smaller degree",
        )
    return n, k


def random_regular_table(
    n_agents: int, degree: int, generator: np.random.Generator
) -> NDArray[np.int32]:
    """Return the neighbour table of a random simple k-regular graph, all equally likely.

    Row a holds the k neighbours of agent a, in no particular order. Graphs with more than 500
    links are not stirred: they are uniform up to a bias that falls as 1/N (already at N = 100 and
    k = 8, unstirred, the mean number of triangles was within 0.4 %, the sampling error).
    """
    n, k = check_regular(n_agents, degree)
    if 2 * k >= n:
        return _complement(_sparse(n, n - 1 - k, generator))
    return _sparse(n, k, generator)


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """A pairing under repair: stub s is linked to stub `mate[s]`, agent a to the row `table[a]`."""

    mate: NDArray[np.int32]
    table: NDArray[np.int32]

    @classmethod
    def of(cls, mate: NDArray[np.int32], n: int, k: int) -> _Links:
        """Return the links of stubs of which each one's mate is known."""
        return cls(mate, (mate // np.int32(k)).reshape(n, k))


def _mates(stubs: NDArray[Any]) -> NDArray[np.int32]:
    """Pair the first half of the stubs with the second; return the mate of each.

    Part by part, because numpy copies what it indexes with into its widest integers.
    """
    mate, half = np.empty(stubs.size, np.int32), stubs.size // 2
    for start in range(0, half, _CELLS):
        stop = min(start + _CELLS, half)
        one, other = stubs[start:stop], stubs[half + start : half + stop]
        mate[one], mate[other] = other, one
    return mate


def _shuffled(n_stubs: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Return the stubs in random order: `generator.permutation`, in half the memory."""
    stubs = np.arange(n_stubs, dtype=np.int32)
    generator.shuffle(stubs)
    return stubs


def _sparse(n: int, k: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Pair at random and repair; after too many failures start from a circulant graph."""
    if not k:
        return np.empty((n, 0), np.int32)
    switches = 100 + 3 * (n * k // 2) if n * k <= 2 * _SMALL else 0
    for _ in range(_ATTEMPTS):
        links = _Links.of(_mates(_shuffled(n * k, generator)), n, k)
        if _repair(links, generator):
            break
    else:
        links, switches = _circulant(n, k, generator), 20 * n * k
    return _stirred(links, switches, generator) if switches else links.table


def _repair(links: _Links, generator: np.random.Generator) -> bool:
    """Switch every bad pair with a random pair; tell whether the graph came out simple."""
    n, k = links.table.shape
    flat = links.table.reshape(-1)
    bad = generator.permutation(_bad_stubs(links))
    at_once = max(1, n // 8)
    owner = np.empty(n, np.int64)
    for _ in range(200 + 50 * (bad.size // at_once)):
        if not bad.size:
            return True
        now, later = bad[:at_once], bad[at_once:]
        mine, theirs = now // k, flat[now]
        still = (mine == theirs) | ((links.table[mine] == theirs[:, None]).sum(axis=1) > 1)
        now = now[still]
        done = _switch(links, now, generator.integers(flat.size, size=now.size), owner)
        bad = np.concatenate([later, now[~done]])
    return not bad.size


def _bad_stubs(links: _Links) -> NDArray[np.int64]:
    """Return one stub of every loop, and of every link that repeats another."""
    rows = _suspects(links.table)
    near = links.table[rows]
    order = np.argsort(near, axis=1, kind="stable")
    near = np.take_along_axis(near, order, axis=1)
    stubs = rows[:, None] * links.table.shape[1] + order
    repeats = np.zeros(near.shape, bool)
    repeats[:, 1:] = near[:, 1:] == near[:, :-1]
    loops = (near == rows[:, None]) & (stubs < links.mate[stubs])
    bad: NDArray[np.int64] = stubs[loops | (repeats & (rows[:, None] < near))]
    return bad


def _suspects(table: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the agents that are their own neighbour or have a neighbour twice."""
    n, k = table.shape
    step, suspect = max(1, _CELLS // k), np.zeros(n, bool)
    for first in range(0, n, step):
        rows = table[first : first + step]
        own = np.arange(first, first + len(rows), dtype=np.int32)
        suspect[first : first + step] = _suspect(rows, own)
    return np.flatnonzero(suspect)


def _suspect(rows: NDArray[np.int32], own: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which rows name their own agent, or one twice."""
    k = rows.shape[1]
    if k > _COLUMNS:
        near = np.sort(rows, axis=1)
        twice = (near[:, 1:] == near[:, :-1]).any(axis=1)
        return np.asarray(twice | (rows == own[:, None]).any(axis=1))
    columns = np.ascontiguousarray(rows.T)
    suspect = np.zeros(len(rows), bool)
    for j in range(k):
        suspect |= columns[j] == own
        for i in range(j):
            suspect |= columns[i] == columns[j]
    return suspect


def _switch(
    links: _Links, s: NDArray[np.int64], u: NDArray[np.int64], owner: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Turn the pairs (s, t), (u, v) into (s, u), (t, v) where both are simple; tell where.

    Switches that share an agent would see each other's links: only the first of them counts.
    `owner` is scratch space, one number per agent.
    """
    table, mate = links.table, links.mate
    flat, k = table.reshape(-1), table.shape[1]
    stubs = np.stack([s, mate[s], u, mate[u]])
    agents = stubs // k
    a, b, c, d = agents
    turn = np.arange(s.size)
    owner[agents[:, ::-1].T.ravel()] = np.repeat(turn[::-1], 4)
    good = (owner[agents] == turn).all(axis=0)
    good &= (a != c) & (b != d) & ((a != b) | (c != d))
    good &= (table[a] != c[:, None]).all(axis=1) & (table[b] != d[:, None]).all(axis=1)
    s, t, u, v = stubs[:, good]
    mate[s], mate[u], mate[t], mate[v] = u, s, v, t
    a, b, c, d = agents[:, good]
    flat[s], flat[u], flat[t], flat[v] = c, a, d, b
    return np.asarray(good)


def _stirred(links: _Links, switches: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Return the table after random switches, each made only if the graph stays simple.

    A switch and its undoing are proposed equally often, so the uniform distribution stays as it is.
    """
    n, k = links.table.shape
    mate = links.mate.tolist()
    near = [set(row) for row in links.table.tolist()]
    for s, u in generator.integers(n * k, size=(switches, 2)).tolist():
        t, v = mate[s], mate[u]
        a, b, c, d = s // k, t // k, u // k, v // k
        if a == c or b == d or c in near[a] or d in near[b]:
            continue
        mate[s], mate[u], mate[t], mate[v] = u, s, v, t
        for one, old, new in ((a, b, c), (b, a, d), (c, d, a), (d, c, b)):
            near[one].remove(old)
            near[one].add(new)
    return (np.array(mate, np.int32) // np.int32(k)).reshape(n, k)


def _circulant(n: int, k: int, generator: np.random.Generator) -> _Links:
    """Link each agent of a shuffled ring to the k / 2 on either side (and across, for odd k)."""
    ring = generator.permutation(n)
    place = np.arange(n)
    one, other = [], []
    for step in range(1, k // 2 + 1):
        one.append(ring * k + 2 * (step - 1))
        other.append(ring[(place + step) % n] * k + 2 * step - 1)
    if k % 2:
        one.append(ring[: n // 2] * k + k - 1)
        other.append(ring[n // 2 :] * k + k - 1)
    return _Links.of(_mates(np.concatenate(one + other)), n, k)


def _complement(table: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the table of the graph that links exactly the pairs that `table` does not."""
    n, k = table.shape
    result = np.empty((n, n - 1 - k), np.int32)
    step = max(1, _BLOCK // n)
    for first in range(0, n, step):
        block = np.arange(first, min(first + step, n))
        free = np.ones((block.size, n), bool)
        free[block - first, block] = False
        free[(block - first)[:, None], table[block]] = False
        result[block] = np.nonzero(free)[1].reshape(block.size, -1)
    return result


# Recipes that build a network by chance, as small frozen values.
#
# Random regular networks are what the equations of newswave are about. The others are for contrast:
# small world, scale free, complete, and a network of one's own.

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
class _EvenDegree:
    """A recipe of networkx with an even degree below the number of agents."""

    degree: int = 8

    def __post_init__(self) -> None:
        number = whole_number("degree", self.degree, 2)
        if number % 2:
            raise BadValue(
                "degree does not fit", given=number, allowed="an even number, 2 or more",
                advice=f"Take {number - 1} or {number + 1}",
            )  # fmt: skip
        object.__setattr__(self, "degree", number)

    def check(self, n_agents: int) -> None:
        """Raise `BadValue` unless the degree is below N and the network fits in memory."""
        n, degree = whole_number("n_agents", n_agents, 2, MOST_AGENTS), self.degree
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


@dataclass(frozen=True)
class SmallWorld(_EvenDegree):
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

    rewiring: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rewiring", probability("rewiring", self.rewiring))

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
class ScaleFree(_EvenDegree):
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


KINDS: dict[str, type[Recipe]] = {
    "regular": RandomRegular,
    "small-world": SmallWorld,
    "regular-small-world": RegularSmallWorld,
    "scale-free": ScaleFree,
    "complete": Complete,
}
"""The kinds of network that are drawn, by the words that options and files have for them."""


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
