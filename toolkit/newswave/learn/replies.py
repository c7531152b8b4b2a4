"""What a check says: as text, as HTML for a notebook, and as data for a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from newswave.report.html import render
from newswave.report.style import BLUE, GREEN, GREY, RED

MIME = "application/vnd.newswave.reply+json"
"""Under which a notebook keeps a reply as data."""


class State(Enum):
    """How an answer stands; what a learner reads first."""

    TO_DO = "to do"
    RECORDED = "recorded"
    SEEN = "seen"
    CORRECT = "correct"
    LOOK_AGAIN = "look again"
    NOT_READ = "not read"
    HINT = "hint"
    SOLUTION = "solution"
    UNKNOWN = "no such question"


_SIGNS = {
    State.TO_DO: ("○", GREY),
    State.RECORDED: ("●", BLUE),
    State.SEEN: ("●", BLUE),
    State.CORRECT: ("✓", GREEN),
    State.LOOK_AGAIN: ("↺", RED),
    State.NOT_READ: ("?", RED),
    State.HINT: ("→", BLUE),
    State.SOLUTION: ("=", BLUE),
    State.UNKNOWN: ("?", RED),
}


_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Reply:
    """What newswave says of an answer.

    >>> Reply("2.1", State.TO_DO, "When has half of the city shared?")
    ○ 2.1 to do. When has half of the city shared?
    """

    item: str  # Of which question
    state: State  # How the answer stands
    text: str  # What is said, in lines
    code: str = ""  # Lines of Python, of a solution
    wrong: str = ""  # The name of the wrong answer that it is; empty for others
    note: str = ""  # What went wrong beside it, such as a disk that is full

    @property
    def head(self) -> str:
        """The first words: sign, question, state."""
        return f"{_SIGNS[self.state][0]} {self.item} {self.state.value}."

    def __repr__(self) -> str:
        """Return the reply as text."""
        parts = (f"{self.head} {self.text}", self.code, self.note)
        return "\n".join(part for part in parts if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the reply as a notebook shows and keeps it."""
        data = {"item": self.item, "state": self.state.value, "wrong": self.wrong}
        return {"text/plain": repr(self), "text/html": self._html(), MIME: data}

    def _html(self) -> str:
        """Return the reply as HTML: a bar at its side, the state in words, everything as text."""
        lines = [
            [(at % 2 == 1, words) for at, words in enumerate(_CODE.split(line))]
            for line in self.text.split("\n")
        ]
        return render("reply.html", colour=_SIGNS[self.state][1], head=self.head, lines=lines,
                      code=self.code, note=self.note)  # fmt: skip
