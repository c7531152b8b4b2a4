"""The town of lesson 2, where everybody reads everybody: its equation, and its rounds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from newswave import meanfield
from newswave.sharing import share_probability

Floats = npt.NDArray[np.float64]

PRESSURE = 0.4
START = 0.01
STRONG = 0.75
"""The contact pressure of the learner's own rounds."""


def equation(time: float, pressure: float, start: float) -> float:
    """Return i by the equation, at one time."""
    return float(meanfield.one_rate(pressure, 1.0, start, [time])[0])


def speed(i: float, pressure: float) -> float:
    """Return i' by the equation."""
    moment = 1e-6
    return (equation(moment, pressure, i) - i) / moment


def equation_half(pressure: float, start: float) -> float:
    """Return when the equation passes one half, in rounds."""
    times = np.linspace(0.0, 60.0, 24_001)
    return float(np.interp(0.5, meanfield.one_rate(pressure, 1.0, start, times), times))


def exponential_half(pressure: float, start: float) -> float:
    """Return when growth without end would pass one half."""
    return math.log(0.5 / start) / pressure


def early_growth(pressure: float) -> float:
    """Return by which factor i grows in one round of the equation while almost nobody shares."""
    return equation(1.0, pressure, 1e-9) / 1e-9


def in_rounds(
    pressure: float,
    start: float,
    steps: int = 1,
    chance: Callable[[float], float] = lambda hazard: float(share_probability(hazard)),
) -> Floats:
    """Return i by round in the town, with one or more steps to a round."""
    now, found = start, [start]
    for _ in range(60):
        for _ in range(steps):
            now += (1.0 - now) * chance(pressure / steps * now)
        found.append(now)
    return np.array(found)


def half(fractions: Floats) -> float:
    """Return the half-time of fractions by round, read off between the rounds."""
    return float(np.interp(0.5, fractions, np.arange(fractions.size)))
