"""Lesson 2: from a rule to an equation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from newswave.core.sharing import SharingTable, share_probability
from newswave.equations import well_mixed
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number, Share

Floats = npt.NDArray[np.float64]

# Facts: a town in which everybody reads everybody, by the equation and in rounds.

PRESSURE = 0.4
START = 0.01
STRONG = 0.75
"""The contact pressure of the learner's own rounds."""


def equation(time: float, pressure: float, start: float) -> float:
    """Return i by the equation, at one time."""
    return float(well_mixed.one_rate(pressure, 1.0, start, [time])[0])


def speed(i: float, pressure: float) -> float:
    """Return i' by the equation."""
    moment = 1e-6
    return (equation(moment, pressure, i) - i) / moment


def equation_half(pressure: float, start: float) -> float:
    """Return when the equation passes one half, in rounds."""
    times = np.linspace(0.0, 60.0, 24_001)
    return float(np.interp(0.5, well_mixed.one_rate(pressure, 1.0, start, times), times))


def exponential_half(pressure: float, start: float) -> float:
    """Return when growth without end would pass one half."""
    return math.log(0.5 / start) / pressure


def early_growth(pressure: float) -> float:
    """Return by which factor i grows in one round of the equation while almost nobody shares."""
    return equation(1.0, pressure, 1e-9) / 1e-9


def in_rounds(
    pressure: float,
    start: float,
    steps: int = 1,
    chance: Callable[[float], float] = lambda hazard: float(share_probability(hazard)),
) -> Floats:
    """Return i by round in the town, with one or more steps to a round."""
    now, fractions = start, [start]
    for _ in range(60):
        for _ in range(steps):
            now += (1.0 - now) * chance(pressure / steps * now)
        fractions.append(now)
    return np.array(fractions)


def half(fractions: Floats) -> float:
    """Return the half-time of fractions by round, read off between the rounds."""
    return float(np.interp(0.5, fractions, np.arange(fractions.size)))


# Warm-up: lesson 1.

_ROW = SharingTable.contact(("all",), [0.2], 3).probabilities[0]
_COUNTS = np.array([1, 3, 9, 24, 33, 38, 40])
_NEW = np.diff(_COUNTS)

THREE = Item(
    "2.1", 1,
    "From lesson 1: an agent sees three sharing neighbours, and each one makes it share with "
    "probability 0.2 in this round. With what probability does it share?",
    Share(0.005),
    lambda: float(_ROW[3]),
    "All three fail with probability 0.8³; what is left is the chance to share. Today this rule "
    "becomes an equation.",
    (
        Wrong("added", lambda: float(3 * _ROW[1]),
              "You added three chances of 0.2.",
              "In the same way six neighbours would give 1.2, and no probability is above 1.",
              "Work out first with what probability all three fail."),
        Wrong("silent", lambda: float((1 - _ROW[1]) ** 3),
              "That is the chance that all three fail, and the agent stays silent.",
              "You were asked for the chance that it shares.",
              "Subtract your number from 1."),
        Wrong("all three", lambda: float(_ROW[1] ** 3),
              "That is the chance that all three convince it in the same round.",
              "One of them is enough.",
              "Work out first with what probability all three fail."),
        Wrong("one", lambda: float(_ROW[1]),
              "That is the chance with one sharing neighbour.", "Here there are three.",
              "Put m = 3 into 1 − (1 − q)^m."),
    ),
    "Work out first with what probability all three fail.",
    ("With what probability does one neighbour fail to convince it?",
     "All three fail with probability 0.8 × 0.8 × 0.8."),
    Solution("It stays silent only if all three fail: 1 − 0.8³.", "ex2_1 = 1 - 0.8 ** 3"),
)  # fmt: skip

