"""Lesson 9: capstone."""

from newswave.learn.items import Lesson

LESSON = Lesson(
    9, "capstone", "Capstone", "Which question is yours?", (), 0, "nothing.", "newswave.", ()
)
