"""The made worlds of lesson 6, and what the methods of the lesson find in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave import meanfield
from newswave.comparing import one_or_two
from newswave.curve import Curve
from newswave.datasets import physicians
from newswave.decisionrates import rates
from newswave.ensemble import decisions, simulate
from newswave.fitting.fits import Fit, fit, fit_each
from newswave.fitting.methods import ChainBinomial, LeastSquares, Method, Observed
from newswave.fitting.models import Mixing, OneRate, OnNetwork, TwoRates, WellMixed
from newswave.mixes import TwoGroups
from newswave.recipes import Complete, RandomRegular
from newswave.rules import ByGroup, SameForAll
from newswave.setups import Setup
from newswave.sharing import hazard, share_probability
from newswave.verdicts import Choice, Verdict

Floats = npt.NDArray[np.float64]

FESTIVAL = Setup(n_agents=500, network=RandomRegular(8), mix=TwoGroups(0.4),
                 sharing=ByGroup(0.15, 0.015), n_seeds=10, rounds=60, replicas=1,
                 seed=1)  # fmt: skip
"""Two groups whose rates differ tenfold."""

POWER_CUT = Setup(n_agents=500, network=RandomRegular(3), sharing=SameForAll(0.13), n_seeds=10,
                  rounds=60, replicas=1, seed=9)  # fmt: skip
"""All agents alike, three neighbours each."""

MATCH = Setup(n_agents=120, network=RandomRegular(8), mix=TwoGroups(0.5),
              sharing=ByGroup(0.15, 0.03), n_seeds=3, rounds=20, replicas=1, seed=35)  # fmt: skip
"""Two groups whose rates differ fivefold, few agents, few rounds."""

POSTS = {"festival": FESTIVAL, "power cut": POWER_CUT, "match": MATCH}
"""How the three posts of the lesson were made: look at it afterwards."""

DEGREES = {"festival": 8, "power cut": 3, "match": 8}
"""How many neighbours the readers of each post have; this much is known."""

CHAT = Setup(n_agents=200, network=Complete(), sharing=SameForAll(0.002), n_seeds=5, rounds=40,
             replicas=200, seed=1)  # fmt: skip
"""Two hundred chats of two hundred members, in which everybody sees every post."""

ALIKE = Setup(n_agents=500, network=RandomRegular(3), sharing=SameForAll(0.13), n_seeds=10,
              rounds=60, replicas=100, seed=1)  # fmt: skip
"""A hundred runs in which all agents are alike."""

NOMINAL = 1.92
"""How far below its best a log-likelihood may lie within an interval called 95 %."""

BOOTSTRAP = 99
_REPEATS = 20


def three_posts() -> dict[str, Curve]:
    """Return the curves of the three posts, without a word on who their readers are.

    Examples
    --------
    >>> {name: curve.n_agents for name, curve in three_posts().items()}
    {'festival': 500, 'power cut': 500, 'match': 120}
    """
    return {name: Curve(simulate(setup).counts, setup.n_agents) for name, setup in POSTS.items()}


@cache
def one_rate_fit() -> Fit:
    """Return the best single rate for the festival, by least squares on its network."""
    return fit(three_posts()["festival"], OneRate(OnNetwork(DEGREES["festival"])), LeastSquares())


def longest_stretch(residuals: Any) -> int:
    """Return for how many rounds in a row residuals keep their sign at most.

    Examples
    --------
    >>> longest_stretch([0.1, 0.2, -0.1, -0.1, -0.3, 0.2])
    3
    """
    signs = np.sign(np.asarray(residuals, float))
    ends = np.flatnonzero(np.diff(signs))
    return int(np.diff([-1, *ends, len(signs) - 1]).max())


def coin_stretch() -> float:
    """Return the longest stretch that 95 % of as many tosses of a coin stay below or at."""
    tosses = np.random.default_rng(1).choice([-1.0, 1.0], (400, one_rate_fit().curve.size))
    return float(np.quantile([longest_stretch(row) for row in tosses], 0.95))


@dataclass(frozen=True)
class Waves:
    """What the right equation leaves over of runs: the usual longest stretch, the largest miss."""

    stretch: float
    largest: float


@cache
def alike_waves() -> Waves:
    """Return the waves of alike agents who have the festival's best single rate.

    Examples
    --------
    >>> alike_waves().stretch > coin_stretch()
    True
    """
    one = one_rate_fit()
    chance = float(share_probability(one.estimates["rate"]))
    runs = simulate(replace(FESTIVAL, sharing=SameForAll(chance), replicas=50, seed=2))
    seen = Observed.each(runs)
    fitted = fit_each(seen, one.model, LeastSquares())
    shared, _ = one.model.curves(fitted.z, seen.start, seen.n_rounds)
    residuals = (seen.fraction - shared)[:, 1:]
    stretches = [longest_stretch(row) for row in residuals]
    return Waves(float(np.median(stretches)), float(np.abs(residuals).max()))


@cache
def chats() -> Curve:
    """Return the two hundred chats."""
    return simulate(CHAT)


@cache
def coverage(method: Method) -> float:
    """Return how many of the chats' intervals called 95 % hold the true rate, as a fraction."""
    degree = CHAT.n_agents - 1
    truth = float(hazard(CHAT.table(1).probabilities[0, 1]))
    grid = truth * np.exp(np.linspace(-1, 1, 401))
    seen = Observed.each(chats())
    model = OneRate(OnNetwork(degree))
    shared, slopes = model.curves(
        np.log(grid)[:, None], np.full(grid.size, seen.start[0]), seen.n_rounds
    )
    held = 0
    for run in range(chats().runs):
        value = method.scores(seen, np.full(grid.size, run), shared, slopes)[0]
        likelihood = method.log_likelihood(seen, value)
        inside = grid[likelihood > likelihood.max() - NOMINAL]
        held += bool(inside[0] <= truth <= inside[-1])
    return held / chats().runs


