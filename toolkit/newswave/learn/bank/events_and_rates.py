"""Lesson 8: events and rates."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.events import Event, event, library
from newswave.core.population import PROFILES, Effect, IndependentTraits, OneProfile
from newswave.core.rules import ByTraits, SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.fit import fit
from newswave.equations.models import OneRate, OnNetwork
from newswave.learn.items import Answers, between, nearest

Floats = npt.NDArray[np.float64]

# Facts: the eight reports, their rates and ranks, and what chance does to them.

CHANCE = 0.05
LEVEL = 0.05
TESTS = 20
APART = 0.8
CLEAR = 0.3
CLASS = 30

_SERVICE = {
    "short-power-cut": 0.9,
    "library-reopens": 0.65,
    "planned-power-cut": 0.45,
    "first-snow": 0.2,
}
_LEISURE = {
    "cup-final-draw": 0.3,
    "marathon-result": 0.1,
    "faint-comet": -0.2,
    "harvest-fair": -0.4,
}
_SOURCE = "chosen for lesson 8, so that there is something to find; nobody measured it"


def sealed_reports() -> tuple[Event, ...]:
    """Return the lesson's eight reports, four of service and four of leisure, in no telling order.

    Their words are the library's. Their offsets were chosen for the lesson.

    Examples
    --------
    >>> [len(report.text) for report in sealed_reports()]
    [89, 105, 127, 106, 118, 92, 126, 114]
    """
    chosen = sorted((_SERVICE | _LEISURE).items())
    return tuple(replace(event(name), offset=Effect(v, _SOURCE)) for name, v in chosen)


def is_service() -> npt.NDArray[np.bool_]:
    """Return which of the eight reports are of service."""
    return np.array([report.id in _SERVICE for report in sealed_reports()])


def setup(news: Event, seed: int) -> Setup:
    """Return the run from which a report's rate is found."""
    return Setup(n_agents=500, mix=OneProfile(PROFILES[0]), sharing=SameForAll(CHANCE), event=news,
                 n_seeds=10, rounds=60, replicas=1, seed=seed)  # fmt: skip


@cache
def rates() -> Floats:
    """Return the fitted rate of each report, per contact and round."""
    model = OneRate(OnNetwork(8))
    runs = [simulate(setup(news, seed)) for seed, news in enumerate(sealed_reports())]
    return np.array([fit(run, model).estimates["rate"] for run in runs])


def lengths() -> Floats:
    """Return the characters of each report."""
    return np.array([float(len(report.text)) for report in sealed_reports()])


def ranks(values: Any) -> Floats:
    """Return the rank of each value, 0 for the smallest."""
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def pearson(x: Any, y: Any) -> float:
    """Return Pearson's correlation."""
    return float(np.corrcoef(x, y)[0, 1])


def spearman(x: Any, y: Any) -> float:
    """Return the correlation of the ranks."""
    return pearson(ranks(x), ranks(y))


@cache
def by_luck(count: int) -> Floats:
    """Return the rank correlation of every order of some things with their first order."""
    orders = np.array(list(itertools.permutations(range(count))), float)
    middle = (count - 1) / 2
    return (orders - middle) @ (np.arange(count) - middle) / (count * (count**2 - 1) / 12)


def p_value(rho: float, count: int, sided: Callable[[Floats], Floats] = np.abs) -> float:
    """Return how often luck makes a correlation at least as large; both signs unless said."""
    return float((sided(by_luck(count)) >= sided(np.array([rho]))[0] - 1e-9).mean())


def overall() -> float:
    """Return the rank correlation of length and rate over all eight reports."""
    return spearman(lengths(), rates())


def within() -> tuple[float, float]:
    """Return the rank correlations within service and within leisure."""
    one = is_service()
    return (spearman(lengths()[one], rates()[one]), spearman(lengths()[~one], rates()[~one]))


