"""Lesson 3: does the network matter, and when."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard, share_probability
from newswave.core.simulation import simulate
from newswave.equations import on_network
from newswave.equations.fit import Fit, fit
from newswave.equations.models import Mixing, OneRate, OnNetwork, WellMixed
from newswave.equations.well_mixed import one_rate
from newswave.learn.bank.rule_to_equation import equation_half
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number

Floats = npt.NDArray[np.float64]

# Facts: networks of several degrees with one contact pressure.

PRESSURE = 0.4
START = 0.01
FITTED = 8
"""The degree of the network whose curve is fitted."""


def network(degree: int, share: float | None = None) -> Setup:
    """Return a network of the lesson: pressure 0.4, or a share probability of one's own."""
    chance = float(share_probability(PRESSURE / degree)) if share is None else share
    return Setup(n_agents=1000, network=RandomRegular(degree), sharing=SameForAll(chance),
                 n_seeds=10, rounds=60, replicas=20, seed=1)  # fmt: skip


@cache
def runs(degree: int) -> Curve:
    """Return the runs of a network."""
    return simulate(network(degree))


def half(degree: int, share: float | None = None) -> float:
    """Return the half-time that the theory of the network predicts; infinite if there is none."""
    curve = on_network.predict(network(degree, share)).fraction
    if curve[-1] < 0.5:
        return float("inf")
    return float(np.interp(0.5, curve, np.arange(curve.size)))


def well_mixed(degree: int) -> Floats:
    """Return i by round of the well-mixed equation; it is the same for every degree."""
    return one_rate(PRESSURE / degree, degree, START, np.arange(61.0))


def early_factor(share: float, degree: int) -> float:
    """Return by which factor the new sharers grow from round to round at first."""
    rate = -float(np.log1p(-share))
    new = np.diff(on_network.rounds([rate], [1.0], degree, 1e-12, 30))
    return float(new[-1] / new[-2])


@cache
def fitted(mixing: Mixing) -> Fit:
    """Return one rate fitted to the runs of the lesson."""
    return fit(runs(FITTED), OneRate(mixing))


# Warm-up: lesson 2.

_HALF = equation_half(PRESSURE, START)

TWICE = Item(
    "3.1", 2,
    f"From lesson 2: with contact pressure 0.4 and 1 % at the start the equation reaches one half "
    f"at round {_HALF:.2f}. When does it reach one half with pressure 0.8?",
    Number(0.1, "rounds"),
    lambda: equation_half(2 * PRESSURE, START),
    "Twice the pressure, half the time: the same film, played at double speed.",
    (
        Wrong("twice the time", lambda: 2 * equation_half(PRESSURE, START),
              "You doubled the time, which is right for half the pressure.",
              "More pressure makes the news faster.", "Divide by 2."),
        Wrong("unchanged", lambda: equation_half(PRESSURE, START),
              "You left the half-time as it was.",
              "The pressure does not change how many share in the end, but it does change how "
              "soon.",
              "Remember the film at double speed."),
        Wrong("twice the seeds", lambda: equation_half(PRESSURE, 2 * START),
              "That is the half-time if twice as many share at the start.",
              "Here the start is the same, and every step goes twice as fast.",
              "Divide the half-time by 2."),
    ),
    "Remember the film at double speed.",
    ("The half-time is a logarithm divided by the pressure.",
     "Which of the two changes here?"),
    Solution("ln 99 divided by 0.8, half of what it was.", "ex3_1 = np.log(99) / 0.8"),
)  # fmt: skip