BUSIEST = Item(
    "2.2", 1,
    "From lesson 1: by round 0, 1, 2, 3, 4, 5, 6 the news has been shared by 1, 3, 9, 24, 33, 38, "
    "40 agents. In which round were most agents new?",
    Number(0.3),
    lambda: float(np.argmax(_NEW) + 1),
    "From 9 to 24: no other step is as large. The curve is steepest there. Today's question is "
    "why it is steepest in the middle.",
    (
        Wrong("place", lambda: float(np.argmax(_NEW)),
              "You found the largest step, and counted the steps from 0.",
              "The first step leads into round 1, so np.diff has round 1 at index 0.",
              "Add 1 to the index."),
        Wrong("end", lambda: float(np.argmax(_COUNTS)),
              "By that round the total is largest.",
              "Only those who had not shared a round before are new.",
              "Subtract each number from the next, and look for the largest step."),
        Wrong("how many", lambda: float(_NEW.max()),
              "That is how many were new in that round.", "The question asks for the round.",
              "Say which two rounds lie on either side of this step."),
    ),
    "Subtract each number from the next, and look for the largest step.",
    ("The new ones in a round are those who had not shared one round earlier.",
     "The steps are 2, 6, 15, 9, 5, 2. The first leads into round 1."),
    Solution("The largest step is the third, from 9 to 24.", "ex2_2 = 3"),
)  # fmt: skip


# Rounds: the same rule where everybody waits for the end of the round.


def _leader() -> str:
    """Return who reaches one half first: the agents in rounds, or the equation."""
    rounds, smooth = half(in_rounds(PRESSURE, START)), equation_half(PRESSURE, START)
    if abs(rounds - smooth) < 0.25:
        return "c"
    return "a" if smooth < rounds else "b"


WHO_LEADS = Item(
    "2.P3", 3,
    "Pressure 0.4 and 1 % at the start, once in the equation and once among agents who decide in "
    "rounds. In which of the two has half of the town shared first?",
    Choice((
        ("a", "the equation"),
        ("b", "the agents in rounds"),
        ("c", "both at the same time, since the pressure is the same"),
    )),
    _leader,
    "In rounds, whoever starts to share has to wait for the next round before others can see it. "
    "The equation lets them pass the news on at once.",
    (
        Wrong("the agents", lambda: "b",
              "Rounds would be faster if deciding all at once saved time.",
              "But whoever shares in this round is seen only in the next one, and that costs "
              "time.",
              "Follow one agent that starts to share early in a round: when is it first seen?"),
        Wrong("the same", lambda: "c",
              "The pressure is the same, so at the very start both are equally fast.",
              "Within the round, the equation already lets new sharers pass the news on, like "
              "interest that is paid every second instead of once a year.",
              "Compare the two half-times in the cell above.", "M3"),
    ),
    "Compare the two half-times in the cell above.",
    ("An agent starts to share in this round. When can others first see it?",
     "Think of interest: once a year, or every day at the same yearly rate."),
    Solution("New sharers wait for the next round, so the rounds come later.",
             'predict("2.P3", "a")'),
)  # fmt: skip

IN_ROUNDS = Item(
    "2.6", 3,
    "On your own: contact pressure 0.75 per round, 1 % at the start, decisions in rounds. After "
    "how many rounds have half shared, read off between the rounds?",
    Number(0.05, "rounds"),
    lambda: half(in_rounds(STRONG, START)),
    f"The equation says {equation_half(STRONG, START):.1f} rounds. The delay is about as long "
    "as with pressure 0.4, but it is a larger part of a shorter half-time.",
    (
        Wrong("the equation", lambda: equation_half(STRONG, START),
              "That is the half-time of the equation, in which nobody waits.",
              "Here everybody decides at the same moment, and new sharers are seen one round "
              "later.",
              "Use in_steps with one step to a round.", "M3"),
        Wrong("short form", lambda: half(in_rounds(STRONG, START, chance=lambda hazard: hazard)),
              "You took the chance pressure·i, which holds only for an instant.",
              "Over a whole round it is 1 − e^(−pressure·i), a little less: no agent can be "
              "convinced twice.",
              "Use in_steps, or 1 - np.exp(-pressure * i) in your loop."),
        Wrong("steady factor", lambda: math.log((1 - START) / START) / math.log(1 + STRONG),
              "You let the odds grow by a factor of 1.75 in every round.",
              "That holds only in the first rounds; later a round adds less.",
              "Go through the rounds one by one with in_steps."),
        Wrong("other pressure", lambda: half(in_rounds(PRESSURE, START)),
              "That is the half-time with pressure 0.4.", "Here the pressure is 0.75.",
              "Call in_steps with pressure 0.75."),
    ),
    "Use in_steps with pressure 0.75 and one step to a round, then half_time.",
    ("The worked cell above has a function for this.",
     "in_steps(0.75, 0.01, 30) gives the fractions by round.",
     "half_time(...) reads off the half-time between two rounds."),
    Solution("The rounds one by one, then the half-time.",
             "ex2_6 = half_time(in_steps(0.75, 0.01, 30))"),
)  # fmt: skip


