"""The exit ticket of lesson 2: one question for each outcome."""

from __future__ import annotations

import math

from newswave.learn.bank.rule_to_equation.town import (
    PRESSURE,
    START,
    early_growth,
    equation_half,
    half,
    in_rounds,
    speed,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number


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
