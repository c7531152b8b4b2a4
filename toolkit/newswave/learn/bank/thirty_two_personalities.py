"""Lesson 5: thirty-two personalities."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.equivalents import average_person
from newswave.core.population import (
    EXAGGERATED,
    LITERATURE,
    PROFILES,
    IndependentTraits,
    Mix,
    OneProfile,
    Profile,
    Trait,
    TraitEffects,
    TwoGroups,
)
from newswave.core.rules import ByGroup, ByTraits, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard, share_probability
from newswave.core.simulation import simulate
from newswave.core.statistics import expit, logit
from newswave.equations.fit import fit
from newswave.equations.models import OnNetwork, TwoRates
from newswave.equations.on_network import predict
from newswave.learn.items import Answers, Function, Remark, between, passes

# Facts: towns of several mixes, and what a curve shows of who lives there.

BASELINE = 0.05
READY = Profile.from_code("O+C-E+A-N-")
WANTED = 20.0
"""The round by which the designed crowd is to reach 90 %."""

MIXED = Setup(mix=TwoGroups(0.5), sharing=ByGroup(0.15, 0.015), rounds=100, replicas=100)
"""Half of the agents are ready to share, half are not."""

NOVELTY = Setup(mix=TwoGroups(0.13), sharing=SameForAll(0.15), repeat_ratio=0.2, rounds=60,
                replicas=200)  # fmt: skip
"""Everybody is alike, and news convinces most when it is new. The groups are labels only."""


@cache
def round_of(setup: Setup, level: float) -> float:
    """Return the round in which the equation of a setup passes a level."""
    return passes(predict(setup).fraction, level)


def chance(effects: TraitEffects, profile: Profile) -> float:
    """Return a profile's share probability for neutral news."""
    groups = OneProfile(profile).groups
    rule = ByTraits(BASELINE, effects)
    return float(rule.table(groups, MIXED.event, 1).probabilities[0, 1])


def odds_moved(shift: float) -> float:
    """Return the baseline with its log-odds moved."""
    return float(expit(logit(np.array(BASELINE)) + shift))


def town(mix: Mix) -> Setup:
    """Return the town of the design task, with a crowd put into it."""
    return Setup(mix=mix, sharing=ByTraits(BASELINE, EXAGGERATED), rounds=60, replicas=50)


def reached(setup: Setup) -> float:
    """Return the round in which the mean of a setup's runs passes 90 %."""
    return passes(simulate(setup).mean / setup.n_agents, 0.9)


@cache
def twin() -> tuple[float, float, float]:
    """Return q_fast, q_slow and p of the two groups whose curve is that of `NOVELTY`."""
    estimates = fit(simulate(NOVELTY), TwoRates(OnNetwork(8))).estimates
    fast, slow = (float(share_probability(estimates[name])) for name in ("fast_rate", "slow_rate"))
    return fast, slow, estimates["fast_fraction"]


def groups_apart(curve: Curve) -> float:
    """Return how far the curves of two groups lie apart at most."""
    assert curve.by_group is not None
    by_group = curve.by_group.mean(axis=0)
    one, other = (by_group / by_group[-1]).T
    return float(np.abs(one - other).max())


@cache
def kinds() -> Setup:
    """Return the town of two kinds of agents whose curve is that of `NOVELTY`."""
    fast, slow, p = twin()
    return Setup(mix=TwoGroups(p), sharing=ByGroup(fast, slow), rounds=60, replicas=100)


@cache
def labelled() -> tuple[float, float]:
    """Return how far groups lie apart: where everybody is alike, and where two kinds differ."""
    return groups_apart(simulate(NOVELTY)), groups_apart(simulate(kinds()))


def levels(n: int) -> tuple[bool, ...]:
    """Return whether each trait of profile n is high, in the order O, C, E, A, N."""
    return Profile.from_index(n).levels


def _nearest(value: float, options: dict[str, float]) -> str:
    return min(options, key=lambda letter: abs(math.log(value / options[letter])))


def _extravert() -> str:
    low, high = (chance(LITERATURE, Profile.from_code(f"O+C+E{sign}A+N+")) for sign in "-+")
    return _nearest(float(hazard(high) / hazard(low)), {"a": 5.0, "b": 2.5, "c": 1.2})


def _mix_or_average() -> str:
    late, early = (round_of(MIXED, at) - round_of(average_person(MIXED), at) for at in (0.9, 0.1))
    if late < -1:
        return "d"
    return "a" if late < 1 else "c" if early < 0.2 * late else "b"


def _what_a_fit_finds() -> str:
    fast, slow, p = twin()
    close = fit(simulate(NOVELTY), TwoRates(OnNetwork(8))).rmse < 0.01
    two = fast > 2 * slow and 0.05 < p < 0.95
    return "b" if close and two else "c" if close else "a"


def _who_differs() -> str:
    letters = {(True, True): "a", (False, True): "b", (False, False): "c", (True, False): "d"}
    alike, different = labelled()
    return letters[alike > 0.1, different > 0.1]


