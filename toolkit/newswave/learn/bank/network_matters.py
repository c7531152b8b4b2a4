"""Lesson 3: does the network matter, and when."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard, share_probability
from newswave.core.simulation import simulate
from newswave.equations import on_network
from newswave.equations.fit import fit
from newswave.equations.models import Mixing, OneRate, OnNetwork, WellMixed
from newswave.learn.bank.rule_to_equation import equation_half
from newswave.learn.items import Answers, between, passes

Floats = npt.NDArray[np.float64]

# Facts: networks of several degrees with one contact pressure.

PRESSURE = 0.4
START = 0.01
DEGREE = 8
"""The degree of the network whose contacts are counted and whose curve is fitted."""


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
    """Return the half-time that the theory of the network predicts."""
    return passes(on_network.predict(network(degree, share)).fraction)


def early_factor(share: float, degree: int) -> float:
    """Return by which factor the new sharers grow from round to round at first."""
    rate = -float(np.log1p(-share))
    new = np.diff(on_network.rounds([rate], [1.0], degree, 1e-12, 30))
    return float(new[-1] / new[-2])


@cache
def fitted(mixing: Mixing) -> float:
    """Return the one rate fitted to the runs of the lesson."""
    return fit(runs(DEGREE), OneRate(mixing)).estimates["rate"]


_Q = 0.05


def _ring_shape() -> str:
    """Return the shape on a ring: how its early growth per round changes tells."""
    course = on_network.rounds([PRESSURE / 2], [1.0], 2, 4 / 2000, 200)
    ratio = (course[200] - course[100]) / (course[100] - course[0])
    return between((0.75, 1.25), ratio, "cba")


def _first() -> str:
    """Return which degree is first at the same pressure."""
    few, some, many = half(3), half(8), half(32)
    if max(few, some, many) - min(few, some, many) < 0.5:
        return "a"
    return "c" if many < some < few else "b"


def _silent(theta: float, degree: int, start: float) -> float:
    """Return φ of the edge-based equations."""
    return (1.0 - start) * theta ** (degree - 1)


def _gap() -> float:
    """Return how far the prediction lies from the runs with three neighbours."""
    return runs(3).gap(on_network.predict(network(3)).fraction)[0]


def _off(degree: int) -> float:
    """Return how far the well-mixed rate is off, as a part of the true one."""
    setup = network(degree)
    curve = Curve(setup.n_agents * on_network.predict(setup).fraction, setup.n_agents)
    rate = fit(curve, OneRate(WellMixed(degree))).estimates["rate"]
    return abs(rate * degree / PRESSURE - 1)


IN_TEXTS = {"half_time": equation_half(PRESSURE, START)}

ANSWERS = {
    "3.1": Answers(
        lambda: equation_half(2 * PRESSURE, START),
        {
            "twice the time": lambda: 2 * equation_half(PRESSURE, START),
            "unchanged": lambda: equation_half(PRESSURE, START),
            "twice the seeds": lambda: equation_half(PRESSURE, 2 * START),
        },
    ),
    "3.2": Answers(
        lambda: float(hazard(0.5)),
        {
            "the probability": lambda: 0.5,
            "other logarithm": lambda: -math.log10(1 - 0.5),
            "the other way": lambda: float(share_probability(0.5)),
        },
    ),
    "3.P1": Answers(_first),
    "3.3": Answers(
        lambda: DEGREE - 1,
        {
            "all": lambda: DEGREE,
            "one more less": lambda: DEGREE - 2,
            "one": lambda: 1,
        },
    ),
    "3.4": Answers(
        lambda: early_factor(_Q, 8),
        {
            "well mixed": lambda: 1 + 8 * _Q,
            "not used up": lambda: 1 + 7 * _Q,
            "gain only": lambda: early_factor(_Q, 8) - 1,
            "crossings only": lambda: 1 + _Q,
        },
    ),
    "3.P2": Answers(_ring_shape),
    "3.5": Answers(
        _silent,
        {
            "all its links": lambda theta, k, start: (1 - start) * theta**k,
            "two fewer": lambda theta, k, start: (1 - start) * theta ** (k - 2),
            "seeds forgotten": lambda theta, k, _: theta ** (k - 1),
            "has shared": lambda theta, k, start: 1 - (1 - start) * theta ** (k - 1),
        },
        cases=((0.9, 3, 0.01), (0.5, 8, 0.01), (1.0, 4, 0.2), (0.8, 2, 0.05)),
    ),
    "3.P3": Answers(lambda: between((0.03, 0.15), _gap())),
    "3.P4": Answers(
        lambda: between((0.95, 1.05), fitted(WellMixed(DEGREE)) * DEGREE / PRESSURE, "bac")
    ),
    "3.6": Answers(
        lambda: fitted(OnNetwork(DEGREE)),
        {
            "well mixed": lambda: fitted(WellMixed(DEGREE)),
            "pressure": lambda: DEGREE * fitted(OnNetwork(DEGREE)),
            "no degree": lambda: fitted(WellMixed()),
        },
    ),
    "3.7": Answers(
        lambda: (early_factor(_Q, 5) - 1) / _Q,
        {
            "opened": lambda: 4,
            "all": lambda: 5,
            "as on a ring": lambda: (early_factor(_Q, 2) - 1) / _Q,
        },
    ),
    "3.8": Answers(lambda: between((-0.5, 0.5), half(4, 0.1) - half(20, 0.02), "acb")),
    "3.9": Answers(lambda: between((-0.05, 0.05), _off(4) - _off(64), "bca")),
}
