"""Lesson 2, rounds: the same rule where everybody waits for the end of the round."""

from __future__ import annotations

import math

from newswave.learn.bank.rule_to_equation.town import (
    PRESSURE,
    START,
    STRONG,
    equation_half,
    half,
    in_rounds,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number


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
