"""The warm-up of lesson 3: what lesson 2 was about."""

from __future__ import annotations

import math

from newswave.learn.bank.network_matters.nets import PRESSURE, START
from newswave.learn.bank.rule_to_equation.town import equation_half
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Number
from newswave.sharing import hazard, share_probability

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