# From agents to an equation: its speed, and where it is fastest.

SPEED = Item(
    "2.3", 1,
    "Complete ex2_3(i, pressure): it returns how fast the fraction of sharers grows, by the "
    "equation, when it is i.",
    Function(((0.01, 0.4), (0.5, 0.4), (0.9, 0.4), (0.2, 1.0)), 0.001),
    lambda: speed,
    "Three factors: the contact pressure, the fraction that passes the news on, the fraction "
    "that is left to hear it.",
    (
        Wrong("no one runs out", lambda: lambda i, pressure: pressure * i,
              "This is the speed if every sharer always found somebody new.",
              "Sharers also meet those who have shared already, and nothing happens then.",
              "Multiply by the fraction that has not shared.", "M1"),
        Wrong("no senders", lambda: lambda i, pressure: pressure * (1 - i),
              "This is the speed of news that everybody hears on the radio.",
              "Here news comes only from sharers: without any, nobody can start.",
              "Multiply by the fraction that shares."),
        Wrong("the next value", lambda: lambda i, pressure: i + pressure * i * (1 - i),
              "You returned where i will be about one round later.",
              "The speed is how much it changes, not where it arrives.",
              "Leave out the first i."),
        Wrong("a whole round", lambda: lambda i, pressure: (1 - i) * (1 - math.exp(-pressure * i)),
              "This is what is new after one whole round of the agents.",
              "The equation describes an instant, so short that the chance is pressure times i.",
              "Put the chance pressure * i in place of 1 - exp(-pressure * i)."),
    ),
    "Multiply three factors: the pressure, the senders, and those who are left to hear it.",
    ("New sharers are those who have not shared, times the chance of each.",
     "The chance of each, in a short moment, is pressure * i.",
     "The table above has one line for each of the three factors."),
    Solution("Pressure, times senders, times receivers.",
             "def ex2_3(i, pressure):\n    return pressure * i * (1 - i)"),
)  # fmt: skip


def _where() -> str:
    """Return where the equation is fastest."""
    course = well_mixed.one_rate(PRESSURE, 1.0, START, np.linspace(0.0, 40.0, 801))
    place = course[np.argmax(np.diff(course))]
    return "a" if place < 0.3 else "b" if place < 0.7 else "c"


FASTEST = Item(
    "2.P1", 1,
    "Think of the whole course of the news in this town. When do most agents start to share?",
    Choice((
        ("a", "early, when almost everybody is still there to be told"),
        ("b", "in the middle, when half have shared"),
        ("c", "late, when most agents pass it on"),
    )),
    _where,
    "With half senders and half receivers, the two meet most often. That is why the S is "
    "steepest in the middle.",
    (
        Wrong("early", lambda: "a",
              "It is true that most agents are still waiting early on; that is the factor 1 − i.",
              "But almost nobody is there to tell them: the factor i is close to 0.",
              "Work out i·(1 − i) for i = 0.1 and for i = 0.5."),
        Wrong("late", lambda: "c",
              "It is true that there are most senders late; that is the factor i.",
              "But almost nobody is left to hear it: the factor 1 − i is close to 0.",
              "Work out i·(1 − i) for i = 0.9 and for i = 0.5.", "M1"),
    ),
    "Work out i·(1 − i) for i = 0.1, 0.5 and 0.9.",
    ("Something happens only when a sharer meets an agent that has not shared.",
     "i·(1 − i) is 0.09 at i = 0.1."),
    Solution("The product i·(1 − i) is largest where both factors are one half.",
             'predict("2.P1", "b")'),
)  # fmt: skip


