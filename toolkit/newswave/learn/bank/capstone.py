"""Lesson 9: the capstone, a project of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular, RegularSmallWorld
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.differences import Differences, difference
from newswave.learn.items import Answers
from newswave.learn.projects import Project, judged

# Facts: an example of a project, and what it finds.

REGULAR = Setup(n_agents=400, network=RandomRegular(6), sharing=SameForAll(0.08), n_seeds=5,
                rounds=60, replicas=100, seed=7)  # fmt: skip
MOVED = replace(REGULAR, network=RegularSmallWorld(6, 0.3))
PILOT = 20
WANTED = 0.2
"""The standard error that is wanted, in rounds."""


@cache
def curves() -> tuple[Curve, Curve]:
    """Return the runs of the worked project."""
    return simulate(REGULAR), simulate(MOVED)


@cache
def compared() -> Differences:
    """Return what lies between them."""
    return difference(*curves())


def _spread() -> float:
    """Return the standard deviation of the differences in the pilot, in rounds."""
    one, other = (curve.half_time()[:PILOT] for curve in curves())
    return float(np.std(other - one, ddof=1))


def _runs(error: float) -> float:
    return math.ceil((_spread() / error) ** 2)


def _slower() -> str:
    change = compared().half.change
    return "c" if not change.is_clear else "b" if change.value > 0 else "a"


def _one_thing() -> str:
    others = {"a": (8 * 0.10, 10), "b": (8 * 0.05, 10), "c": (8 * 0.05, 20)}
    return next(key for key, other in others.items() if other == (4 * 0.10, 10))


def _claim() -> str:
    span = compared().half.change.interval
    return "c" if span is not None and span.low > 0 else "b"


def _example() -> Project:
    return Project(
        question="Do links to near neighbours slow the news down?",
        prediction="The half-time is later, because near neighbours tell each other twice.",
        one=REGULAR,
        other=MOVED,
        limits="One size, one degree, and everybody shares equally readily.",
        change_of_mind="An interval of the difference that holds zero or less.",
    )


def _with(**changed: object) -> Callable[[], Project]:
    """Return what makes a project that lacks something."""
    return lambda: replace(_example(), **changed)  # type: ignore[arg-type]


def _repeats() -> str:
    again = simulate(Setup.from_json(REGULAR.to_json()), replicas=3).counts
    return "b" if np.array_equal(again, curves()[0].counts[:3]) else "c"


ANSWERS = {
    "9.P1": Answers(_slower),
    "9.1": Answers(_one_thing),
    "9.2": Answers(
        lambda: _runs(WANTED),
        {
            "no square": lambda: math.ceil(_spread() / WANTED),
            "the pilot": lambda: PILOT,
            "half-width": lambda: math.ceil((1.96 * _spread() / WANTED) ** 2),
        },
    ),
    "9.3": Answers(
        lambda: compared().half.change.value,
        {
            "first pair": lambda: float(curves()[1].half_time()[0] - curves()[0].half_time()[0]),
            "turned around": lambda: -compared().half.change.value,
            "the half-time": lambda: compared().half.other,
        },
    ),
    "9.4": Answers(_claim),
    "9.5": Answers(
        _example,
        {
            "two things differ": _with(other=replace(MOVED, n_seeds=20)),
            "nothing differs": _with(other=replace(REGULAR, seed=2)),
            "something else differs": _with(changed="n_seeds"),
            "few runs": _with(one=replace(REGULAR, replicas=5), other=replace(MOVED, replicas=5)),
            "no prediction": _with(prediction="Slower."),
            "no doubt": _with(limits="None."),
            "no question": _with(question="Networks?"),
        },
        judge=judged,
    ),
    "9.6": Answers(_repeats),
}
