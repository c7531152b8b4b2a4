"""Lesson 6: one rate or two? Fitting and doubting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from newswave.equations.compare import one_or_two
from newswave.equations.fit import ChainBinomial, Fit, LeastSquares, Method, Observed, fit, fit_each
from newswave.equations.from_decisions import rates
from newswave.equations.models import Mixing, OneRate, OnNetwork, TwoRates, WellMixed
from newswave.equations.verdict import SURE, Verdict
from newswave.equations.verdict import Choice as Says
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Judged, Unanswered, Unreadable, is_blank

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
    choice: str = (Says.TWO_RATES if won else Says.ONE_RATE).value
    return choice


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


# Fitting: warm-up, errors, residuals, intervals, likelihood.


def _ahead() -> str:
    rounds = mixed_ahead()
    return "a" if rounds > 1 else "c" if rounds < -1 else "b"


def _side() -> str:
    again = keeps_its_side()
    return "a" if again > 0.75 else "b" if again > 0.4 else "c"


def _wave() -> str:
    residuals = one_rate_fit().residuals[1:]
    if abs(np.sign(residuals).mean()) > 0.9:
        return "b"
    return "c" if longest_stretch(residuals) > coin_stretch() else "a"


def _held() -> str:
    share = coverage(LeastSquares())
    return "d" if share < 0.25 else "c" if share < 0.6 else "b" if share < 0.85 else "a"


def rmse(seen: Any, model: Any) -> float:
    """Return the root mean square error.

    Examples
    --------
    >>> round(rmse([0.1, 0.4], [0.1, 0.2]), 4)
    0.1414
    """
    return float(np.sqrt(np.mean((np.asarray(seen) - np.asarray(model)) ** 2)))


def _everybody(q: float, counts: Any, n_agents: int) -> float:
    return _steps(q, counts, np.full(len(counts) - 1, n_agents))


def _afterwards(q: float, counts: Any, n_agents: int) -> float:
    return _steps(q, counts, n_agents - np.asarray(counts)[1:])


def _only_new(q: float, counts: Any, n_agents: int) -> float:  # noqa: ARG001
    return _steps(q, counts, np.diff(counts))


def _steps(q: float, counts: Any, at_risk: Any) -> float:
    counts = np.asarray(counts, float)
    before, new = counts[:-1], np.diff(counts)
    chance = 1 - (1 - q) ** before
    return float((new * np.log(chance) + (at_risk - new) * np.log(1 - chance)).sum())


NETWORK = Item(
    "6.1", 3,
    "From lesson 3: all agents are alike, each has three neighbours. You draw the well-mixed "
    "equation with their true rate over the runs. Where does it lie?",
    Choice((
        ("a", "ahead of the runs: it reaches half too early"),
        ("b", "right through the runs: the rate is the true one"),
        ("c", "behind the runs: it reaches half too late"),
    )),
    _ahead,
    "Keep this in mind: the network alone bends a curve. An equation without a network needs "
    "some other reason for the bend, and today it will find one.",
    (
        Wrong("right through", lambda: "b",
              "The true rate would be enough if everybody met everybody.",
              "Here one of an agent's three neighbours is the one it got the news from.",
              "Look back at the panel of lesson 3, at degree 3.", "M4"),
        Wrong("behind", lambda: "c",
              "That would mean that the network speeds the news up.",
              "Links that lead back to sharers are of no use to the news; they slow it down.",
              "Look back at the panel of lesson 3, at degree 3."),
    ),
    "Look back at the panel of lesson 3, at degree 3.",
    ("Which of an agent's neighbours has already shared when the agent does?",
     "The well-mixed equation assumes that every contact is fresh."),
    Solution("The equation counts contacts that are used up, so it runs ahead.", 'ex6_1 = "a"'),
)  # fmt: skip

SIDE = Item(
    "6.2", 2,
    "From lesson 4: many runs with the same settings. In round 10 one of them lies above the mean "
    "of the runs. Where is it in round 11?",
    Choice((
        ("a", "most likely above the mean again"),
        ("b", "above or below, like the toss of a coin"),
        ("c", "most likely below: luck evens out"),
    )),
    _side,
    "Early luck stays in a running total. Two neighbouring points of such a curve are not two "
    "separate pieces of evidence. Half of this lesson follows from that.",
    (
        Wrong("coin", lambda: "b",
              "That would be right for what is new in each of the two rounds.",
              "But the curve is a total: whoever has shared by round 10 is counted in round 11, "
              "too.",
              "Look at the many runs of lesson 4: how often do two of them cross?", "M7"),
        Wrong("evens out", lambda: "c",
              "For luck to even out, a round would have to know what happened in the last one.",
              "Here, more sharers now make more sharers next.",
              "Look at the many runs of lesson 4: how often do two of them cross?"),
    ),
    "Look at the many runs of lesson 4: how often do two of them cross?",
    ("Is the curve a total, or what is new in each round?",
     "More sharers in round 10: what do they do in round 11?"),
    Solution("A total keeps its noise, so a run that is ahead stays ahead.", 'ex6_2 = "a"'),
)  # fmt: skip

RMSE = Item(
    "6.3", 1,
    "Complete ex6_3(seen, model), the root mean square error between two rows of fractions. From "
    "[0.1, 0.4] and [0.1, 0.2] it makes 0.1414.",
    Function((([0.1, 0.3, 0.6], [0.1, 0.4, 0.4]), ([0.02, 0.5, 0.9, 1.0], [0.02, 0.3, 0.95, 1.0])),
             0.0005),
    lambda: rmse,
    "It has the unit of the curve: 0.05 means that the equation misses by about five of a hundred "
    "agents.",
    (
        Wrong("no root", lambda: lambda seen, model: rmse(seen, model) ** 2,
              "You returned the mean of the squares.",
              "Its unit is agents squared, and nobody can picture that.",
              "Take the square root at the end."),
        Wrong("sum", lambda: lambda seen, model: rmse(seen, model) * np.sqrt(len(seen)),
              "You took the root of the sum of the squares.",
              "A sum grows with every round you add, even if the fit stays as good.",
              "Take the mean of the squares, then the root."),
        Wrong("absolute", lambda: lambda s, m: np.abs(np.subtract(s, m)).mean(),
              "You returned the mean absolute error.",
              "It is a good measure, but a different one: it gives large errors less weight.",
              "Square the differences, take their mean, then the root."),
        Wrong("signed", lambda: lambda s, m: np.subtract(s, m).mean(),
              "You averaged the differences with their signs.",
              "Errors above and below cancel, and a bad fit looks perfect.",
              "Square the differences before you take the mean."),
    ),
    "Work it out by hand for [0.1, 0.4] and [0.1, 0.2]: the differences are 0 and 0.2.",
    ("Read the name backwards: error, square, mean, root.",
     "(seen - model) ** 2 has all squares at once.",
     "np.mean(...) and np.sqrt(...) do the rest."),
    Solution("Differences, squared, their mean, its root.",
             "def ex6_3(seen, model):\n    seen, model = np.asarray(seen), np.asarray(model)\n"
             "    return np.sqrt(np.mean((seen - model) ** 2))"),
)  # fmt: skip

WAVE = Item(
    "6.P1", 1,
    "The festival's readers are of two kinds. You fit the best single rate. What will the "
    "residuals (seen minus equation, round by round) look like?",
    Choice((
        ("a", "small, with signs that jump like the toss of a coin"),
        ("b", "all of one sign: the equation lies above, or below, all the time"),
        ("c", "long stretches of one sign, then of the other: a wave"),
    )),
    _wave,
    "A wave, not jumping noise. What causes it is the next question: an equation that lacks "
    "something, or luck that stays in a total.",
    (
        Wrong("noise", lambda: "a",
              "Signs jump when every point has independent noise.",
              "Points of a total are linked, and one rate cannot be fast early and slow late.",
              "Count in the row of signs for how many rounds one sign stays.", "M6"),
        Wrong("one side", lambda: "b",
              "Then a larger or smaller rate would fit better.",
              "The best fit has already adjusted the rate until the residuals balance.",
              "Look where the sign changes in the row of signs."),
    ),
    "Look at the row of signs: where is the curve above the equation, where below?",
    ("Who shares early, the fast or the slow?",
     "One rate must lie between theirs: too slow for the start, too fast for the end."),
    Solution("One rate is too slow for the first agents and too fast for the last: a wave.",
             'predict("6.P1", "c")'),
)  # fmt: skip

HELD = Item(
    "6.P2", 2,
    "Two hundred group chats, all made with the same share probability q, so the truth is known. "
    "Least squares gives each one what it calls a 95 % interval. How many of the 200 intervals "
    "include the true q?",
    Choice((
        ("a", "about 190, as the name says"),
        ("b", "about 150"),
        ("c", "about 100"),
        ("d", "fewer than 50"),
    )),
    _held,
    "The interval takes every point of the curve for new evidence. In a running total, most of "
    "it is the old evidence again.",
    (
        Wrong("as named", lambda: "a",
              "190 of 200 is what a 95 % interval promises.",
              "The promise assumes independent errors, and those of a total are not independent.",
              "Compare the width of the band with how far the estimates scatter.", "M11"),
        Wrong("most", lambda: "b",
              "You expect the interval to be a little too narrow.",
              "Neighbouring points share nearly all their noise, so it is far narrower than "
              "that.",
              "Compare the width of the band with how far the estimates scatter.", "M11"),
        Wrong("half", lambda: "c",
              "You do not trust the interval, and rightly so.",
              "But it is even worse: a whole run is shifted by its first few rounds.",
              "Compare the width of the band with how far the estimates scatter."),
    ),
    "Look in the figure where the band of intervals crosses the true q.",
    ("What did question 6.2 say about neighbouring points?",
     "Forty points that share their noise are worth far fewer than forty."),
    Solution("The points share their noise, so the interval is far too narrow.",
             'predict("6.P2", "d")'),
)  # fmt: skip

STEPS = Item(
    "6.4", 2,
    "Complete ex6_4(q, counts, n_agents), the log-likelihood of q for one chat. In each round "
    "every member who could still share does so with chance h. Return the sum over the rounds of "
    "new · ln h + (those at risk who stayed silent) · ln(1 − h).",
    Function(((0.01, [10, 14, 20], 100), (0.002, [5, 7, 7, 12], 200)), 0.01),
    lambda: step_log_likelihood,
    "This is the step-by-step binomial likelihood. Each round starts from what was seen, so the "
    "noise of a round counts only once.",
    (
        Wrong("everybody", lambda: _everybody,
              "You let all members decide in every round.",
              "Those who have already shared cannot share again, and they did not stay silent "
              "either.",
              "Ask who can still share: n_agents minus those who have."),
        Wrong("afterwards", lambda: _afterwards,
              "You took those who had not shared at the end of the round.",
              "At risk are those who had not shared when it began; some of them share in it.",
              "Use the totals of the round before: counts[:-1]."),
        Wrong("only new", lambda: _only_new,
              "You counted only those who shared.",
              "The silent ones are evidence, too: without them the best q would be 1.",
              "Add (at_risk - new) * np.log(1 - h)."),
        Wrong("sign", lambda: lambda q, c, n: -step_log_likelihood(q, c, n),
              "That is the log-likelihood with the sign reversed.",
              "Programs that minimise use that form; here, larger should mean more likely.",
              "Leave out the minus sign."),
    ),
    "Who can still share in a round? Work it out for counts = [10, 14, 20] and 100 members.",
    ("At the start of round 1 of [10, 14, 20], ninety of a hundred had not shared.",
     "at_risk = n_agents - before; those who stayed silent are at_risk - new.",
     "Lesson 1, question 1.3: with what probability does nothing happen? Here that is 1 - h."),
    Solution("At risk are those who had not shared when the round began.",
             "def ex6_4(q, counts, n_agents):\n    counts = np.asarray(counts)\n"
             "    before, new = counts[:-1], np.diff(counts)\n"
             "    h = 1 - (1 - q) ** before\n"
             "    at_risk = n_agents - before\n"
             "    return np.sum(new * np.log(h) + (at_risk - new) * np.log(1 - h))"),
    also=(lambda: with_coefficients,),
)  # fmt: skip

# Judging: verdicts, further data, the physicians.

SAYS = tuple(one.value for one in Says)
_WANTED = (
    'A dictionary with "festival", "power cut" and "match" is asked for, and for each one of '
    + ", ".join(f'"{one}"' for one in SAYS)
)


def verdicts() -> dict[str, str]:
    """Return the calibrated verdicts on the three posts."""
    return {name: verdict(name).choice.value for name in DEGREES}


def by_mixed_aic() -> dict[str, str]:
    """Return what AIC of the well-mixed equations says."""
    return {name: aic_choice(name, WellMixed(degree)) for name, degree in DEGREES.items()}


def by_network_aic() -> dict[str, str]:
    """Return what AIC of the network-aware equations says."""
    return {name: aic_choice(name, OnNetwork(degree)) for name, degree in DEGREES.items()}


def by_p_value() -> dict[str, str]:
    """Return what a p-value under 0.05 or above it would say, whatever could have been seen."""
    is_low = {name: verdict(name).p_value < 0.05 for name in DEGREES}
    return {name: (Says.TWO_RATES if low else Says.ONE_RATE).value for name, low in is_low.items()}


_NAMED = {"mixed": by_mixed_aic, "network": by_network_aic, "p alone": by_p_value}


def judge(answer: Any) -> str:
    """Return "right", the name of a wrong answer, or which posts to look at again.

    Examples
    --------
    >>> judge({"festival": "two rates", "power cut": "one rate", "match": "cannot tell"})
    'right'
    """
    if not isinstance(answer, Mapping) or set(answer) != set(DEGREES):
        raise Unreadable(f"{_WANTED}.")
    if any(is_blank(one) for one in answer.values()):
        raise Unanswered
    given = {name: _said(one) for name, one in answer.items()}
    right = verdicts()
    if given == right:
        return "right"
    for name, make in _NAMED.items():
        if given == make():
            return name
    wrong = [name for name in DEGREES if given[name] != right[name]]
    return f"Not yet: {' and '.join(wrong)}."


def _said(one: Any) -> str:
    """Return one verdict in words, whether it was typed or taken from newswave."""
    one = getattr(one, "choice", one)
    words = str(getattr(one, "value", one)).replace("_", " ").strip(" .!").lower()
    if words not in SAYS:
        raise Unreadable(f"{_WANTED}; this is {shown(one, 40)}.")
    return words


def _called() -> str:
    share = two_wins(WellMixed(3), LeastSquares())
    return "c" if share > 0.5 else "b" if share > 0.15 else "a"


def _narrowest() -> str:
    widths = scatter()
    return {"longer": "a", "five": "b", "decisions": "c"}[min(widths, key=lambda k: widths[k])]


def _physicians() -> str:
    choice = verdict("physicians").choice
    return {Says.ONE_RATE: "a", Says.TWO_RATES: "b", Says.CANNOT_TELL: "c"}[choice]


CALLED = Item(
    "6.P3", 3,
    "A hundred runs. All agents are alike and have three neighbours each. To every run both "
    "well-mixed equations are fitted by least squares, and the one with the smaller AIC is "
    "taken. In how many runs does AIC prefer two rates?",
    Choice((
        ("a", "in about five: that is the usual error"),
        ("b", "in about thirty"),
        ("c", "in more than half"),
    )),
    _called,
    "The equations ignore the network, so they take its bend for a second kind of reader. A "
    "better fit does not prove what made it better.",
    (
        Wrong("five", lambda: "a",
              "Five of a hundred is the error rate of a test whose assumptions hold.",
              "Two of them fail here: agents have neighbours, and the points of a total share "
              "noise.",
              "Look at the table: which of the two assumptions costs more?", "M6"),
        Wrong("thirty", lambda: "b",
              "You expect that something goes wrong, and it does.",
              "But the network bends every one of these curves in the same way, so this is the "
              "rule, not the exception.",
              "Look at the table: what changes when the equations know the network?"),
    ),
    "Look at the first line of the table.",
    ("What did question 6.1 say about these equations and three neighbours?",
     "A second rate can bend a curve just as a network does."),
    Solution("The network bends every curve, and the second rate gets the credit.",
             'predict("6.P3", "c")'),
)  # fmt: skip

VERDICTS = Item(
    "6.5", 3,
    "Give your verdict on each of the three posts: \"one rate\", \"two rates\" or \"cannot tell\". "
    "Use nw.one_or_two with each post's degree, and read its words to the end.",
    Judged(judge),
    verdicts,
    "Three curves, three different answers, and \"cannot tell\" is one of them. It is not a "
    "failure: it says that this curve, by itself, cannot decide.",
    (
        Wrong("mixed", by_mixed_aic,
              "These are the verdicts of AIC with the well-mixed equations.",
              "They ignore the network, so the power cut's three neighbours look like two kinds "
              "of readers.",
              "Run nw.one_or_two(posts[\"power cut\"], degree=3, replicas=99, "
              "contact_rule=True) and read its words.",
              "M6"),
        Wrong("network", by_network_aic,
              "These are the verdicts of AIC with the network-aware equations.",
              "They know the network, but AIC does not know that the noise of a single run bends "
              "curves too.",
              "Ask nw.one_or_two about the match: how often do alike agents bend as much?", "M7"),
        Wrong("p alone", by_p_value,
              "You took every p-value above 0.05 for one rate.",
              "For the match two groups would have been missed about as often as seen: not "
              "seeing two is not the same as seeing one.",
              "Read the power of the match's verdict, the last number in its words."),
    ),
    "Run nw.one_or_two for the posts that are named here and read its words.",
    ("One call for each post: nw.one_or_two(posts[\"festival\"], degree=8, replicas=99, "
     "contact_rule=True).",
     "verdict.choice.value is the verdict, verdict.words says what it means.",
     "The worked cell above did the same by hand for the power cut."),
    Solution("The calibrated verdict of each post, on its own network.",
             "ex6_5 = {name: nw.one_or_two(curve, degree=DEGREES[name], replicas=99,\n"
             "                             contact_rule=True).choice.value\n"
             "         for name, curve in posts.items()}\nprint(ex6_5)"),
)  # fmt: skip

MORE = Item(
    "6.P4", 4,
    "The match could not be decided. You may have one more of three kinds of data. Which tells "
    "you most about the rate of its faster readers?",
    Choice((
        ("a", "the same curve, followed twice as long"),
        ("b", "the total curves of four more matches, five in all"),
        ("c", "the decisions of this one match: who saw how many sharers, of which group, and "
              "what was decided"),
    )),
    _narrowest,
    "A decision tells you who it was, what they saw and what they did. A total only tells you "
    "how many. Here the decisions of one run say more than the totals of five.",
    (
        Wrong("longer", lambda: "a",
              "More rounds would help if the fast readers still had something to do in them.",
              "They have shared by then; the new points are about the slow ones.",
              "Compare the first two lines of the table.", "M12"),
        Wrong("five", lambda: "b",
              "Five curves do help: much of the noise averages out.",
              "But each of them still mixes the two kinds in one number.",
              "Compare the last two lines of the table.", "M12"),
    ),
    "Compare the widths in the table.",
    ("Which of the three says who is fast and who is slow?",
     "In a total two unknown kinds are added up. Which data keep them apart?"),
    Solution("Decisions keep the two kinds apart and need no equation for the whole.",
             'predict("6.P4", "c")'),
)  # fmt: skip

DOCTORS = Item(
    "6.P5", 4,
    "Real data: 125 physicians begin to prescribe a new drug, month by month, 17 months. No "
    "network is known. What will the verdict be?",
    Choice((("a", "one rate"), ("b", "two rates"), ("c", "cannot tell"))),
    _physicians,
    "One rate alone does not bend like this curve. But a source that reaches everybody bends it "
    "just as well as two kinds of physicians do.",
    (
        Wrong("one", lambda: "a",
              "One rate would give an S that begins slowly.",
              "This curve is steep from the first month.",
              "Read the p-value in the verdict's words."),
        Wrong("two", lambda: "b",
              "Two rates fit this curve, and one does not.",
              "That is right; but something else fits about as well.",
              "Compare the AIC of \"two rates\" and \"source and peers\" in the table."),
    ),
    "Read the verdict to the end.",
    ("How many ways do you know to make a curve steep at the start?",
     "Journals and salesmen reach everybody, without any neighbour."),
    Solution("Two models explain the bend about equally well, so the curve cannot tell.",
             'predict("6.P5", "c")'),
)  # fmt: skip

# Exit ticket: one question for each outcome.


def _lacks() -> str:
    waves = alike_waves()
    if waves.stretch <= coin_stretch():
        return "a"
    return "c" if np.abs(one_rate_fit().residuals).max() > waves.largest else "b"


def _too_narrow() -> str:
    near_one = r_squared() > 0.99
    return "b" if near_one and coverage(LeastSquares()) < 0.5 else "a"


def _nothing_yet() -> str:
    return "c" if two_wins(WellMixed(3), LeastSquares()) > 0.15 else "a"


def _supported() -> str:
    found = verdict("physicians")
    if found.choice is Says.CANNOT_TELL:
        return "b" if found.p_value <= SURE else "d"
    return "a" if found.choice is Says.TWO_RATES else "c"


LACKS = Item(
    "6.6", 1,
    "A best fit leaves a wave in the residuals: above the equation for many rounds, then below it "
    "for many. How do you find out whether the model lacks something?",
    Choice((
        ("a", "no need to: a wave is proof enough"),
        ("b", "check that the misses above and below balance; if they do, it is noise"),
        ("c", "make runs with the fitted model, fit them in the same way, and see how large their "
              "waves are"),
    )),
    _lacks,
    "Runs of the model itself leave waves too, because noise stays in a total. What counts is "
    "whether your wave is larger than theirs: they are the null distribution.",
    (
        Wrong("proof", lambda: "a",
              "A wave proves that the residuals are not independent.",
              "Noise that stays in a total makes waves even when the model is right.",
              "Look at the lines of the alike runs in the figure of residuals.", "M6"),
        Wrong("balance", lambda: "b",
              "You look for misses that cancel each other.",
              "In every best fit they nearly do: the fit sees to that.",
              "Look at the festival's wave: it goes above and below, and yet it is not noise."),
    ),
    "Look at the figure of residuals with the alike runs in it.",
    ("Did the runs of alike agents leave waves?",
     "And how large were theirs, compared with the festival's?"),
    Solution("Let the model show how large its own waves are.", 'ex6_6 = "c"'),
)  # fmt: skip

NARROW = Item(
    "6.7", 2,
    "A friend fits a curve of running totals by least squares. R² is above 0.99, and the "
    "computer prints a narrow 95 % interval. What do you say?",
    Choice((
        ("a", "well done: with an R² like that the interval can be trusted"),
        ("b", "the interval is too narrow: the points of a total share their noise"),
        ("c", "count twice as often: more points make the interval right"),
    )),
    _too_narrow,
    "R² says how close the line is to the points. It does not say how many independent pieces of "
    "evidence the points are.",
    (
        Wrong("R²", lambda: "a",
              "R² near 1 says that the line goes through the points.",
              "Any S-curve does that after a fit, and the chats' intervals still missed the "
              "truth.",
              "Look at the first line of the table of intervals.", "M11"),
        Wrong("more points", lambda: "c",
              "More points would help if each were new evidence.",
              "Points in between share even more of their noise: the interval gets narrower, but "
              "no more truthful.",
              "Look at the first line of the table of intervals.", "M12"),
    ),
    "Look at the first line of the table of intervals.",
    ("How many of the chats' intervals included the truth?", "Their R² was above 0.99, too."),
    Solution("The points of a total are not independent, whatever R² is.", 'ex6_7 = "b"'),
)  # fmt: skip

YET = Item(
    "6.8", 3,
    "\"Our readers are of two kinds: the two-rate equation has the smaller AIC.\" Each reader has "
    "three neighbours, and the equation is the well-mixed one. What follows?",
    Choice((
        ("a", "there are two kinds of readers"),
        ("b", "all readers are alike"),
        ("c", "nothing yet: alike readers on such a network often give the same result"),
    )),
    _nothing_yet,
    "Ask how often alike agents on the same network bend a curve as much. That is what the "
    "calibrated verdict does.",
    (
        Wrong("two", lambda: "a",
              "A smaller AIC says that two rates describe this curve better.",
              "In the hundred runs of alike agents they mostly did so, too.",
              "Look at the first line of the table of a hundred runs.", "M6"),
        Wrong("alike", lambda: "b",
              "You have learned to doubt the second rate.",
              "But doubts about two are no evidence for one.",
              "Ask which test could tell: nw.one_or_two, with the network."),
    ),
    "Look at the table of a hundred runs.",
    ("What made AIC prefer two rates when all agents were alike?",
     "To know what a result is worth, ask how often it comes up when it is false."),
    Solution("The same result comes up often when all agents are alike.", 'ex6_8 = "c"'),
)  # fmt: skip

CLAIM = Item(
    "6.9", 4,
    "Which sentence about the 125 physicians do these data support?",
    Choice((
        ("a", "There were two kinds of physicians, fast and slow."),
        ("b", "One rate for all does not explain the curve; two kinds of physicians would, and so "
              "would a source that reached everybody."),
        ("c", "Physicians did not persuade each other."),
        ("d", "Nothing at all can be said from such a curve."),
    )),
    _supported,
    "This says what is ruled out and what is left, and stops there. To go further, one would ask "
    "who told whom, and when the salesmen came.",
    (
        Wrong("two kinds", lambda: "a",
              "Two kinds are one of the explanations that fit.",
              "A source from outside fits about as well.",
              "Compare the two AICs in the physicians' table.", "M12"),
        Wrong("no contagion", lambda: "c",
              "The fit with a source needs hardly any persuasion.",
              "But the fit without a source is about as good, and it is nothing but persuasion.",
              "Compare the two AICs in the physicians' table."),
        Wrong("nothing", lambda: "d",
              "It is good to be careful.",
              "But one explanation is ruled out: one rate alone.",
              "Read the p-value in the verdict's words."),
    ),
    "Read the words of the verdict on the physicians again.",
    ("What does the p-value exclude?", "Which two models have AICs close to each other?"),
    Solution("One rate alone is ruled out; two explanations are left.", 'ex6_9 = "b"'),
)  # fmt: skip
LESSON = Lesson(
    6,
    "one-rate-or-two",
    "One rate or two? Fitting and doubting",
    "What do the data allow us to say?",
    (
        "fit a curve by hand, and read in its residuals what the model lacks",
        "put an interval on trial, and write the likelihood that keeps its promise",
        "reach a verdict against a null model in which all agents are alike",
        "name the data that would settle what a total curve leaves open",
    ),
    "lessons 3 and 4, and logarithms.",
    "newswave and nothing else.",
    (NETWORK, SIDE, RMSE, WAVE, HELD, STEPS,
     CALLED, VERDICTS, MORE, DOCTORS,
     LACKS, NARROW, YET, CLAIM),
)  # fmt: skip