# Solving the equation: twice the pressure, the half-time, the whole curve.


def _twice() -> str:
    """Return what the equation makes of twice the pressure."""
    long = 200.0
    more = equation(long, 2 * PRESSURE, START) / equation(long, PRESSURE, START)
    sooner = equation_half(2 * PRESSURE, START) / equation_half(PRESSURE, START)
    if more > 1.5:
        return "a"
    return "b" if abs(sooner - 0.5) < 0.01 else "c"


DOUBLED = Item(
    "2.P2", 2,
    "The contact pressure doubles, from 0.4 to 0.8 per round, because people are twice as ready "
    "to share. What does the equation say?",
    Choice((
        ("a", "about twice as many have shared in the end"),
        ("b", "just as many have shared in the end, and half of them in half the time"),
        ("c", "just as many have shared in the end, sooner, but it takes more than half the time"),
    )),
    _twice,
    "In the equation, the contact pressure only sets the pace. Everybody shares in the end, "
    "because nobody stops passing the news on.",
    (
        Wrong("more people", lambda: "a",
              "That would be right for news that people stop sharing after some rounds.",
              "Here nobody drops it: however weak the pressure, everybody has shared in the end.",
              "Look where the two curves of the figure end.",
              "M2"),
        Wrong("longer than half", lambda: "c",
              "That was so in lesson 1, where a link took at least one round, however ready "
              "people were.",
              "The equation has no rounds, so nothing but the pressure sets its pace.",
              "Compare the two half-times below the figure."),
    ),
    "Compare the two half-times, and the two ends, below the figure.",
    ("Does anybody ever stop sharing in this model?",
     "Twice the pressure doubles the speed at every i: like a film at double speed."),
    Solution("Everything happens at double speed, and the end is the same.",
             'predict("2.P2", "b")'),
)  # fmt: skip

_ODDS = (1 - START) / START

HALF = Item(
    "2.4", 2,
    "By the equation, with contact pressure 0.4 per round and 1 % sharing at the start: after how "
    "many rounds have half shared?",
    Number(0.005, "rounds"),
    lambda: equation_half(PRESSURE, START),
    "The odds have to grow from 1 : 99 to 1 : 1, that is 99 times, at a rate of 0.4 per round.",
    (
        Wrong("exponential", lambda: exponential_half(PRESSURE, START),
              "That is when endless growth would reach one half.",
              "The spread slows down before that, because some readers already know the news.",
              "Take the odds, 0.01 / 0.99, in place of the fraction 0.01, and solve again.", "M1"),
        Wrong("fraction for odds", lambda: math.log(1 / START) / PRESSURE,
              "You let the fraction 0.01 grow to 1, a hundred times.",
              "It is the odds that grow by e^0.4 in each round: from 1 : 99 to 1 : 1, 99 times.",
              "Take ln 99 in place of ln 100."),
        Wrong("no pressure", lambda: math.log(_ODDS),
              "That is ln 99, the amount by which the log-odds have to grow.",
              "They grow by 0.4 in each round, not by 1.",
              "Divide by the pressure."),
        Wrong("other logarithm", lambda: math.log10(_ODDS) / PRESSURE,
              "You took the logarithm to base 10.",
              "The rate 0.4 belongs to e^(0.4 t), so you need the natural logarithm.",
              "Use np.log, the natural logarithm."),
        Wrong("constant", lambda: (0.5 - START) / (PRESSURE * START),
              "That is how long it would take at the initial speed.",
              "The speed does not stay the same: more sharers make it faster.",
              "Follow the worked example: odds at the start, odds at the end, logarithm."),
    ),
    "Follow the worked example: odds at the start, odds at the end, logarithm, pressure.",
    ("What are the odds of one half?",
     "The odds start at 0.01 / 0.99 and end at 1, so they grow 99 times.",
     "The worked example above does it for 2 % and 0.5: change the two numbers."),
    Solution("The odds grow 99 times, as e^(0.4 t): t = ln 99 / 0.4.",
             "start, pressure = 0.01, 0.4\n"
             "ex2_4 = np.log((1 - start) / start) / pressure"),
)  # fmt: skip


