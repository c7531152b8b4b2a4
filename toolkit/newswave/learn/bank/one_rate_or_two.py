"""Lesson 6: one rate or two? Fitting and doubting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.datasets import physicians
from newswave.core.errors import shown
from newswave.core.networks import Complete, RandomRegular
from newswave.core.population import TwoGroups
from newswave.core.rules import ByGroup, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard, share_probability
from newswave.core.simulation import decisions, simulate
from newswave.equations import well_mixed
from newswave.equations.compare import Choice as Says
from newswave.equations.compare import Verdict, one_or_two
from newswave.equations.fit import ChainBinomial, Fit, LeastSquares, Method, Observed, fit, fit_each
from newswave.equations.from_decisions import rates
from newswave.equations.models import Mixing, OneRate, OnNetwork, TwoRates, WellMixed
from newswave.equations.replicates import SURE
from newswave.learn.items import Answers, Remark, Unanswered, between, is_blank

Floats = npt.NDArray[np.float64]

# Facts: the synthetic data of the lesson, and what its methods find in them.

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
    """Return the curves of the three posts, without a word on who their readers are."""
    return {name: Curve(simulate(setup).counts, setup.n_agents) for name, setup in POSTS.items()}


@cache
def one_rate_fit() -> Fit:
    """Return the best single rate for the festival, by least squares on its network."""
    return fit(three_posts()["festival"], OneRate(OnNetwork(DEGREES["festival"])), LeastSquares())


def longest_stretch(residuals: Any) -> int:
    """Return for how many rounds in a row residuals keep their sign at most."""
    signs = np.sign(np.asarray(residuals, float))
    ends = np.flatnonzero(np.diff(signs))
    return int(np.diff([-1, *ends, len(signs) - 1]).max())


def coin_stretch() -> float:
    """Return the longest stretch that 95 % of as many tosses of a coin stay below or at."""
    tosses = np.random.default_rng(1).choice([-1.0, 1.0], (400, one_rate_fit().curve.size))
    return float(np.quantile([longest_stretch(row) for row in tosses], 0.95))


@cache
def alike_waves() -> tuple[float, float]:
    """Return what the right equation leaves over of alike agents with the festival's best rate.

    The usual longest stretch, and the largest miss.
    """
    one = one_rate_fit()
    chance = float(share_probability(one.estimates["rate"]))
    runs = simulate(replace(FESTIVAL, sharing=SameForAll(chance), replicas=50, seed=2))
    seen = Observed.each(runs)
    fitted = fit_each(seen, one.model, LeastSquares())
    shared, _ = one.model.curves(fitted.z, seen.start, seen.n_rounds)
    residuals = (seen.fraction - shared)[:, 1:]
    stretches = [longest_stretch(row) for row in residuals]
    return float(np.median(stretches)), float(np.abs(residuals).max())


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
    shared, gradients = model.curves(
        np.log(grid)[:, None], np.full(grid.size, seen.start[0]), seen.n_rounds
    )
    hits = 0
    for run in range(chats().runs):
        value = method.scores(seen, np.full(grid.size, run), shared, gradients)[0]
        likelihood = method.log_likelihood(seen, value)
        inside = grid[likelihood > likelihood.max() - NOMINAL]
        hits += bool(inside[0] <= truth <= inside[-1])
    return hits / chats().runs


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
    """Return the log-likelihood of one run of a chat, round by round from what was seen."""
    counts = np.asarray(counts, float)
    before, new = counts[:-1], np.diff(counts)
    chance = 1 - (1 - q) ** before
    silent = n_agents - before - new
    return float((new * np.log(chance) + silent * before * np.log1p(-q)).sum())


def with_coefficients(q: float, counts: Any, n_agents: int) -> float:
    """Return the same with the binomial coefficients, which do not depend on q."""
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
def two_wins() -> float:
    """Return in how many of the runs of alike agents the well-mixed AIC calls two rates."""
    return float((bend(simulate(ALIKE), WellMixed(3), LeastSquares()) > 4).mean())


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
    estimates = {
        "longer": _fast(Observed.each(simulate(longer))),
        "five": _fast(Observed.pools(five, MATCH.n_agents)),
        "decisions": np.array([
            rates(decisions(MATCH, first=run, replicas=1))[0].rate for run in range(_REPEATS)
        ]),
    }  # fmt: skip
    ends = {kind: np.quantile(some, [0.05, 0.95]) for kind, some in estimates.items()}
    return {kind: float(high / low) for kind, (low, high) in ends.items()}


def _fast(seen: Observed) -> Floats:
    model = TwoRates(OnNetwork(DEGREES["match"]))
    return np.asarray(fit_each(seen, model, ChainBinomial()).estimates[:, 0])


@cache
def mixed_ahead() -> float:
    """Return by how many rounds the well-mixed half-time comes before that of alike agents."""
    rate = float(hazard(ALIKE.table(1).probabilities[0, 1]))
    times = np.arange(ALIKE.rounds + 1.0)
    mixed = well_mixed.one_rate(rate, 3, ALIKE.n_seeds / ALIKE.n_agents, times)
    agents = float(np.median(simulate(ALIKE).half_time()))
    return agents - float(np.interp(0.5, mixed, times))


def _wave() -> str:
    residuals = one_rate_fit().residuals[1:]
    if abs(np.sign(residuals).mean()) > 0.9:
        return "b"
    return "c" if longest_stretch(residuals) > coin_stretch() else "a"


def rmse(seen: Any, model: Any) -> float:
    """Return the root mean square error."""
    return float(np.sqrt(np.mean((np.asarray(seen) - np.asarray(model)) ** 2)))


def _steps(q: float, counts: Any, at_risk: Any) -> float:
    """Return the log-likelihood with whoever is said to be at risk in each round."""
    counts = np.asarray(counts, float)
    before, new = counts[:-1], np.diff(counts)
    chance = 1 - (1 - q) ** before
    return float((new * np.log(chance) + (at_risk - new) * np.log(1 - chance)).sum())


# Judging: verdicts on the three posts, and what a curve lacks.

SAYS = tuple(one.value for one in Says)


def verdicts() -> dict[str, str]:
    """Return the calibrated verdicts on the three posts."""
    return {name: verdict(name).choice.value for name in DEGREES}


def by_aic(mixing: type[WellMixed | OnNetwork]) -> dict[str, str]:
    """Return what AIC says, by likelihood, with some equations."""
    return {
        name: _two_if(bend(three_posts()[name], mixing(degree), ChainBinomial())[0] > 4)
        for name, degree in DEGREES.items()
    }


def by_p_value() -> dict[str, str]:
    """Return what a p-value under 0.05 or above it would say, whatever could have been seen."""
    return {name: _two_if(verdict(name).p_value < 0.05) for name in DEGREES}


def _two_if(is_two: bool) -> str:
    choice = Says.TWO_RATES if is_two else Says.ONE_RATE
    return str(choice.value)


WRONG_VERDICTS = {
    "mixed": lambda: by_aic(WellMixed),
    "network": lambda: by_aic(OnNetwork),
    "p alone": by_p_value,
}


def judge(answer: Any) -> str | Remark:
    """Return "right", the name of a wrong answer, or which posts to look at again."""
    if not isinstance(answer, Mapping) or set(answer) != set(DEGREES):
        return Remark("no dictionary", is_read=False)
    if any(is_blank(one) for one in answer.values()):
        raise Unanswered
    given = {name: _said(one) for name, one in answer.items()}
    for name in given:
        if given[name] not in SAYS:
            one = shown(getattr(answer[name], "choice", answer[name]), 40)
            return Remark("no verdict", {"given": one}, is_read=False)
    right = verdicts()
    for name, make in {"right": verdicts, **WRONG_VERDICTS}.items():
        if given == make():
            return name
    wrong = [name for name in DEGREES if given[name] != right[name]]
    places = ("first", "second", "third")
    return Remark(("one", "two", "three")[len(wrong) - 1], dict(zip(places, wrong, strict=False)))


def _said(one: Any) -> str:
    """Return one verdict in words, whether it was typed or taken from newswave."""
    one = getattr(one, "choice", one)
    return str(getattr(one, "value", one)).replace("_", " ").strip(" .!").lower()


def _narrowest() -> str:
    widths = scatter()
    return {"longer": "a", "five": "b", "decisions": "c"}[min(widths, key=lambda k: widths[k])]


def _physicians() -> str:
    choice = verdict("physicians").choice
    return {Says.ONE_RATE: "a", Says.TWO_RATES: "b", Says.CANNOT_TELL: "c"}[choice]


def _lacks() -> str:
    stretch, largest = alike_waves()
    if stretch <= coin_stretch():
        return "a"
    return "c" if np.abs(one_rate_fit().residuals).max() > largest else "b"


def _supported() -> str:
    found = verdict("physicians")
    if found.choice is Says.CANNOT_TELL:
        return "b" if found.p_value <= SURE else "d"
    return "a" if found.choice is Says.TWO_RATES else "c"


ANSWERS = {
    "6.1": Answers(lambda: between((-1, 1), mixed_ahead(), "cba")),
    "6.2": Answers(lambda: between((0.4, 0.75), keeps_its_side(), "cba")),
    "6.3": Answers(
        rmse,
        {
            "no root": lambda seen, model: rmse(seen, model) ** 2,
            "sum": lambda seen, model: rmse(seen, model) * np.sqrt(len(seen)),
            "absolute": lambda s, m: np.abs(np.subtract(s, m)).mean(),
            "signed": lambda s, m: np.subtract(s, m).mean(),
        },
        cases=(([0.1, 0.3, 0.6], [0.1, 0.4, 0.4]), ([0.02, 0.5, 0.9, 1.0], [0.02, 0.3, 0.95, 1.0])),
    ),
    "6.P1": Answers(_wave),
    "6.P2": Answers(lambda: between((0.25, 0.6, 0.85), coverage(LeastSquares()), "dcba")),
    "6.4": Answers(
        step_log_likelihood,
        {
            "everybody": _steps,
            "afterwards": lambda q, c, n: _steps(q, c, n - np.asarray(c)[1:]),
            "only new": lambda q, c, _: _steps(q, c, np.diff(c)),
            "sign": lambda q, c, n: -step_log_likelihood(q, c, n),
        },
        cases=((0.01, [10, 14, 20], 100), (0.002, [5, 7, 7, 12], 200)),
        also=(with_coefficients,),
    ),
    "6.P3": Answers(lambda: between((0.15, 0.5), two_wins())),
    "6.5": Answers(verdicts, WRONG_VERDICTS, judge=judge),
    "6.P4": Answers(_narrowest),
    "6.P5": Answers(_physicians),
    "6.6": Answers(_lacks),
    "6.7": Answers(lambda: "b" if r_squared() > 0.99 and coverage(LeastSquares()) < 0.5 else "a"),
    "6.8": Answers(lambda: between((0.15,), two_wins(), "ac")),
    "6.9": Answers(_supported),
}
