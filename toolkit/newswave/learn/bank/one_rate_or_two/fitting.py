"""The first half of lesson 6: errors, residuals, intervals, likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from newswave.fitting.methods import LeastSquares
from newswave.learn.bank.one_rate_or_two.worlds import (
    coin_stretch,
    coverage,
    keeps_its_side,
    longest_stretch,
    mixed_ahead,
    one_rate_fit,
    step_log_likelihood,
    with_coefficients,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Function


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
    found = coverage(LeastSquares())
    return "d" if found < 0.25 else "c" if found < 0.6 else "b" if found < 0.85 else "a"


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

FITTING = (NETWORK, SIDE, RMSE, WAVE, HELD, STEPS)
