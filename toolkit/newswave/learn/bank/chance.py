"""Lesson 4: chance."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.equivalents import same_contact_pressure
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard
from newswave.core.simulation import simulate
from newswave.equations import well_mixed
from newswave.equations.on_network import predict
from newswave.learn.items import Answers, between, nearest

# Facts: a city of a thousand agents, and how far its runs spread.

CHANCE = 0.05
CITY = Setup(n_agents=1000, sharing=SameForAll(CHANCE), n_seeds=1, rounds=60, replicas=200, seed=1)
"""The city of the lesson: a thousand agents with eight neighbours each."""

MORE = 0.0525
"""A share probability that is a little higher."""

ENOUGH = 0.95
"""The fraction of runs that counts as nearly every one."""

RISE = np.array([0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0])
STEEP = np.array([0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0])
AROUND = np.arange(-2, 3)


@cache
def runs(n_seeds: int, share_probability: float = CHANCE, seed: int = 1) -> Curve:
    """Return the lesson's runs."""
    sharing = SameForAll(share_probability)
    return simulate(replace(CITY, n_seeds=n_seeds, sharing=sharing, seed=seed))


def spread(n_seeds: int) -> float:
    """Return the standard deviation of the half-times, in rounds."""
    return float(runs(n_seeds).half_time().std(ddof=1))


def steepest(fraction: Any) -> Any:
    """Return the largest step of each row."""
    return np.diff(np.atleast_2d(fraction), axis=1).max(axis=1)


def needed(sd: float, error: float) -> int:
    """Return how many runs bring the standard error of a mean down to `error`."""
    return math.ceil((sd / error) ** 2)


def aligned(run: Any, half_time: float, offsets: Any) -> Any:
    """Return a run's fractions at so many rounds before and after its half-time."""
    return np.interp(half_time + offsets, np.arange(len(run)), run)


def differences(seed: int) -> Any:
    """Return how much earlier each run with the higher probability reaches half."""
    return runs(10).half_time() - runs(10, MORE, seed).half_time()


def more_runs() -> float:
    """Return how many times as many runs luck of one's own asks for."""
    return float((differences(2).std(ddof=1) / differences(1).std(ddof=1)) ** 2)


def _end() -> str:
    ends = [predict(replace(CITY, sharing=SameForAll(q), rounds=300)).fraction[-1]
            for q in (CHANCE, 2 * CHANCE)]  # fmt: skip
    return "c" if abs(ends[1] - ends[0]) < 0.01 else "a"


def _degrees() -> str:
    few, many = (predict(same_contact_pressure(CITY, k)).fraction for k in (3, 16))
    if np.abs(few - many).max() < 0.01:
        return "c"
    return "b" if np.argmax(many >= 0.5) < np.argmax(few >= 0.5) else "a"


def _sharper() -> str:
    """Return what more runs do to the gap between a well-mixed equation and the runs."""
    times = np.linspace(0, 60, 6001)
    curve = well_mixed.one_rate(float(hazard(CHANCE)), 8, 0.01, times)
    halves = simulate(replace(CITY, n_seeds=10, replicas=1000)).half_time()
    few, many = (halves[:n].mean() - np.interp(0.5, curve, times) for n in (10, 1000))
    return "b" if many > 0.8 * few else "a"


def _mean_is_flatter() -> str:
    alone, mean = steepest(runs(1).fraction), steepest(runs(1).mean / CITY.n_agents)
    if np.mean(alone > mean) > ENOUGH:
        return "c"
    return "b" if np.mean(alone < mean) > ENOUGH else "a"


def _way() -> str:
    """Return whether one run takes as long from 10 % to 90 % as the mean curve."""
    rounds = runs(1).rounds

    def way(line: Any) -> float:
        return float(np.diff(np.interp((0.1, 0.9), line, rounds))[0])

    typical = float(np.median([way(run) for run in runs(1).fraction]))
    ratio = typical / way(runs(1).mean / CITY.n_agents)
    return between((0.95, 1.05), ratio)


ANSWERS = {
    "4.1": Answers(_end),
    "4.2": Answers(_degrees),
    "4.P1": Answers(lambda: between((1e-9, 3, 10), np.ptp(runs(1).half_time()), "abcd")),
    "4.P2": Answers(
        lambda: nearest(spread(4) / spread(1), {"a": 1.0, "b": 0.25, "c": 0.5, "d": 2.0})
    ),
    "4.3": Answers(
        lambda: spread(10),
        {
            "one seed agent": lambda: spread(1),
            "height, not time": lambda: float(100 * runs(10).fraction[:, 16].std(ddof=1)),
            "of the mean": lambda: spread(10) / math.sqrt(CITY.replicas),
            "range": lambda: float(np.ptp(runs(10).half_time())),
        },
    ),
    "4.4": Answers(
        needed,
        {
            "no square": lambda sd, error: math.ceil(sd / error),
            "95 %": lambda sd, error: math.ceil((1.96 * sd / error) ** 2),
            "not rounded up": lambda sd, error: (sd / error) ** 2,
            "rounded down": lambda sd, error: math.floor((sd / error) ** 2),
            "upside down": lambda sd, error: math.ceil((error / sd) ** 2),
        },
        cases=((1.0, 0.25), (3.0, 0.5), (2.0, 0.3)),
    ),
    "4.P3": Answers(_sharper),
    "4.P4": Answers(_mean_is_flatter),
    "4.5": Answers(
        aligned,
        {
            "the wrong way": lambda run, half, offsets: np.interp(
                offsets - half, range(len(run)), run
            ),
            "mirrored": lambda run, half, offsets: np.interp(half - offsets, range(len(run)), run),
            "not moved": lambda run, _, offsets: np.interp(offsets, range(len(run)), run),
            "whole rounds": lambda run, half, offsets: run[np.round(half).astype(int) + offsets],
        },
        cases=((STEEP, 3.0, AROUND), (RISE, 3.0 + 2 / 3, AROUND)),
    ),
    "4.P5": Answers(lambda: between((1, CITY.replicas / 4), (differences(1) < 0).sum())),
    "4.6": Answers(
        more_runs,
        {
            "no square": lambda: math.sqrt(more_runs()),
            "upside down": lambda: 1 / more_runs(),
            "means": lambda: float(differences(2).mean() / differences(1).mean()),
        },
    ),
    "4.7": Answers(lambda: between((0.9, 1.1), spread(1) / spread(100), "bca")),
    "4.8": Answers(
        lambda: float(100 * needed(0.3, 0.1)),
        {
            "three times": lambda: 100 * 0.3 / 0.1,
            "root": lambda: 100 * math.sqrt(0.3 / 0.1),
            "the factor": lambda: float(needed(0.3, 0.1)),
        },
    ),
    "4.9": Answers(_way),
}
