"""Lesson 6: one rate or two? Fitting and doubting."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    6,
    "one-rate-or-two",
    "One rate or two? Fitting and doubting",
    "What do the data allow us to say?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