RATE = Item(
    "3.2", 3,
    "From lesson 2: one contact makes an agent share with probability q = 0.5 in a round. How "
    "large is the transmission rate β?",
    Number(0.01),
    lambda: float(hazard(0.5)),
    "β = −ln(1 − q). Rates add up over contacts and rounds, probabilities do not.",
    (
        Wrong("the probability", lambda: 0.5,
              "That is q itself. For small q the two are almost the same.",
              "0.5 is not small: two such contacts give 0.75, not 1.",
              "Work out −ln(1 − 0.5)."),
        Wrong("other logarithm", lambda: -math.log10(1 - 0.5),
              "You took the logarithm to base 10.",
              "The rate belongs to e^(−β), so you need the natural logarithm.",
              "Use np.log, the natural logarithm."),
        Wrong("the other way", lambda: float(share_probability(0.5)),
              "That is the probability that belongs to a rate of 0.5.",
              "Here 0.5 is the probability, and the question is about the rate.",
              "Solve 1 − e^(−β) = 0.5 for β."),
    ),
    "Solve 1 − e^(−β) = 0.5 for β.",
    ("The chance to stay silent is 1 − q, and it is e^(−β).",
     "So β = −ln(1 − q)."),
    Solution("e^(−β) = 0.5, so β = ln 2.", "ex3_2 = -np.log(1 - 0.5)"),
)  # fmt: skip


# Counting contacts: how many a new sharer still has, and the ring.

_NETWORK = RandomRegular(8)
_Q = 0.05

FRESH = Item(
    "3.3", 1,
    "On a network with k = 8, the news has just reached its first agents. One of them got it from "
    "a neighbour and starts to share. How many of its 8 neighbours can still be new to the news?",
    Number(0.3, "neighbours"),
    lambda: _NETWORK.degree - 1,
    "One neighbour brought the news and does not need to hear it. That leaves seven fresh "
    "contacts.",
    (
        Wrong("all", lambda: _NETWORK.degree,
              "All eight can be new to it only around a seed agent, which nobody had to tell.",
              "This agent got the news from one of its neighbours, who shares already.",
              "Do not count the neighbour that brought the news.", "M5"),
        Wrong("one more less", lambda: _NETWORK.degree - 2,
              "Six is the gain in open links when the news crosses one: seven new ones, and the "
              "crossed one is used up.",
              "The question is about the neighbours that this one agent can tell.",
              "Count the neighbours again: eight, without the one that brought the news."),
        Wrong("one", lambda: 1,
              "One is the neighbour that brought the news.",
              "The question is about the others, who may not know it yet.",
              "Subtract that one from eight."),
    ),
    "Take the neighbour that brought the news away from the eight.",
    ("How did the news come to this agent?",
     "The neighbour that brought it shares already."),
    Solution("Eight neighbours without the one that brought it.", "ex3_3 = 8 - 1"),
)  # fmt: skip

GROWTH = Item(
    "3.4", 1,
    "k = 8 and q = 0.05. Open links lead from a sharer to an agent that has not shared; in each "
    "round the news crosses each of them with probability 0.05. By which factor do the open links "
    "grow from round to round, while almost nobody has shared?",
    Number(0.01),
    lambda: early_factor(_Q, 8),
    "Each crossing uses up one link and opens seven: a net gain of six, times 0.05.",
    (
        Wrong("well mixed", lambda: 1 + 8 * _Q,
              "That is the growth in the well-mixed town, where all eight contacts of a new "
              "sharer are still fresh.",
              "On a network one of them brought the news, and the link to it is used up.",
              "Count what one crossing opens and what it uses up.", "M5"),
        Wrong("not used up", lambda: 1 + 7 * _Q,
              "You counted the seven links that a crossing opens.",
              "The link that was crossed leads to a sharer now: it is no longer open.",
              "Subtract the crossed link from the seven.", "M5"),
        Wrong("gain only", lambda: early_factor(_Q, 8) - 1,
              "That is the growth, as a part of what was there.",
              "The factor includes what was there.", "Add 1."),
        Wrong("crossings only", lambda: 1 + _Q,
              "You let every crossing add one link.",
              "A crossing opens seven links and uses up one.",
              "Multiply 0.05 by the net gain of one crossing, and add 1."),
    ),
    "Multiply 0.05 by the net gain of one crossing, and add 1.",
    ("What does one crossing open, and what does it use up?",
     "It opens k − 1 links and uses up one: net k − 2.",
     "The worked example with k = 4 goes through the same steps."),
    Solution("A crossing brings a net gain of 8 − 2 links.", "ex3_4 = 1 + 0.05 * (8 - 2)"),
)  # fmt: skip


