"""A spread of rates on a network: gamma-distributed readiness by quadrature, with derivatives."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from newswave.core.sharing import Floats

NODES = 40
LOG_VARIATION = (-9.0, 3.5)
"""Between these ln v nodes are interpolated for fits, v = 0.0001 to 33."""

_GRID = 400
_FROM, _STEP = LOG_VARIATION[0] - 0.2, (LOG_VARIATION[1] - LOG_VARIATION[0] + 0.4) / (_GRID - 1)


def gamma_nodes(variation: float, count: int = NODES) -> tuple[Floats, Floats]:
    """Return nodes and weights of the gamma distribution with mean 1 and variance v.

    Generalised Gauss–Laguerre quadrature with α = 1/v − 1, its nodes times v, from the eigenvalues
    of a Jacobi matrix that is scaled so that it stays finite as v falls to 0, where all nodes are 1
    (G. H. Golub, J. H. Welsch, Math. Comput. 23, 221, 1969).

    >>> nodes, weights = gamma_nodes(0.5)
    >>> (weights @ nodes).round(9), (weights @ (nodes - 1) ** 2).round(9)
    (np.float64(1.0), np.float64(0.5))
    """
    j = np.arange(float(count))
    beside = np.sqrt(j[1:] * variation * (1.0 + j[:-1] * variation))
    nodes, vectors = np.linalg.eigh(np.diag(1.0 + 2.0 * j * variation) + np.diag(beside, -1))
    weights = vectors[0] ** 2
    return np.maximum(nodes, 0.0), weights / weights.sum()


def spread_classes(rates: Any, weights: Any, variation: float) -> tuple[Floats, Floats]:
    """Return rates and weights of classes of which each spreads by v; C classes become C · 40.

    >>> spread_classes([0.1], [1.0], 0.0)[0].tolist()
    [0.1]
    """
    rate, weight = np.asarray(rates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if variation == 0.0:
        return rate, weight
    nodes, shares = gamma_nodes(variation)
    return np.outer(rate, nodes).ravel(), np.outer(weight, shares).ravel()


@functools.cache
def _table() -> tuple[Floats, Floats]:
    """Return nodes and weights on the grid of ln v, and their slopes by central differences."""
    known = [gamma_nodes(float(v)) for v in np.exp(_FROM + _STEP * np.arange(_GRID))]
    value = np.array([np.concatenate(both) for both in known])
    slope = np.gradient(value, _STEP, axis=0, edge_order=2)
    near, far = value[3:-1] - value[1:-3], value[4:] - value[:-4]
    slope[2:-2] = (8.0 * near - far) / (12.0 * _STEP)
    return value, slope


def _looked_up(log_variation: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights at ln v, and their slopes: Hermite's cubics between the grid."""
    value, slope = _table()
    place = (log_variation - _FROM) / _STEP
    at = np.clip(place.astype(np.int64), 0, _GRID - 2)
    t = (place - at)[:, None]
    rise, low, high = value[at + 1] - value[at], _STEP * slope[at], _STEP * slope[at + 1]
    square, cubic = 3.0 * rise - 2.0 * low - high, low + high - 2.0 * rise
    found = value[at] + t * (low + t * (square + t * cubic))
    return found, (low + t * (2.0 * square + 3.0 * t * cubic)) / _STEP


def spread_rounds(
    mean_rate: Floats, log_variation: Floats, degree: int, start: Floats, n_rounds: int
) -> tuple[Floats, Floats]:
    """Return i by round of many curves and its gradients by ln β and ln v, (2, B, T + 1)."""
    found, slope = _looked_up(log_variation)
    (nodes, weights), (by_nodes, by_weights) = (np.split(x, 2, axis=1) for x in (found, slope))
    rates = mean_rate[:, None] * nodes
    left = np.exp(-rates)
    by_chance = np.stack([rates * left, mean_rate[:, None] * by_nodes * left])
    by_weight = np.stack([np.zeros_like(weights), by_weights])
    return class_rounds(1.0 - left, weights, by_chance, by_weight, degree, start, n_rounds)


def class_rounds(
    chance: Floats,
    weight: Floats,
    by_chance: Floats,
    by_weight: Floats,
    degree: int,
    start: Floats,
    n_rounds: int,
) -> tuple[Floats, Floats]:
    """Return i by round of the edge-based rounds with any classes, and its gradients.

    q_c and w_c have shape (B, C), their derivatives (P, B, C); i comes as (B, T + 1), its
    gradients as (P, B, T + 1). The recursion of `on_network.rounds`, carried with derivatives.
    """
    theta, by_theta = np.ones_like(chance), np.zeros_like(by_chance)
    unshared = (1.0 - start)[:, None]
    shared = np.empty((len(chance), n_rounds + 1))
    gradients = np.empty((len(by_chance), len(chance), n_rounds + 1))
    for at in range(n_rounds + 1):
        low = unshared * theta ** (degree - 2)
        high = low * theta
        own, weighted = high * theta, weight * high
        shared[:, at] = 1.0 - np.einsum("bc,bc->b", weight, own)
        gradients[:, :, at] = -np.einsum("pbc,bc->pb", by_weight, own)
        gradients[:, :, at] -= degree * np.einsum("pbc,bc->pb", by_theta, weighted)
        phi = weighted.sum(axis=1, keepdims=True)
        by_phi = np.einsum("pbc,bc->pb", by_weight, high)
        by_phi += (degree - 1) * np.einsum("pbc,bc->pb", by_theta, weight * low)
        gap = theta - phi
        by_theta = by_theta - by_chance * gap - chance * (by_theta - by_phi[:, :, None])
        theta = theta - chance * gap
    return shared, gradients
