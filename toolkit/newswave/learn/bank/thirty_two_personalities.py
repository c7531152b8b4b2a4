"""Lesson 5: thirty-two personalities."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    5,
    "thirty-two-personalities",
    "Thirty-two personalities",
    "Who slows the news down?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