def _ring_shape() -> str:
    """Return the shape on a ring: how its early growth per round changes tells."""
    course = on_network.rounds([PRESSURE / 2], [1.0], 2, 4 / 2000, 200)
    ratio = (course[200] - course[100]) / (course[100] - course[0])
    if math.isclose(ratio, 1.0, abs_tol=0.25):
        return "b"
    return "a" if ratio > 1 else "c"


RING = Item(
    "3.P2", 1,
    "Take k = 2 with the same contact pressure: everybody has two neighbours, so the network "
    "falls into rings. What does the curve look like while most agents have not shared?",
    Choice((
        ("a", "an exponential at first, only slower than for k = 3"),
        ("b", "a straight line: about the same number of new sharers in every round"),
        ("c", "fast at first, then slower and slower"),
    )),
    _ring_shape,
    "On a ring, an arc of sharers has two ends, however long it is, and it can grow only at its "
    "ends.",
    (
        Wrong("exponential", lambda: "a",
              "An exponential needs more open links the more sharers there are.",
              "On a ring a crossing uses up one link and opens one: net 0.",
              "Draw a ring, mark five sharers side by side, and count the links that lead out."),
        Wrong("slowing down", lambda: "c",
              "It slows down where arcs of sharers meet, which happens late.",
              "Until then no arc loses an end.",
              "Draw a ring, mark five sharers side by side, and count the links that lead out."),
    ),
    "Draw a ring, mark five sharers side by side, and count the links that lead out of them.",
    ("Put k = 2 into the net gain k − 2.",
     "Draw a ring with an arc of sharers: how many links touch one sharer and one other?"),
    Solution("The net gain is 2 − 2 = 0: the number of open links stays the same.",
             'predict("3.P2", "b")'),
)  # fmt: skip


# Order and theory: which network is first, and its curve before any run.


def _first() -> str:
    """Return which degree is first at the same pressure."""
    few, some, many = half(3), half(8), half(32)
    if max(few, some, many) - min(few, some, many) < 0.5:
        return "a"
    return "c" if many < some < few else "b"


ORDER = Item(
    "3.P1", 2,
    "Three networks with k = 3, 8 and 32, all with contact pressure βk = 0.4. In which order do "
    "they reach one half?",
    Choice((
        ("a", "all at the same time: the pressure is the same"),
        ("b", "k = 3 first, then 8, then 32: with few contacts each one counts more"),
        ("c", "k = 32 first, then 8, then 3"),
    )),
    _first,
    "The pressure is the same on paper. But with few neighbours more of the contacts are wasted on "
    "agents that know the news already.",
    (
        Wrong("the same", lambda: "a",
              "That is what the well-mixed equation says: it knows the contact pressure, but not "
              "the network.",
              "On a network some contacts are wasted, and the fewer neighbours, the larger the "
              "wasted part.",
              "Compare the three half-times below the figure.", "M4"),
        Wrong("few first", lambda: "b",
              "With few neighbours each contact does count more; the chance q is larger.",
              "But that only makes up for there being fewer; and the link that brought the news "
              "is used up: one of three, against one of 32.",
              "Compare the three half-times below the figure."),
    ),
    "Compare the three half-times below the figure.",
    ("Who brought the news to an agent? Can it bring the news back?",
     "One contact of three is used up, or one of 32."),
    Solution("One contact is used up, which matters more when there are few.",
             'predict("3.P1", "c")'),
)  # fmt: skip


def _silent(theta: float, degree: int, start: float) -> float:
    """Return φ of the edge-based equations."""
    return (1.0 - start) * theta ** (degree - 1)


