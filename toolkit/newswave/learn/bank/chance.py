"""Lesson 4: chance."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    4,
    "chance",
    "Chance",
    "Why do two runs with the same settings differ?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
