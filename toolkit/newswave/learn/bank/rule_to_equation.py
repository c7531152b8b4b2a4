"""Lesson 2: from a rule to an equation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from newswave.core.sharing import SharingTable, share_probability
from newswave.equations import well_mixed
from newswave.learn.items import Answers, between, passes

Floats = npt.NDArray[np.float64]

# Facts: a town in which everybody reads everybody, by the equation and in rounds.

PRESSURE = 0.4
START = 0.01
STRONG = 0.75
"""The contact pressure of the learner's own rounds."""


def equation(time: float, pressure: float, start: float) -> float:
    """Return i by the equation, at one time."""
    return float(well_mixed.one_rate(pressure, 1.0, start, [time])[0])


def speed(i: float, pressure: float) -> float:
    """Return i' by the equation."""
    moment = 1e-6
    return (equation(moment, pressure, i) - i) / moment


def equation_half(pressure: float, start: float) -> float:
    """Return when the equation passes one half, in rounds."""
    times = np.linspace(0.0, 60.0, 24_001)
    return float(np.interp(0.5, well_mixed.one_rate(pressure, 1.0, start, times), times))


def early_growth(pressure: float) -> float:
    """Return by which factor i grows in one round of the equation while almost nobody shares."""
    return equation(1.0, pressure, 1e-9) / 1e-9


def half_in_rounds(
    pressure: float,
    steps: int = 1,
    chance: Callable[[float], float] = lambda hazard: float(share_probability(hazard)),
) -> float:
    """Return the half-time of the town in rounds, with one or more steps to a round."""
    now, fractions = START, [START]
    for _ in range(60):
        for _ in range(steps):
            now += (1.0 - now) * chance(pressure / steps * now)
        fractions.append(now)
    return passes(fractions)


# Warm-up: lesson 1.

_ROW = SharingTable.contact(("all",), [0.2], 3).probabilities[0]
_COUNTS = np.array([1, 3, 9, 24, 33, 38, 40])
_NEW = np.diff(_COUNTS)


def _where() -> str:
    """Return where the equation is fastest."""
    course = well_mixed.one_rate(PRESSURE, 1.0, START, np.linspace(0.0, 40.0, 801))
    place = course[np.argmax(np.diff(course))]
    return between((0.3, 0.7), place)


def _twice() -> str:
    """Return what the equation makes of twice the pressure."""
    long = 200.0
    more = equation(long, 2 * PRESSURE, START) / equation(long, PRESSURE, START)
    sooner = equation_half(2 * PRESSURE, START) / equation_half(PRESSURE, START)
    if more > 1.5:
        return "a"
    return "b" if abs(sooner - 0.5) < 0.01 else "c"


_ODDS = (1 - START) / START


IN_TEXTS = {"half_time": equation_half(STRONG, START)}

ANSWERS = {
    "2.1": Answers(
        lambda: float(_ROW[3]),
        {
            "added": lambda: float(3 * _ROW[1]),
            "silent": lambda: float((1 - _ROW[1]) ** 3),
            "all three": lambda: float(_ROW[1] ** 3),
            "one": lambda: float(_ROW[1]),
        },
    ),
    "2.2": Answers(
        lambda: float(np.argmax(_NEW) + 1),
        {
            "place": lambda: float(np.argmax(_NEW)),
            "end": lambda: float(np.argmax(_COUNTS)),
            "how many": lambda: float(_NEW.max()),
        },
    ),
    "2.3": Answers(
        speed,
        {
            "no one runs out": lambda i, pressure: pressure * i,
            "no senders": lambda i, pressure: pressure * (1 - i),
            "the next value": lambda i, pressure: i + pressure * i * (1 - i),
            "a whole round": lambda i, pressure: (1 - i) * (1 - math.exp(-pressure * i)),
        },
        cases=((0.01, 0.4), (0.5, 0.4), (0.9, 0.4), (0.2, 1.0)),
    ),
    "2.P1": Answers(_where),
    "2.P2": Answers(_twice),
    "2.4": Answers(
        lambda: equation_half(PRESSURE, START),
        {
            "exponential": lambda: math.log(0.5 / START) / PRESSURE,
            "fraction for odds": lambda: math.log(1 / START) / PRESSURE,
            "no pressure": lambda: math.log(_ODDS),
            "other logarithm": lambda: math.log10(_ODDS) / PRESSURE,
            "constant": lambda: (0.5 - START) / (PRESSURE * START),
        },
    ),
    "2.5": Answers(
        equation,
        {
            "exponential": lambda t, pressure, start: start * math.exp(pressure * t),
            "capped": lambda t, pressure, start: min(1.0, start * math.exp(pressure * t)),
            "odds": lambda t, pressure, start: start / (1 - start) * math.exp(pressure * t),
            "start at half": lambda t, pressure, _: equation(t, pressure, 0.5),
        },
        cases=(
            (0.0, 0.4, 0.01),
            (5.0, 0.4, 0.01),
            (12.0, 0.4, 0.01),
            (30.0, 0.4, 0.01),
            (3.0, 1.0, 0.2),
        ),
    ),
    "2.P3": Answers(
        lambda: between(
            (-0.25, 0.25), half_in_rounds(PRESSURE) - equation_half(PRESSURE, START), "bca"
        )
    ),
    "2.6": Answers(
        lambda: half_in_rounds(STRONG),
        {
            "the equation": lambda: equation_half(STRONG, START),
            "short form": lambda: half_in_rounds(STRONG, chance=lambda hazard: hazard),
            "steady factor": lambda: math.log(_ODDS) / math.log(1 + STRONG),
            "other pressure": lambda: half_in_rounds(PRESSURE),
        },
    ),
    "2.7": Answers(
        lambda: between((0.999, 1.001), speed(0.1, PRESSURE) / speed(0.9, PRESSURE), "acb")
    ),
    "2.8": Answers(
        lambda: math.log(2) / math.log(early_growth(PRESSURE)),
        {
            "growth by e": lambda: 1 / math.log(early_growth(PRESSURE)),
            "twice over the rate": lambda: 2 / PRESSURE,
            "in rounds": lambda: math.log(2) / math.log(1 + PRESSURE),
            "half-time": lambda: equation_half(PRESSURE, START),
        },
    ),
    "2.9": Answers(
        lambda: between(
            (-0.25, 0.25), half_in_rounds(PRESSURE) - half_in_rounds(PRESSURE, steps=4), "bca"
        )
    ),
}
