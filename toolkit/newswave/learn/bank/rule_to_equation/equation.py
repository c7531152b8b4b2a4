"""Lesson 2, from agents to an equation: its speed, and where it is fastest."""

from __future__ import annotations

import math

import numpy as np

from newswave import meanfield
from newswave.learn.bank.rule_to_equation.town import PRESSURE, START, speed
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Function

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
    course = meanfield.one_rate(PRESSURE, 1.0, START, np.linspace(0.0, 40.0, 801))
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
