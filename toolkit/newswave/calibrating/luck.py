"""Runs over networks with luck of their own, summed by network: what the pooled fits see."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.differing.worlds import over_networks
from newswave.errors import BadValue
from newswave.fitting.methods import Observed
from newswave.setups import Setup

Floats = npt.NDArray[np.float64]

FEWEST_NETWORKS = 4
"""With fewer networks nothing can be said of how much they differ."""


def own_luck(setup: Setup) -> Setup:
    """Return a setup with a seed that is made from everything in it.

    Setups of one seed share their luck: runs of two profiles are then early or late together, and
    a hundred cells of a sweep would be one test made a hundred times.

    Parameters
    ----------
    setup : Setup
        Of any seed; another seed gives other luck.

    Examples
    --------
    >>> own_luck(Setup()).seed == own_luck(Setup(seed=2)).seed
    False
    """
    digest = hashlib.sha256(setup.to_json().encode()).digest()
    return replace(setup, seed=int.from_bytes(digest[:5], "big"))


def dealt(replicas: int, networks: int) -> tuple[int, int]:
    """Return over how many networks replicas are spread evenly, and how many runs each has.

    Parameters
    ----------
    replicas : int
        All runs.
    networks : int
        At most so many networks; the largest number that divides the replicas is taken.

    Raises
    ------
    BadValue
        If that leaves fewer than four networks.

    Examples
    --------
    >>> dealt(200, 25), dealt(16, 25), dealt(90, 25)
    ((25, 8), (16, 1), (18, 5))
    """
    found = max(number for number in range(1, networks + 1) if replicas % number == 0)
    if found < FEWEST_NETWORKS:
        raise BadValue(
            "These replicas cannot be dealt evenly over several networks",
            given=f"{replicas} replicas, up to {networks} networks",
            allowed=f"a multiple of a number from {FEWEST_NETWORKS} to {networks}",
            advice="Take 200",
        )
    return found, replicas // found


def run_over(setup: Setup, networks: int) -> Curve:
    """Return the runs of a setup over networks, those of a network following one another."""
    count, each = dealt(setup.replicas, networks)
    return replace(over_networks(own_luck(setup), count, each), setup=setup)


def network_sums(curve: Curve, networks: int) -> Floats:
    """Return the sharers of each network, summed over its runs, shape (networks, T + 1)."""
    count = dealt(curve.runs, networks)[0]
    return np.asarray(curve.counts.reshape(count, curve.runs // count, -1).sum(axis=1))


def seen_of(sums: Floats, runs: int, n_agents: int) -> Observed:
    """Return what a fit sees of pools of runs, from their sharers summed.

    Parameters
    ----------
    sums : array, shape (B, T + 1)
        Sharers by round, summed over the runs of a pool.
    runs : int
        How many runs a pool has.
    n_agents : int
        N.
    """
    everybody = runs * n_agents
    return Observed(sums / everybody, np.diff(sums, axis=1), everybody - sums[:, :-1])
