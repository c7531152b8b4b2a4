"""Lesson 2, solving the equation: twice the pressure, the half-time, the whole curve."""

from __future__ import annotations

import math

from newswave.learn.bank.rule_to_equation.town import (
    PRESSURE,
    START,
    equation,
    equation_half,
    exponential_half,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number


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