def stratified_p(sided: Callable[[Floats], Floats] = np.abs) -> float:
    """Return how often luck within the groups makes as large a mean correlation."""
    mean = np.add.outer(by_luck(4), by_luck(4)) / 2
    seen = sided(np.array([np.mean(within())]))[0]
    return float((sided(mean) >= seen - 1e-9).mean())


def moved(offset: float) -> float:
    """Return the share probability that an offset makes of the lesson's."""
    news = replace(sealed_reports()[0], offset=Effect(offset, _SOURCE))
    return float(setup(news, 0).table(1).probabilities[0, 1])


def cited() -> float:
    """Return the one offset of the library that is not chosen."""
    return max(known.offset.value for known in library() if not known.offset.chosen)


@cache
def luck_of_a_pair() -> float:
    """Return the standard deviation of the difference of two half-times of one event."""
    quiet = Setup(n_agents=500, mix=IndependentTraits(), sharing=ByTraits(), replicas=50, rounds=50)
    return float(np.sqrt(2) * simulate(quiet).half_time().std())


def chosen_side() -> float:
    """Return how often a one-sided test in the direction that was seen first finds something."""
    sizes = np.unique(by_luck(8).round(9))
    least = next(s for s in sizes if p_value(float(s), 8, np.positive) < LEVEL)
    return float((np.abs(by_luck(8)) > least - 1e-9).mean())


def _sign(rho: float) -> str:
    return between((-CLEAR, CLEAR), rho, "cba")


def _inside() -> str:
    one, other = (_sign(rho) for rho in within())
    return one if one == other else "b"


_CASES = (
    ([3.0, 1.0, 2.0, 10.0], [0.2, 0.1, 0.4, 0.8]),
    ([114, 118, 126, 127, 89, 92, 105, 106], [0.13, 0.10, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03]),
)


ANSWERS = {
    "8.1": Answers(
        lambda: moved(cited()),
        {
            "added": lambda: CHANCE + cited(),
            "percent": lambda: CHANCE * (1 + cited()),
            "ratio of chances": lambda: (
                CHANCE * (moved(cited()) / (1 - moved(cited()))) / (CHANCE / (1 - CHANCE))
            ),
        },
    ),
    "8.2": Answers(lambda: "b" if luck_of_a_pair() > APART else "a"),
    "8.P1": Answers(lambda: _sign(overall())),
    "8.P2": Answers(_inside),
    "8.P3": Answers(lambda: nearest(1 - (1 - LEVEL) ** TESTS, {"a": 0.05, "b": 0.33, "c": 0.65})),
    "8.3": Answers(
        spearman,
        {
            "Pearson": pearson,
            "argsort once": lambda x, y: pearson(np.argsort(x), np.argsort(y)),
            "one turned around": lambda x, y: -spearman(x, y),
        },
        cases=_CASES,
    ),
    "8.4": Answers(
        lambda: p_value(overall(), 8),
        {
            "one-sided": lambda: p_value(overall(), 8, np.positive),
            "smaller": lambda: 1 - p_value(overall(), 8),
        },
    ),
    "8.5": Answers(
        stratified_p,
        {
            "over all": lambda: p_value(overall(), 8),
            "one group": lambda: p_value(within()[0], 4),
            "never": lambda: 0.0,
            "one side": lambda: stratified_p(np.positive),
        },
    ),
    "8.6": Answers(
        lambda: TESTS * LEVEL,
        {
            "per test": lambda: LEVEL,
            "at least one": lambda: 1 - (1 - LEVEL) ** TESTS,
            "none": lambda: 0.0,
        },
    ),
    "8.7": Answers(lambda: nearest(chosen_side(), {"a": 0.05, "b": 0.1, "c": 0.5})),
    "8.8": Answers(lambda: "b" if (overall() * np.array(within()) < 0).all() else "a"),
    "8.9": Answers(
        lambda: CLASS * LEVEL,
        {
            "per test": lambda: LEVEL,
            "at least one": lambda: 1 - (1 - LEVEL) ** CLASS,
            "all": lambda: float(CLASS),
        },
    ),
}
