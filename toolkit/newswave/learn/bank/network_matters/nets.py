"""The networks of lesson 3: one contact pressure, several degrees."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from newswave import meanfield, networkfield
from newswave.curve import Curve
from newswave.ensemble import simulate
from newswave.fitting.fits import Fit, fit
from newswave.fitting.models import Mixing, OneRate
from newswave.recipes import RandomRegular
from newswave.rules import SameForAll
from newswave.setups import Setup
from newswave.sharing import share_probability

Floats = npt.NDArray[np.float64]

PRESSURE = 0.4
START = 0.01
FITTED = 8
"""The degree of the network whose curve is fitted."""


def network(degree: int, share: float | None = None) -> Setup:
    """Return a network of the lesson: pressure 0.4, or a share probability of one's own."""
    chance = float(share_probability(PRESSURE / degree)) if share is None else share
    return Setup(n_agents=1000, network=RandomRegular(degree), sharing=SameForAll(chance),
                 n_seeds=10, rounds=60, replicas=20, seed=1)  # fmt: skip


@cache
def runs(degree: int) -> Curve:
    """Return the runs of a network."""
    return simulate(network(degree))


def half(degree: int, share: float | None = None) -> float:
    """Return the half-time that the theory of the network predicts; infinite if there is none."""
    found = networkfield.predict(network(degree, share)).fraction
    if found[-1] < 0.5:
        return float("inf")
    return float(np.interp(0.5, found, np.arange(found.size)))


def well_mixed(degree: int) -> Floats:
    """Return i by round of the well-mixed equation; it is the same for every degree."""
    return meanfield.one_rate(PRESSURE / degree, degree, START, np.arange(61.0))


def early_factor(share: float, degree: int) -> float:
    """Return by which factor the new sharers grow from round to round at first."""
    rate = -float(np.log1p(-share))
    new = np.diff(networkfield.rounds([rate], [1.0], degree, 1e-12, 30))
    return float(new[-1] / new[-2])


@cache
def fitted(mixing: Mixing) -> Fit:
    """Return one rate fitted to the runs of the lesson."""
    return fit(runs(FITTED), OneRate(mixing))
