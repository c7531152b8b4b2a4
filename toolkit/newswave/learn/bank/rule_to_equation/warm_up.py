"""The warm-up of lesson 2: what lesson 1 was about."""

from __future__ import annotations

import numpy as np

from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Number, Share
from newswave.sharing import SharingTable

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