NEIGHBOUR = Item(
    "3.5", 2,
    "Complete ex3_5(theta, k, start): seen from an agent that has not shared, with what "
    "probability has the neighbour at the other end of a link not shared either?",
    Function(((0.9, 3, 0.01), (0.5, 8, 0.01), (1.0, 4, 0.2), (0.8, 2, 0.05)), 0.001),
    lambda: _silent,
    "The neighbour was no seed, and none of its other k − 1 links has brought the news. The link "
    "to our agent does not count: no news can have come over it.",
    (
        Wrong("all its links", lambda: lambda theta, k, start: (1 - start) * theta**k,
              "You counted all k links of the neighbour.",
              "One of them leads to our agent, which has not shared and cannot have told it.",
              "Count its other links: k − 1.", "M5"),
        Wrong("two fewer", lambda: lambda theta, k, start: (1 - start) * theta ** (k - 2),
              "You left out two links of the neighbour.",
              "Only one is known not to have told it: the one that leads to our agent.",
              "Count its other links: k − 1."),
        Wrong("seeds forgotten", lambda: lambda theta, k, start: theta ** (k - 1),  # noqa: ARG005
              "You forgot that the neighbour may have been a seed.",
              "A fraction `start` of all agents shares from the beginning.",
              "Multiply by 1 − start."),
        Wrong("has shared",
              lambda: lambda theta, k, start: 1 - (1 - start) * theta ** (k - 1),
              "That is the probability that the neighbour has shared.",
              "The question is about the one that has not.", "Subtract it from 1."),
    ),
    "No seed, and none of its other links has brought the news: 1 − start, times theta for each.",
    ("The text has the same for our agent: (1 − start) · theta^k.",
     "How many links of the neighbour can have brought it the news, if not ours?"),
    Solution("No seed, and silent along its k − 1 other links.",
             "def ex3_5(theta, k, start):\n    return (1 - start) * theta ** (k - 1)"),
)  # fmt: skip


def _how_close() -> str:
    """Return how near the prediction comes to the runs with three neighbours."""
    gap, _ = runs(3).gap(on_network.predict(network(3)).fraction)
    return "a" if gap < 0.03 else "b" if gap < 0.15 else "c"


BEFORE = Item(
    "3.P3", 2,
    "The new theory is given k = 3, q and the fraction at the start, and nothing from any run. "
    "How far will its curve be from the mean of 20 runs, in the worst round?",
    Choice((
        ("a", "less than 3 % of all agents"),
        ("b", "between 3 % and 15 %"),
        ("c", "more than 15 %"),
    )),
    _how_close,
    "Nothing was fitted. Links that are used up and links that lead on are counted correctly, "
    "and so the curve is right before anything is run.",
    (
        Wrong("some way off", lambda: "b",
              "A few percent off would be usual for a rough approximation.",
              "This one leaves out only chance and very short cycles of links, and both matter "
              "little among a thousand agents.",
              "Read the table: the gap for k = 3."),
        Wrong("far off", lambda: "c",
              "The well-mixed equation is that far off.",
              "The new theory knows that the link which brought the news is used up.",
              "Read the table: both gaps for k = 3."),
    ),
    "Read the table: the gap for k = 3.",
    ("What does the theory leave out? Only chance, and short cycles of links.",
     "How large was the noise in the mean of 20 runs in lesson 2?"),
    Solution("It is exact for large networks, and a thousand agents are many.",
             'predict("3.P3", "a")'),
)  # fmt: skip


# Fitting: a good-looking fit, and the rate that it gives.

_TRUE = PRESSURE / FITTED


def _rate(mixing: OnNetwork | WellMixed) -> float:
    return fitted(mixing).estimates["rate"]


def _side() -> str:
    """Return on which side of the truth the well-mixed rate comes out."""
    ratio = _rate(WellMixed(FITTED)) / _TRUE
    if abs(ratio - 1) < 0.05:
        return "a"
    return "b" if ratio < 1 else "c"


