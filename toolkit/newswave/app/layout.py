"""Where agents are drawn: a place in the unit disc for each, worked out once a network."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.networks import Network, Recipe, SmallWorld

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[Any]

FEW = 300
"""Up to so many agents the links are laid out; above, agents are put in order on a disc."""

_DENSE = 40  # neighbours on average, above which links tell nothing
_STEPS = 50
_PER_ROW = 90  # agents of a ring that lie side by side
_KEPT = 32

_lock = Lock()
_places: OrderedDict[bytes, Floats] = OrderedDict()


def places(network: Network, recipe: Recipe, seeds: Ints) -> Floats:
    """Return a place for each agent, shape (N, 2), in the unit disc.

    A small world is a ring; other small networks are placed by their links, which brings hubs into
    the middle and communities apart. Of large networks the agents fill a disc: round the ring of a
    small world, else outwards by their distance from the seed agents, each near those it can have
    the news from, so that the news is seen to move as a front.

    >>> from newswave.core.networks import RandomRegular
    >>> square = Network.from_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    >>> places(square, RandomRegular(2), np.array([0])).shape
    (4, 2)
    """
    is_ring = isinstance(recipe, SmallWorld)
    is_few = network.n_agents <= FEW and network.mean_degree <= _DENSE
    about = blake2b(network.offsets.tobytes() + network.indices.tobytes(), digest_size=16)
    about.update(bytes([is_ring]) + (b"" if is_ring or is_few else np.sort(seeds).tobytes()))
    if is_ring:
        return _kept(about.digest(), lambda: (_ring if is_few else _round_disc)(network.n_agents))
    if is_few:
        return _kept(about.digest(), lambda: _by_links(network))
    return _kept(about.digest(), lambda: _by_distance(network, seeds))


def _kept(key: bytes, make: Callable[[], Floats]) -> Floats:
    """Return places that are remembered, made now if they are not."""
    with _lock:
        if key not in _places:
            _places[key] = make()
            _places[key].setflags(write=False)
            if len(_places) > _KEPT:
                _places.popitem(last=False)
        _places.move_to_end(key)
        return _places[key]


def _ring(n: int) -> Floats:
    """Return a ring; of many agents in a few rows, so that each has room."""
    at = np.arange(n)
    turn, row = 2 * np.pi * at / n, at % (1 + n // _PER_ROW)
    away = 1 - 0.09 * row
    return np.stack([away * np.sin(turn), -away * np.cos(turn)], axis=1).astype(np.float32)


def _disc(n: int) -> Floats:
    """Return the seeds of a sunflower: places that fill a disc evenly, from the middle out."""
    at = np.arange(n)
    away, turn = np.sqrt((at + 0.5) / n), at * np.pi * (3 - np.sqrt(5))
    return np.stack([away * np.cos(turn), away * np.sin(turn)], axis=1).astype(np.float32)


def _round_disc(n: int) -> Floats:
    """Return a disc in which neighbours on the ring lie side by side."""
    spots = _disc(n)
    return spots[np.argsort(np.arctan2(spots[:, 0], -spots[:, 1]), kind="stable")]


def _by_links(network: Network) -> Floats:
    """Return places at which links pull and agents push each other away (Fruchterman, Reingold).

    It starts from the two slowest modes of the network, which are its widest and its second widest
    way apart, so that no luck is needed.
    """
    from scipy.linalg import eigh

    n = network.n_agents
    linked = network.adjacency.toarray().astype(np.float32)
    scale = 1 / np.sqrt(np.maximum(network.degrees, 1)).astype(np.float32)
    _, modes = eigh(-scale[:, None] * linked * scale, subset_by_index=[1, min(2, n - 1)])
    at = np.resize(modes, (n, 2)) if modes.shape[1] < 2 else modes
    at = (0.5 * at / (np.abs(at).max(axis=0) + 1e-9) + 0.05 * _disc(n)).astype(np.float32)
    one, other = network.edges().T
    spring, apart = np.float32(n**0.5), np.float32(1 / n)
    for step in range(_STEPS):
        square = (at * at).sum(axis=1)
        push = at @ (-2 * at.T)
        push += square
        push += square[:, None]
        np.divide(apart, np.maximum(push, 1e-5, out=push), out=push)  # of each pair, per distance
        np.fill_diagonal(push, 0)
        force = at * (push.sum(axis=1)[:, None] - 0.5) - push @ at
        stretch = at[other] - at[one]
        stretch *= spring * np.sqrt((stretch * stretch).sum(axis=1, keepdims=True))
        for axis in (0, 1):
            force[:, axis] += np.bincount(one, stretch[:, axis], n)
            force[:, axis] -= np.bincount(other, stretch[:, axis], n)
        length = np.sqrt((force * force).sum(axis=1, keepdims=True)) + np.float32(1e-9)
        at += force / length * np.minimum(length, np.float32(0.12 * (1 - step / _STEPS)))
    at = at - (at.max(axis=0) + at.min(axis=0)) / 2
    return np.asarray(at / np.sqrt((at * at).sum(axis=1).max() + 1e-9), np.float32)


def _by_distance(network: Network, seeds: Ints) -> Floats:
    """Return a disc with the seed agents in its middle, and every agent beside those it hears."""
    n, links = network.n_agents, network.adjacency
    spots, at = _disc(n), np.zeros((n, 2), np.float32)
    left, layer, filled = np.ones(n, bool), np.unique(seeds), 0
    heard = np.zeros((n, 2), np.float32)
    while layer.size:
        rim = spots[filled : filled + layer.size]
        order = np.argsort(_angle(heard[layer]), kind="stable")
        at[layer[order]] = rim[np.argsort(_angle(rim), kind="stable")]
        left[layer] = False
        filled += layer.size
        reached = np.zeros(n, np.float32)
        reached[layer] = 1
        heard = links @ (at * reached[:, None])
        layer = np.flatnonzero(left & (links @ reached > 0))
        if not layer.size:
            layer = np.flatnonzero(left)  # whom no news can reach
    return at


def _angle(vectors: Floats) -> npt.NDArray[Any]:
    return np.arctan2(vectors[:, 1], vectors[:, 0])
