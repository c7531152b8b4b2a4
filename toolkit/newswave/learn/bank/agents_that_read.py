"""Lesson 7: agents that read."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    7,
    "agents-that-read",
    "Agents that read",
    "What changes when the rule is a language model?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
