"""Lesson 8: events and rates."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    8,
    "events-and-rates",
    "Events and rates",
    "Do kinds of events spread differently?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