def _from_half(t: float, pressure: float, start: float) -> float:  # noqa: ARG001
    return equation(t, pressure, 0.5)


LOGISTIC = Item(
    "2.5", 2,
    "Complete ex2_5(t, pressure, start): it returns the fraction that has shared by time t, for "
    "any pressure and any fraction at the start.",
    Function(
        ((0.0, 0.4, 0.01), (5.0, 0.4, 0.01), (12.0, 0.4, 0.01), (30.0, 0.4, 0.01), (3.0, 1.0, 0.2)),
        0.002,
    ),
    lambda: equation,
    "That is the logistic curve: exponential growth of the odds, read as a fraction.",
    (
        Wrong("exponential", lambda: lambda t, pressure, start: start * math.exp(pressure * t),
              "This is endless growth: at t = 30 it is far above 1.",
              "No fraction is above 1: sharers run out of people to tell.",
              "Let the odds grow like this, and turn them back into a fraction.", "M1"),
        Wrong("capped",
              lambda: lambda t, pressure, start: min(1.0, start * math.exp(pressure * t)),
              "You let the news grow for ever and cut it off at 1.",
              "It begins to slow down long before, as soon as some readers know it.",
              "Let the odds grow exponentially, and turn them back into a fraction.", "M1"),
        Wrong("odds",
              lambda: lambda t, pressure, start: start / (1 - start) * math.exp(pressure * t),
              "These are the odds, sharers to non-sharers.",
              "The question is about the fraction of sharers.",
              "Turn odds o into a fraction: o / (1 + o)."),
        Wrong("start at half", lambda: _from_half,
              "At t = 0 this is one half, whatever the start.",
              "The odds at time 0 are start / (1 - start), not 1.",
              "Multiply e^(pressure·t) by the odds at the start."),
    ),
    "Let the odds grow exponentially from start / (1 - start), and turn them back: o / (1 + o).",
    ("The odds are the easy part: they grow exponentially.",
     "odds = start / (1 - start) * np.exp(pressure * t).",
     "Back from odds to a fraction: odds / (1 + odds), as in the table of the worked example."),
    Solution("Take the odds at the start, let them grow, and turn them back into a fraction.",
             "def ex2_5(t, pressure, start):\n"
             "    odds = start / (1 - start) * np.exp(pressure * t)\n"
             "    return odds / (1 + odds)"),
)  # fmt: skip


# Exit ticket: one question for each outcome.


def _more() -> str:
    """Return which of two towns has more new sharers, of 100 and 900 in 1000."""
    few, many = speed(0.1, PRESSURE), speed(0.9, PRESSURE)
    if math.isclose(few, many, rel_tol=1e-3):
        return "c"
    return "b" if few > many else "a"


MIRROR = Item(
    "2.7", 1,
    "Two towns of 1000 agents, same contact pressure. In the first, 900 have shared; in the "
    "second, 100. By the equation, in which one do more agents start to share in the next "
    "moment?",
    Choice((
        ("a", "in the first: more agents pass the news on"),
        ("b", "in the second: more agents are left to hear it"),
        ("c", "in both, the same number"),
    )),
    _more,
    "0.9 × 0.1 is 0.1 × 0.9: many senders and few receivers, or the other way round. That is why "
    "the S looks the same from both ends.",
    (
        Wrong("senders only", lambda: "a",
              "You looked at the factor i.",
              "The second factor, 1 − i, is nine times smaller there.",
              "Multiply i by 1 − i for both towns.", "M1"),
        Wrong("receivers only", lambda: "b",
              "You looked at the factor 1 − i.",
              "The first factor, i, is nine times smaller there.",
              "Multiply i by 1 − i for both towns."),
    ),
    "Multiply i by 1 − i for both towns.",
    ("The speed has three factors. Which of them differ?", "0.9 × 0.1 and 0.1 × 0.9."),
    Solution("The product i·(1 − i) is the same.", 'ex2_7 = "c"'),
)  # fmt: skip

