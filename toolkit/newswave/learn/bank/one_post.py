"""Lesson 1: one post, forty readers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.learn.items import Answers, between

# Facts: a village of forty agents, and what its runs show.

FORTY = Setup(n_agents=40, network=RandomRegular(4), sharing=SameForAll(0.15), n_seeds=1,
              rounds=30, replicas=5, seed=1)  # fmt: skip
"""The village of the lesson: forty agents with four neighbours each."""

READY = 0.6
MANY = 200


@cache
def five() -> Curve:
    """Return the five runs of the lesson."""
    return simulate(FORTY)


@cache
def median_half(share_probability: float) -> float:
    """Return the median half-time of many runs, in rounds."""
    setup = replace(FORTY, sharing=SameForAll(share_probability))
    return float(np.median(simulate(setup, replicas=MANY).half_time()))


def first() -> Any:
    """Return how many have shared by each round of the first run."""
    return five().counts[0]


def _chance(exposure: int) -> float:
    return float(FORTY.table(4).probabilities[0, exposure])


def _shape() -> str:
    """Return which shape the first run has: where its growth is fastest says it."""
    new = np.diff(first())
    busy = new[: int(np.argmax(first() == FORTY.n_agents))]
    third = len(busy) // 3
    start, middle, end = busy[:third].sum(), busy[third:-third].sum(), busy[-third:].sum()
    if middle > start and middle > end:
        return "c"
    return "b" if end > middle else "d"


def _five_times() -> str:
    """Return what five runs of one setup have in common: all, the end alone, or nothing."""
    if (five().counts[:, -1] < FORTY.n_agents).any():
        return "c"
    return "b" if np.ptp(five().half_time()) >= 1 else "a"


def _faster() -> str:
    ratio = median_half(READY) / median_half(FORTY.sharing.share_probability)  # type: ignore[attr-defined]
    quarter = FORTY.sharing.share_probability / READY  # type: ignore[attr-defined]
    return between((0.9, 1.1), ratio / quarter, "cab")


ANSWERS = {
    "1.P1": Answers(_shape),
    "1.1": Answers(
        np.diff,
        {
            "running sum": lambda counts: np.cumsum(counts)[1:],
            "the total": lambda counts: np.asarray(counts)[1:],
            "with the start": lambda counts: np.diff(counts, prepend=0),
            "backwards": lambda counts: -np.diff(counts),
        },
        cases=(([1, 3, 6, 8],), ([2, 2, 5, 9, 10],)),
    ),
    "1.2": Answers(
        lambda: float(five().half_time()[0]),
        {
            "round of most news": lambda: float(np.argmax(np.diff(first())) + 1),
            "end": lambda: float(np.argmax(first() == FORTY.n_agents)),
            "agents": lambda: FORTY.n_agents / 2,
        },
    ),
    "1.3": Answers(
        lambda: _chance(2),
        {
            "added": lambda: 2 * _chance(1),
            "both": lambda: _chance(1) ** 2,
            "one": lambda: _chance(1),
            "silent": lambda: (1 - _chance(1)) ** 2,
        },
    ),
    "1.P3": Answers(_five_times),
    "1.4": Answers(
        lambda: (float(five().half_time().min()), float(five().half_time().max())),
        {
            "one run": lambda: (five().half_time()[0],) * 2,
            "turned around": lambda: (five().half_time().max(), five().half_time().min()),
            "the end": lambda: tuple(
                float(one) for one in np.sort(np.argmax(five().counts == 40, axis=1))[[0, -1]]
            ),
        },
    ),
    "1.P2": Answers(_faster),
    "1.5": Answers(
        lambda: median_half(READY),
        {
            "unchanged": lambda: median_half(0.15),
            "a quarter": lambda: median_half(0.15) / 4,
            "times four": lambda: median_half(0.15) * 4,
        },
    ),
    "1.6": Answers(lambda: "a" if _chance(0) == 0 else "b"),
    "1.7": Answers(lambda: "a" if np.diff(first())[-1] == 0 else "b"),
    "1.8": Answers(lambda: "a" if np.array_equal(simulate(FORTY).counts, five().counts) else "b"),
}
