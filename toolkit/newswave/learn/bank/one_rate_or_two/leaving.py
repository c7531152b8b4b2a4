"""The exit ticket of lesson 6."""

from __future__ import annotations

import numpy as np

from newswave.fitting.methods import LeastSquares
from newswave.learn.bank.one_rate_or_two.worlds import (
    WELL_MIXED,
    alike_waves,
    coin_stretch,
    coverage,
    one_rate_fit,
    r_squared,
    two_wins,
    verdict,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice
from newswave.verdicts import SURE
from newswave.verdicts import Choice as Says


def _lacks() -> str:
    found = alike_waves()
    if found.stretch <= coin_stretch():
        return "a"
    return "c" if np.abs(one_rate_fit().residuals).max() > found.largest else "b"


def _too_narrow() -> str:
    near_one = r_squared() > 0.99
    return "b" if near_one and coverage(LeastSquares()) < 0.5 else "a"


def _nothing_yet() -> str:
    return "c" if two_wins(WELL_MIXED, LeastSquares()) > 0.15 else "a"


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

LEAVING = (LACKS, NARROW, YET, CLAIM)
