"""Lesson 2: from a rule to an equation."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    2,
    "rule-to-equation",
    "From a rule to an equation",
    "Why an S-curve?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