def _too_early() -> str:
    fast, slow = (float(share_probability(rate)) for rate in (0.1, 0.02))
    setup = Setup(mix=TwoGroups(0.5), sharing=ByGroup(fast, slow), rounds=200)
    gap = round_of(average_person(setup), 0.9) - round_of(setup, 0.9)
    return between((-1, 1), gap, "acb")


def _what_helps() -> str:
    alike, different = labelled()
    totals = np.abs(predict(NOVELTY).fraction - predict(kinds()).fraction).max()
    return "c" if totals < 0.01 and different - alike > 0.1 else "a"


_ALL = Function(tuple((n,) for n in range(32)), 0.1)


def _judge_levels(answer: Any) -> str | Remark:
    given = _ALL.read(answer)
    if given.shape != (160,):
        return Remark("too few")
    right = _ALL.read(levels).reshape(32, 5)
    rows = given.reshape(32, 5)
    turned = {"backwards": right[:, ::-1], "swapped": 1 - right, "halves": right - 0.5}
    for name, wanted in {"right": right, **turned}.items():
        if np.allclose(rows, wanted):
            return name
    seen: dict[tuple[float, ...], int] = {}
    for n, row in enumerate(map(tuple, rows.tolist())):
        if row in seen:
            return Remark("alike", {"one": seen[row], "other": n})
        seen[row] = n
    first = int(np.argmax((rows != right).any(axis=1)))
    return Remark("mixed", {"number": first, "levels": right[first].astype(int).tolist()})


def _judge_mix(answer: Any) -> str | Remark:
    if isinstance(answer, type) or not isinstance(answer, Mix):
        return Remark("no mix", is_read=False)
    setup = town(answer)
    rates = setup.table(1).contact_rates()
    present = np.array([group.weight > 0 for group in setup.mix.groups])
    if rates is None or np.ptp(rates[present]) < 1e-9:
        return "alike"
    at, average = reached(setup), reached(average_person(setup))
    if abs(at - WANTED) <= 1:
        return "right"
    if abs(average - WANTED) <= 1:
        return "by the average person"
    if math.isnan(at):
        return "too slow"
    return Remark("late" if at > WANTED else "early", {"at": at})


def _alone(share: float) -> float:
    return round_of(Setup(sharing=SameForAll(share), rounds=300), 0.9)


_SHIFT = float(READY.signs @ EXAGGERATED.values)

ANSWERS = {
    "5.1": Answers(
        lambda: float(hazard(0.15)),
        {
            "the probability": lambda: 0.15,
            "the other way": lambda: float(share_probability(0.15)),
            "log of q": lambda: -math.log(0.15),
        },
    ),
    "5.2": Answers(
        lambda: 1.2 / math.sqrt(200),
        {
            "single runs": lambda: 1.2,
            "no root": lambda: 1.2 / 200,
        },
    ),
    "5.P1": Answers(
        lambda: float(3 ** len(Trait)),
        {
            "half as many more": lambda: len(PROFILES) * 3 / 2,
            "added": lambda: 3.0 * len(Trait),
            "turned around": lambda: float(len(Trait) ** 3),
            "two levels": lambda: float(len(PROFILES)),
        },
    ),
    "5.3": Answers(
        lambda: levels,
        {
            "backwards": lambda: lambda n: levels(n)[::-1],
            "swapped": lambda: lambda n: [1 - high for high in levels(n)],
            "halves": lambda: lambda n: [high - 0.5 for high in levels(n)],
        },
        judge=_judge_levels,
    ),
    "5.P2": Answers(_extravert),
    "5.4": Answers(
        lambda: chance(EXAGGERATED, READY),
        {
            "whole effects": lambda: odds_moved(2 * _SHIFT),
            "signs lost": lambda: chance(EXAGGERATED, PROFILES[31]),
            "odds as chance": lambda: BASELINE * math.exp(_SHIFT),
            "added": lambda: BASELINE + _SHIFT,
            "log-odds": lambda: math.log(BASELINE / (1 - BASELINE)) + _SHIFT,
        },
    ),
    "5.P3": Answers(_mix_or_average),
    "5.5": Answers(
        lambda: round_of(MIXED, 0.9),
        {
            "average person": lambda: round_of(average_person(MIXED), 0.9),
            "half": lambda: round_of(MIXED, 0.5),
            "mean of two cities": lambda: (_alone(0.15) + _alone(0.015)) / 2,
        },
    ),
    "5.P4": Answers(_what_a_fit_finds),
    "5.P5": Answers(_who_differs),
    "5.6": Answers(
        lambda: IndependentTraits(agreeableness=0.3),
        {
            "alike": lambda: OneProfile(READY),
            "by the average person": lambda: IndependentTraits(extraversion=0.32),
            "too slow": lambda: TwoGroups(0.15),
        },
        judge=_judge_mix,
    ),
    "5.7": Answers(lambda: _nearest(odds_moved(0.45), {"a": 0.95, "b": 0.076, "c": 0.095})),
    "5.8": Answers(_too_early),
    "5.9": Answers(_what_helps),
}
