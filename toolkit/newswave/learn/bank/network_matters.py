"""Lesson 3: does the network matter?."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    3,
    "network-matters",
    "Does the network matter?",
    "Same contact pressure, different degree: same curve?",
    (),
    0,
    "nothing.",
    "newswave.",
    (),
)