DOUBLING = Item(
    "2.8", 2,
    "By the equation, with contact pressure 0.4 per round: while almost nobody has shared, how "
    "many rounds does it take until twice as many have shared?",
    Number(0.05, "rounds"),
    lambda: math.log(2) / math.log(early_growth(PRESSURE)),
    "ln 2 / 0.4. Early on the factor 1 − i is close to 1, and the news grows as e^(0.4 t).",
    (
        Wrong("growth by e", lambda: 1 / math.log(early_growth(PRESSURE)),
              "That is how long it takes to grow by e, about 2.7.",
              "Doubling is growth by a factor of 2, and that takes less time.",
              "Multiply by ln 2, which is about 0.69."),
        Wrong("twice over the rate", lambda: 2 / PRESSURE,
              "You divided 2 by the pressure.",
              "That would fit news that grows by the same number in each round.",
              "Growth is a factor here: take the logarithm of 2."),
        Wrong("in rounds", lambda: math.log(2) / math.log(1 + PRESSURE),
              "That is the doubling time among agents in rounds, by a factor of 1.4 in each.",
              "The equation does not wait for the end of a round.",
              "Divide ln 2 by the pressure itself.", "M3"),
        Wrong("half-time", lambda: equation_half(PRESSURE, START),
              "That is when half of the town has shared, from a start of 1 %.",
              "To double from 1 % means to reach 2 %.",
              "Solve e^(0.4 t) = 2."),
    ),
    "Solve e^(0.4 t) = 2.",
    ("Early on i' is about 0.4·i.", "Then i grows as e^(0.4 t). When is that 2?"),
    Solution("e^(0.4 t) = 2, so t = ln 2 / 0.4.", "ex2_8 = np.log(2) / 0.4"),
)  # fmt: skip


def _oftener() -> str:
    """Return what quarter rounds make of the half-time."""
    once, often = half(in_rounds(PRESSURE, START)), half(in_rounds(PRESSURE, START, steps=4))
    if abs(once - often) < 0.25:
        return "c"
    return "a" if often < once else "b"


OFTENER = Item(
    "2.9", 3,
    "An app shows new posts once a day. Now it shows them four times a day, and to make up for it "
    "people share with a quarter of the rate each time. When does the news reach half of the "
    "town?",
    Choice((
        ("a", "earlier: new sharers are seen on the same day"),
        ("b", "later: each time fewer share"),
        ("c", "on the same day as before: the pressure per day is the same"),
    )),
    _oftener,
    "The rate per day is the same, but nobody waits a whole day any more. The more steps in a "
    "day, the closer the agents come to the equation.",
    (
        Wrong("later", lambda: "b",
              "It is true that fewer share each time, but there are four times as many times.",
              "Over a whole day that evens out, and the shorter wait is a gain.",
              "Compare the half-times for 1 and for 4 steps in the table of this lesson."),
        Wrong("the same", lambda: "c",
              "It is right that the pressure per day is the same.",
              "But the wait is shorter: a post from the morning is seen at noon.",
              "Compare the half-times for 1 and for 4 steps in the table of this lesson.", "M3"),
    ),
    "Compare the half-times for 1 and for 4 steps in the table of this lesson.",
    ("When is somebody who shares in the morning first seen by others?",
     "The table of this lesson has a line for four steps to a round."),
    Solution("Same pressure, less waiting.", 'ex2_9 = "a"'),
)  # fmt: skip

LESSON = Lesson(
    2,
    "rule-to-equation",
    "From a rule to an equation",
    "Why an S-curve?",
    (
        "derive the equation i' = βk·i·(1 − i) from the rule of the agents, and say what each "
        "factor means",
        "work out from it when half have shared, and how fast the news doubles at first",
        "separate the speed of the rule from the length of a round",
    ),
    "Lesson 1; what a logarithm is.",
    "newswave and nothing else.",
    (THREE, BUSIEST, SPEED, FASTEST, DOUBLED, HALF, LOGISTIC,
     WHO_LEADS, IN_ROUNDS, MIRROR, DOUBLING, OFTENER),
)  # fmt: skip