def r_squared() -> float:
    """Return the median R² of the least-squares fits to the chats."""
    seen = Observed.each(chats())
    model = OneRate(OnNetwork(CHAT.n_agents - 1))
    value = fit_each(seen, model, LeastSquares()).value
    spread = ((seen.fraction - seen.fraction.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return float(np.median(1.0 - 2.0 * value / spread))


def keeps_its_side() -> float:
    """Return how often a run above (or below) the mean is there in the next round, too."""
    apart = np.sign(chats().counts - chats().mean)[:, 5:20]
    return float((apart[:, 1:] == apart[:, :-1]).mean())


def step_log_likelihood(q: float, counts: Any, n_agents: int) -> float:
    """Return the log-likelihood of one run of a chat, round by round from what was seen.

    Examples
    --------
    >>> round(step_log_likelihood(0.01, [10, 14, 20], 100), 2)
    -41.47
    """
    counts = np.asarray(counts, float)
    before, new = counts[:-1], np.diff(counts)
    chance = 1 - (1 - q) ** before
    silent = n_agents - before - new
    return float((new * np.log(chance) + silent * before * np.log1p(-q)).sum())


def with_coefficients(q: float, counts: Any, n_agents: int) -> float:
    """Return the same with the binomial coefficients, which do not depend on q.

    >>> round(with_coefficients(0.01, [10, 14, 20], 100), 2)
    -6.75
    """
    from scipy.stats import binom

    now, new = np.asarray(counts)[:-1], np.diff(counts)
    return float(binom.logpmf(new, n_agents - now, -np.expm1(now * np.log1p(-q))).sum())


def bend(runs: Curve, mixing: Mixing, method: Method) -> Floats:
    """Return 2 (ln L two rates − ln L one rate) of each run by itself."""
    seen = Observed.each(runs)
    one, two = (
        method.log_likelihood(seen, fit_each(seen, kind(mixing), method).value)
        for kind in (OneRate, TwoRates)
    )
    return np.asarray(2 * (two - one))


@cache
def two_wins(mixing: Mixing, method: Method) -> float:
    """Return in how many of the runs of alike agents AIC calls two rates, as a fraction."""
    return float((bend(simulate(ALIKE), mixing, method) > 4).mean())


def aic_choice(name: str, mixing: Mixing) -> str:
    """Return which model of a post has the smaller AIC, by likelihood."""
    won = bend(three_posts()[name], mixing, ChainBinomial())[0] > 4
    found: str = (Choice.TWO_RATES if won else Choice.ONE_RATE).value
    return found


@cache
def verdict(name: str) -> Verdict:
    """Return the calibrated verdict on a post, or on the physicians."""
    if name == "physicians":
        return one_or_two(physicians(), replicas=BOOTSTRAP)
    post, degree = three_posts()[name], DEGREES[name]
    return one_or_two(post, degree=degree, replicas=BOOTSTRAP, contact_rule=True)


@cache
def scatter() -> dict[str, float]:
    """Return how far estimates of the match's fast rate scatter, high over low, by kind of data."""
    each = replace(MATCH, replicas=100)
    longer = replace(each, rounds=2 * MATCH.rounds)
    five = simulate(each, replicas=500).counts.reshape(100, 5, -1)
    found = {
        "longer": _fast(Observed.each(simulate(longer))),
        "five": _fast(Observed.pools(five, MATCH.n_agents)),
        "decisions": np.array([
            rates(decisions(MATCH, first=run, replicas=1))[0].rate for run in range(_REPEATS)
        ]),
    }  # fmt: skip
    ends = {kind: np.quantile(some, [0.05, 0.95]) for kind, some in found.items()}
    return {kind: float(high / low) for kind, (low, high) in ends.items()}


def _fast(seen: Observed) -> Floats:
    model = TwoRates(OnNetwork(DEGREES["match"]))
    return np.asarray(fit_each(seen, model, ChainBinomial()).estimates[:, 0])


@cache
def mixed_ahead() -> float:
    """Return by how many rounds the well-mixed half-time comes before that of alike agents."""
    rate = float(hazard(ALIKE.table(1).probabilities[0, 1]))
    times = np.arange(ALIKE.rounds + 1.0)
    mixed = meanfield.one_rate(rate, 3, ALIKE.n_seeds / ALIKE.n_agents, times)
    agents = float(np.median(simulate(ALIKE).half_time()))
    return agents - float(np.interp(0.5, mixed, times))


WELL_MIXED = WellMixed(3)
ON_NETWORK = OnNetwork(3)