KNOWING = Item(
    "3.P4", 3,
    "Somebody gives you the curve of the network with k = 8 and does not tell you the rate, which "
    "is 0.05. You choose the rate so that the well-mixed equation fits the curve best. Where will "
    "it lie?",
    Choice((
        ("a", "close to 0.05, if the equation fits the curve well"),
        ("b", "clearly below 0.05"),
        ("c", "clearly above 0.05"),
    )),
    _side,
    "In the equation nobody waits for the end of a round, and no contact is wasted. So it is too "
    "fast, and the best fit makes up for that with a lower rate.",
    (
        Wrong("good fit, right rate", lambda: "a",
              "You expect that a model that fits well is right.",
              "A wrong equation can adjust its rate until the curve looks right.",
              "Look at the two numbers above: how well it fits, and the rate it gives.", "M6"),
        Wrong("above", lambda: "c",
              "Above would be right if the equation were slower than the agents.",
              "It is faster, as you have seen, and has to be slowed down to fit.",
              "Look at the fitted rate above."),
    ),
    "Look at the fitted rate above.",
    ("Is the well-mixed equation faster or slower than the agents?",
     "What has to happen to its rate, so that it comes down to their curve?"),
    Solution("It is too fast, so its rate is turned down until it fits.",
             'predict("3.P4", "b")'),
)  # fmt: skip

ON_FITS = Item(
    "3.6", 3,
    "Fit one rate to the same curve with the equations that know the network. Which transmission "
    "rate, per contact and round, do you get?",
    Number(0.001, "per contact and round"),
    lambda: _rate(OnNetwork(FITTED)),
    "The true rate is 0.05. Same curve, same number of parameters, and this time the rate means "
    "what it says.",
    (
        Wrong("well mixed", lambda: _rate(WellMixed(FITTED)),
              "That is the rate of the well-mixed fit.",
              "It mistakes wasted contacts, and the wait for the end of a round, for a lower "
              "readiness to share.",
              "Put nw.OnNetwork(8) in place of nw.WellMixed(8).", "M6"),
        Wrong("pressure", lambda: FITTED * _rate(OnNetwork(FITTED)),
              "That is the contact pressure, the rate times 8.",
              "The question is about the rate per contact.", "Divide by k = 8."),
        Wrong("no degree", lambda: _rate(WellMixed()),
              "That is the contact pressure from a well-mixed fit without a degree.",
              "Here both the eight contacts and the network are known.",
              "Take nw.OneRate(nw.OnNetwork(8)) as the model."),
    ),
    'Take nw.OneRate(nw.OnNetwork(8)) as the model, and .estimates["rate"] of the fit.',
    ("The worked cell fits the same curve; one word in it has to change.",
     "nw.OnNetwork(8) stands where nw.WellMixed(8) stood."),
    Solution("The same fit with the network known.",
             'ex3_6 = nw.fit(curves[8], nw.OneRate(nw.OnNetwork(8))).estimates["rate"]'),
)  # fmt: skip


# Exit ticket: one question for each outcome.

_TICKET_Q = 0.05

NET_GAIN = Item(
    "3.7", 1,
    "k = 5, and almost nobody has shared yet. By how many does the number of open links grow each "
    "time the news crosses one?",
    Number(0.3, "links"),
    lambda: (early_factor(_TICKET_Q, 5) - 1) / _TICKET_Q,
    "Four open, one is used up.",
    (
        Wrong("opened", lambda: 4,
              "Four links are opened: all but the one over which the news came.",
              "That one was open before and no longer is.",
              "Subtract the crossed link from the four.", "M5"),
        Wrong("all", lambda: 5,
              "Five would be right for a seed agent: all of its links open at once.",
              "Here the news came over one of the five.",
              "Count the links that lead on, and take the crossed one away.", "M5"),
        Wrong("as on a ring", lambda: (early_factor(_TICKET_Q, 2) - 1) / _TICKET_Q,
              "Nothing is gained on a ring, where one link opens for each one used up.",
              "With five neighbours more than one link opens.",
              "Count the links that lead on, and take the crossed one away."),
    ),
    "Count the links that lead on, and take the crossed one away.",
    ("The new sharer has five links. Over which one did the news come?",
     "Opened: k − 1. Used up: 1."),
    Solution("k − 1 open, 1 is used up: k − 2.", "ex3_7 = 5 - 2"),
)  # fmt: skip


def _sooner() -> str:
    few, many = half(4, 0.1), half(20, 0.02)
    if abs(few - many) < 0.5:
        return "c"
    return "b" if many < few else "a"


