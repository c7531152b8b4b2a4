"""Lesson 3, counting contacts: what a new sharer still has, and the ring."""

from __future__ import annotations

import math

from newswave import networkfield
from newswave.learn.bank.network_matters.nets import PRESSURE, early_factor
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number
from newswave.recipes import RandomRegular

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
    course = networkfield.rounds([PRESSURE / 2], [1.0], 2, 4 / 2000, 200)
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