TWO_TOWNS = Item(
    "3.8", 2,
    "Network A: 4 neighbours, q = 0.10. Network B: 20 neighbours, q = 0.02. Which one has half of "
    "its agents first?",
    Choice((
        ("a", "A: each contact counts five times as much"),
        ("b", "B: fewer of its contacts are wasted"),
        ("c", "both at the same time: 4 × 0.10 is 20 × 0.02"),
    )),
    _sooner,
    "Early growth is q(k − 2): 0.20 in A, 0.36 in B. The well-mixed equation sees 0.40 in both.",
    (
        Wrong("strong contacts", lambda: "a",
              "Each contact in A counts five times as much, but there are a fifth as many.",
              "What remains is the wasted contact: one of 4, or one of 20.",
              "Work out q(k − 2) for both."),
        Wrong("same pressure", lambda: "c",
              "The pressure is about the same, and the well-mixed equation sees no difference.",
              "On networks each crossing gains k − 2 links: that is 2 in A and 18 in B.",
              "Work out q(k − 2) for both.", "M4"),
    ),
    "Work out q(k − 2) for both.",
    ("How many links does one crossing gain in A, how many in B?",
     "0.10 × 2 against 0.02 × 18."),
    Solution("q(k − 2) is 0.20 in A and 0.36 in B.", 'ex3_8 = "b"'),
)  # fmt: skip


def _off(degree: int) -> float:
    """Return how far the well-mixed rate is off, as a part of the true one."""
    setup = network(degree)
    curve = Curve(setup.n_agents * on_network.predict(setup).fraction, setup.n_agents)
    rate = fit(curve, OneRate(WellMixed(degree))).estimates["rate"]
    return abs(rate * degree / PRESSURE - 1)


def _worst() -> str:
    few, many = _off(4), _off(64)
    if abs(few - many) < 0.05:
        return "c"
    return "a" if few > many else "b"


WORST = Item(
    "3.9", 3,
    "A colleague fits the well-mixed equation to curves of two networks, one with k = 4, one with "
    "k = 64, and every fit looks good. Which of her two rates would you trust less?",
    Choice((
        ("a", "that of k = 4"),
        ("b", "the one for k = 64: more contacts, more that can go wrong"),
        ("c", "both equally: both fits look good"),
    )),
    _worst,
    "With 4 neighbours much of what the equation counts on is wasted. With 64 only the rounds "
    "are left to mislead it.",
    (
        Wrong("many contacts", lambda: "b",
              "More contacts mean more to count, but each one matters less.",
              "With 64 neighbours one used-up link is hardly missed: it is almost a well-mixed "
              "town.",
              "Compare the gaps for small and for large k in the table of this lesson."),
        Wrong("looks good", lambda: "c",
              "How a fit looks tells you how well it matches the curve.",
              "A wrong equation can match it too, by adjusting its rate.",
              "Compare the gaps for small and for large k in the table of this lesson.", "M6"),
    ),
    "Compare the gaps for small and for large k in the table of this lesson.",
    ("Which of the two networks is more like a town where everybody reads everybody?",
     "The table of this lesson shows how far the well-mixed curve is off for each k."),
    Solution("The fewer neighbours, the more the equation misjudges the contacts.",
             'ex3_9 = "a"'),
)  # fmt: skip

LESSON = Lesson(
    3,
    "network-matters",
    "Does the network matter?",
    "Same contact pressure, different degree: same curve?",
    (
        "explain why a new sharer with k neighbours has fewer than k fresh contacts",
        "predict which of several networks is faster, and its curve before it is run",
        "say when the well-mixed equation is fair, and what a rate that it fitted is worth",
    ),
    "Lessons 1 and 2.",
    "newswave and nothing else.",
    (TWICE, RATE, ORDER, FRESH, GROWTH, RING, NEIGHBOUR, BEFORE, KNOWING, ON_FITS,
     NET_GAIN, TWO_TOWNS, WORST),
)  # fmt: skip
